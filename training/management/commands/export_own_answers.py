"""manage.py export_own_answers BOT FILE.csv: a bot's own answers as a table for spreadsheets."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from preprocessing.durable_file import write_text_durably
from training.management.job_command import find_by_name_or_id
from training.models import Bot
from training.services.own_answer_csv import own_answers_csv, own_answers_to_export


class Command(BaseCommand):
    help = "Write a bot's own answers as CSV: bot, questions, answer, on. Replaces the file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("bot", metavar="BOT", help="The bot's name.")
        parser.add_argument("file", type=Path, metavar="FILE.csv", help="The file to write.")
        parser.add_argument("--json", action="store_true", help="Print what was written as JSON.")

    def handle(self, *, bot: str, file: Path, **options: Any) -> None:
        own_answers = list(own_answers_to_export(find_by_name_or_id(Bot.objects.all(), bot, "bot")))
        try:
            write_text_durably(file, own_answers_csv(own_answers))
        except OSError as error:
            raise CommandError(f"{file} could not be written: {error.strerror}.") from None
        told = {"file": str(file), "own_answers": len(own_answers)}
        said = f"Wrote {len(own_answers):,} own answers of {bot} to {file}."
        self.stdout.write(json.dumps(told) if options["json"] else said)
