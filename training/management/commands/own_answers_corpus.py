"""manage.py own_answers_corpus BOT: a bot's own answers become a corpus, for the next training."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from preprocessing.errors import ChatbotError
from training.management.job_command import find_by_name_or_id
from training.models import Bot
from training.services.own_answers_corpus import own_answers_corpus


class Command(BaseCommand):
    help = (
        "Write a bot's own answers that are on as the corpus own-answers-BOT, replacing the one before; "
        "then: manage.py preprocess both --corpus NAME=1 --corpus own-answers-BOT=8"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("bot", metavar="BOT", help="The bot's name.")
        parser.add_argument("--json", action="store_true", help="Print the corpus as JSON.")

    def handle(self, *, bot: str, **options: Any) -> None:
        try:
            corpus, exchanges = own_answers_corpus(bot=find_by_name_or_id(Bot.objects.all(), bot, "bot"))
        except ChatbotError as error:
            raise CommandError(str(error)) from None
        told = {"corpus": corpus.name, "exchanges": exchanges, "path": corpus.path}
        said = f"Corpus {corpus.name} holds {exchanges:,} exchanges."
        self.stdout.write(json.dumps(told) if options["json"] else said)
