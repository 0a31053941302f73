"""manage.py golden BOT: ask a trained model the bot's golden questions and say which pass."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from preprocessing.errors import ChatbotError
from training.errors import NoActiveModelError
from training.management.job_command import find_by_name_or_id
from training.models import Bot, TrainedModel
from training.services.gate import active_of
from training.services.golden_questions import GoldenAnswer, golden_answers, golden_questions_of


class Command(BaseCommand):
    help = (
        "Ask a trained model the golden questions of a bot that are on, and print how each went. "
        "Exit status 1: one failed, or it does not answer; 2: there is no such bot or trained model."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("bot", metavar="BOT", help="The bot's name.")
        parser.add_argument("--model", help="The trained model, by name or id. Default: the active one.")
        parser.add_argument("--json", action="store_true", help="Print questions and answers as JSON.")

    def handle(self, *, bot: str, model: str | None, **options: Any) -> None:
        found = find_by_name_or_id(Bot.objects.all(), bot, "bot")
        trained_model = self.tried(found, model)
        try:
            asked = golden_answers(
                bot=found, directory=trained_model.location, questions=golden_questions_of(found)
            )
        except ChatbotError as error:
            raise CommandError(f"{trained_model} does not answer. {error}") from None
        said = as_json(found, trained_model, asked) if options["json"] else as_words(trained_model, asked)
        self.stdout.write(said)
        failed = [each for each in asked if not each.passed]
        if failed:
            raise CommandError(f"{len(failed)} of {len(asked)} golden questions failed.")

    def tried(self, bot: Bot, model: str | None) -> TrainedModel:
        if model is not None:
            found: TrainedModel = find_by_name_or_id(TrainedModel.objects.all(), model, "trained model")
            return found
        try:
            return active_of(bot)
        except NoActiveModelError as error:
            raise CommandError(str(error), returncode=2) from None


def as_words(trained_model: TrainedModel, asked: list[GoldenAnswer]) -> str:
    if not asked:
        return "There are no golden questions."
    lines = [f"{verdict(each)}: {each.golden.question} -> {each.answer}" for each in asked]
    passed = sum(each.passed for each in asked)
    return "\n".join([*lines, f"{trained_model}: {passed} of {len(asked)} passed."])


def verdict(answer: GoldenAnswer) -> str:
    return "passed" if answer.passed else f"failed ({answer.objection})"


def as_json(bot: Bot, trained_model: TrainedModel, asked: list[GoldenAnswer]) -> str:
    answers = [
        {
            "question": each.golden.question,
            "answer": each.answer,
            "passed": each.passed,
            "objection": each.objection,
        }
        for each in asked
    ]
    return json.dumps({"bot": bot.name, "model": trained_model.name, "golden": answers})
