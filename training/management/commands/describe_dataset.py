"""manage.py describe_dataset NAME: a dataset's report in the terminal."""

import json
import unicodedata
from argparse import ArgumentParser
from pathlib import Path
from typing import IO, Any, cast

from django.core.management.base import BaseCommand, CommandError
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from preprocessing.dataset import INFORMATION
from preprocessing.dataset import Dataset as DatasetFiles
from preprocessing.errors import ChatbotError
from training.management.job_command import find_by_name_or_id
from training.models import Dataset
from training.services.dataset_report import dataset_report, read_report
from training.services.report_parts import DatasetReport, Dropped, Sample, Section, Token
from training.services.report_parts import Table as ReportTable

WIDTH = 80
BAR_WIDTH = 16
LONGEST_CELL = 48


class Command(BaseCommand):
    help = "Show what a dataset holds: counts, lengths, vocabulary, frequent texts, examples."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("dataset", help="A dataset's name or id, or the path of its folder.")
        parser.add_argument("--json", action="store_true", help="Print all figures as JSON.")

    def handle(self, *, dataset: str, json: bool, **_: Any) -> None:
        directory = dataset_directory(dataset)
        try:
            if json:
                self.stdout.write(as_json(directory))
            else:
                terminal = cast(IO[str], self.stdout)
                ReportPrinter(Console(file=terminal, width=WIDTH, highlight=False)).show(
                    dataset_report(directory)
                )
        except ChatbotError as error:
            raise CommandError(str(error), returncode=2) from None


def dataset_directory(wanted: str) -> Path:
    path = Path(wanted).expanduser()
    if "/" in wanted or (path / INFORMATION).exists():
        return path
    location: Path = find_by_name_or_id(Dataset.objects.all(), wanted, "dataset").location
    return location


def as_json(directory: Path) -> str:
    dataset = DatasetFiles.open(directory)
    report, _ = read_report(dataset)
    return json.dumps(
        {"directory": str(directory), "information": dataset.information, "report": report}, indent=2
    )


class ReportPrinter:
    """Writes a report for a terminal of 80 columns."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._block, self._least = ("#", ".") if console.options.ascii_only else ("█", "▏")

    def show(self, report: DatasetReport) -> None:
        self._console.print(plain(f"Dataset {report.name}", "bold"))
        for problem in report.problems:
            self._console.print(plain(f"ERROR: {problem}", "bold red"))
        for remark in report.remarks:
            self._console.print(plain(remark, "yellow"))
        for section in report.sections:
            self.show_section(section)

    def show_section(self, section: Section) -> None:
        self._console.print()
        self._console.rule(plain(section.title, "bold"), align="left")
        for sentence in section.sentences:
            self._console.print(plain(sentence))
        for table in section.tables:
            self._console.print(self.table_of(table))
        for dropped in section.dropped:
            self.show_dropped(dropped)
        for sample in section.samples:
            self.show_sample(sample)

    def table_of(self, table: ReportTable) -> Table:
        bars = len(table.rows[0].bars)
        made = Table(title=table.caption, title_justify="left", title_style="italic", box=box.SIMPLE_HEAD)
        made.add_column(table.columns[0], max_width=LONGEST_CELL, overflow="ellipsis", no_wrap=True)
        for place, name in enumerate(table.columns[1:]):
            made.add_column(name, justify="right" if table.are_numbers else "left")
            if place < bars:
                made.add_column("", width=BAR_WIDTH)
        for row in table.rows:
            cells = [plain(row.cells[0])]
            for place, cell in enumerate(row.cells[1:]):
                cells += [plain(cell), *(self.bar(part) for part in row.bars[place : place + 1])]
            made.add_row(*cells)
        return made

    def bar(self, part: float) -> Text:
        # What is there is seen, however little it is.
        least = self._least if part > 0 else ""
        return Text(self._block * round(part * BAR_WIDTH) or least, "blue")

    def show_dropped(self, dropped: Dropped) -> None:
        self._console.print(plain(f"{dropped.number:>10}  {dropped.reason}", "bold"))
        made = Table(box=None, show_header=False, expand=True, padding=(0, 0, 0, 2))
        made.add_column(width=8)
        made.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
        made.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
        for question, answer in dropped.examples:
            made.add_row("", plain(question), plain(answer))
        if dropped.examples:
            self._console.print(made)

    def show_sample(self, sample: Sample) -> None:
        self._console.print(plain(sample.place, "dim"))
        made = Table(box=None, show_header=False, expand=True, padding=(0, 1))
        made.add_column(width=1)
        made.add_column(ratio=1, overflow="fold")
        made.add_column(ratio=1, overflow="fold")
        made.add_row("Q", plain(sample.question), tokens_text(sample.question_tokens))
        made.add_row("A", plain(sample.answer), tokens_text(sample.answer_tokens))
        self._console.print(made)


def tokens_text(tokens: tuple[Token, ...]) -> Text:
    return Text(" ").join(plain(token.text, "bold red" if token.is_unknown else "cyan") for token in tokens)


def plain(text: str, style: str = "") -> Text:
    """Return a corpus' text with nothing in it that steers a terminal."""
    return Text("".join(map(harmless, text)), style)


def harmless(character: str) -> str:
    if character.isprintable():
        return character
    if character.isspace():
        return " "
    return "" if unicodedata.category(character) == "Cf" else "\ufffd"
