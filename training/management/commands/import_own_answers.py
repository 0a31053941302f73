"""manage.py import_own_answers BOT FILE.csv: a table of questions and answers is said from now on."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from preprocessing.errors import ChatbotError
from training.management.job_command import find_by_name_or_id
from training.models import Bot
from training.services.own_answer_csv import own_answers_import


class Command(BaseCommand):
    help = (
        "Take own answers from a CSV file with the columns questions and answer, all of them or, where a "
        "line is bad, none. Exit status 1: the file is not as it must be; 2: there is no such bot or file."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("bot", metavar="BOT", help="The bot's name.")
        parser.add_argument("file", type=Path, metavar="FILE.csv", help="The file to read.")
        parser.add_argument("--json", action="store_true", help="Print what was imported as JSON.")

    def handle(self, *, bot: str, file: Path, **options: Any) -> None:
        found = find_by_name_or_id(Bot.objects.all(), bot, "bot")
        try:
            content = file.read_bytes()
        except OSError as error:
            raise CommandError(f"{file} could not be read: {error.strerror}.", returncode=2) from None
        try:
            imported = own_answers_import(content=content, bot=found)
        except ChatbotError as error:
            raise CommandError(f"{file}: {error}") from None
        said = f"Own answers of {found}: {imported}"
        self.stdout.write(json.dumps(asdict(imported)) if options["json"] else said)
