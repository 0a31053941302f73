"""manage.py review_list BOT: the questions that a bot answered badly or not at all, grouped."""

import json
from argparse import ArgumentParser
from itertools import islice
from typing import Any

from django.core.management.base import BaseCommand

from training.management.commands.describe_dataset import plain
from training.management.job_command import find_by_name_or_id
from training.models import Bot
from training.services.review_list import ReviewGroup, review_groups
from training.services.review_questions import DEFAULT_DAYS, MOST_DAYS, Reason
from training.services.review_suggestions import AnswersToSuggest

DEFAULT_GROUPS = 100


class Command(BaseCommand):
    help = (
        "Show the questions that a bot did not answer, was unsure of, or answered so that it was rated bad, "
        "and that nobody has reviewed yet; those that are alike in one group, asked most often first."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("bot", metavar="BOT", help="The bot's name.")
        parser.add_argument(
            "--days",
            type=int,
            choices=range(1, MOST_DAYS + 1),
            default=DEFAULT_DAYS,
            metavar="N",
            help=f"How far back the conversation log is read. Default: {DEFAULT_DAYS}.",
        )
        parser.add_argument(
            "--reason",
            action="append",
            choices=[reason.value for reason in Reason],
            help="Why it is on the list; may be given several times. Default: any.",
        )
        parser.add_argument(
            "--groups",
            type=int,
            default=DEFAULT_GROUPS,
            metavar="N",
            help=f"How many are shown. Default: {DEFAULT_GROUPS}.",
        )
        parser.add_argument("--json", action="store_true", help="Print the groups as JSON.")

    def handle(self, *, bot: str, days: int, groups: int, **options: Any) -> None:
        found: Bot = find_by_name_or_id(Bot.objects.all(), bot, "bot")
        reasons = frozenset(map(Reason, options["reason"] or Reason))
        waiting = review_groups(found, days=days, reasons=reasons)
        shown = list(islice(waiting, max(groups, 0)))
        if options["json"]:
            self.stdout.write(json.dumps(as_json(found, shown, len(waiting))))
        else:
            self.stdout.write("\n".join(map(as_line, shown)) or "Nothing waits for a review.")


def as_json(bot: Bot, groups: list[ReviewGroup], number: int) -> dict[str, Any]:
    answers = AnswersToSuggest(bot)
    return {
        "bot": bot.name,
        "number": number,
        "groups": [group.as_json(answers.suggestions_to(group.questions)) for group in groups],
    }


def as_line(group: ReviewGroup) -> str:
    first, *others = group.questions
    more = f" (and {len(others)} more)" if others else ""
    return f"{group.times:>6}  {plain(first.text)}{more}: {', '.join(group.reasons_in_words)}"
