"""What the commands share that take tables of people's rows in and write them out."""

import json
from argparse import ArgumentParser
from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandError

from preprocessing.durable_file import write_text_durably
from preprocessing.errors import ChatbotError
from training.management.job_command import find_by_name_or_id
from training.models import Bot
from training.services.csv_table import Imported


class TableCommand(BaseCommand):
    """A command about a bot and a CSV file; `noun` is what people call several rows."""

    noun: ClassVar[str]

    def add_table_arguments(self, parser: ArgumentParser, file: str, printed: str) -> None:
        parser.add_argument("bot", metavar="BOT", help="The bot's name.")
        parser.add_argument("file", type=Path, metavar="FILE.csv", help=file)
        parser.add_argument("--json", action="store_true", help=printed)


class ImportTableCommand(TableCommand):
    take: ClassVar[Callable[..., Imported]]

    def add_arguments(self, parser: ArgumentParser) -> None:
        self.add_table_arguments(parser, "The file to read.", "Print what was imported as JSON.")

    def handle(self, *, bot: str, file: Path, **options: Any) -> None:
        found = find_by_name_or_id(Bot.objects.all(), bot, "bot")
        try:
            content = file.read_bytes()
        except OSError as error:
            raise CommandError(f"{file} could not be read: {error.strerror}.", returncode=2) from None
        try:
            imported = type(self).take(content=content, bot=found)
        except ChatbotError as error:
            raise CommandError(f"{file}: {error}") from None
        said = f"{self.noun.capitalize()} of {found}: {imported}"
        self.stdout.write(json.dumps(asdict(imported)) if options["json"] else said)


class ExportTableCommand(TableCommand):
    chosen: ClassVar[Callable[[Bot | None], Iterable[Any]]]
    written: ClassVar[Callable[[Iterable[Any]], str]]

    def add_arguments(self, parser: ArgumentParser) -> None:
        self.add_table_arguments(parser, "The file to write.", "Print what was written as JSON.")

    def handle(self, *, bot: str, file: Path, **options: Any) -> None:
        found = find_by_name_or_id(Bot.objects.all(), bot, "bot")
        rows = list(type(self).chosen(found))
        try:
            write_text_durably(file, type(self).written(rows))
        except OSError as error:
            raise CommandError(f"{file} could not be written: {error.strerror}.") from None
        told = {"file": str(file), self.noun.replace(" ", "_"): len(rows)}
        said = f"Wrote {len(rows):,} {self.noun} of {found} to {file}."
        self.stdout.write(json.dumps(told) if options["json"] else said)
