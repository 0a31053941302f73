"""Own answers as a table for spreadsheets: columns bot, questions, answer, on.

A cell that a spreadsheet would take for a formula goes out behind an apostrophe and comes back without it.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db import transaction

from preprocessing.errors import SettingsError
from training.models import Bot, OwnAnswer
from training.services.own_answers import own_answer_check, own_answer_save

COLUMNS = ("bot", "questions", "answer", "on")
DELIMITERS = (",", ";", "\t")
MOST_BYTES = 20_000_000
MOST_ERRORS_SHOWN = 20
# What spreadsheets calculate, full-width signs included.
FORMULA = re.compile(r"'*[=+\-@\t\r＝＋－＠]")
# Between questions in one line, unless it is escaped.
BAR = re.compile(r"(?<!\\)\|")
ON = ("", "on", "1", "yes", "true", "是")
OFF = ("off", "0", "no", "false", "否")
# Excel takes a file for UTF-8 only with this in front.
BYTE_ORDER_MARK = "\ufeff"
# An answer, or the ways to ask for it.
Key = str | tuple[str, ...]


@dataclass(frozen=True)
class Row:
    """A line of the table that holds an own answer."""

    bot: Bot
    wordings: list[str]
    answer: str
    is_on: bool


@dataclass(frozen=True)
class Imported:
    made: int
    changed: int
    same: int

    def __str__(self) -> str:
        return f"{self.made:,} made, {self.changed:,} changed, {self.same:,} as they were."


# Out


def own_answers_csv(own_answers: Iterable[OwnAnswer]) -> str:
    """Return a table that spreadsheets open and `own_answers_import` takes."""
    table = io.StringIO(BYTE_ORDER_MARK)
    table.seek(0, io.SEEK_END)
    writer = csv.writer(table)
    writer.writerow(COLUMNS)
    for own in own_answers:
        questions = "\n".join(wording.replace("|", "\\|") for wording in own.wordings)
        writer.writerow(map(harmless, (own.bot.name, questions, own.answer, "on" if own.is_on else "off")))
    return table.getvalue()


def own_answers_to_export(bot: Bot | None) -> Iterable[OwnAnswer]:
    rows = OwnAnswer.objects.select_related("bot").order_by("bot__name", "pk")
    return rows.filter(bot=bot) if bot else rows


def harmless(cell: str) -> str:
    """Return a cell that no spreadsheet calculates.

    >>> harmless("=1+1"), restored(harmless("=1+1")), restored("'twas")
    ("'=1+1", '=1+1', "'twas")
    """
    return f"'{cell}" if FORMULA.match(cell) else cell


def restored(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and FORMULA.match(cell) else cell


# In


@transaction.atomic
def own_answers_import(
    *, content: bytes, bot: Bot | None = None, created_by_id: int | None = None
) -> Imported:
    """Take a table in, all of it or nothing.

    A line with the answer or the questions of an own answer that is there changes that one.

    Args:
        bot: whose own answers they are where the table has no column for it.

    Raises:
        SettingsError: the bad lines, each with its number.
    """
    known = KnownAnswers()
    counts = {"made": 0, "changed": 0, "same": 0}
    for row in read_rows(content, bot):
        own = known.take(row) or OwnAnswer(bot=row.bot, created_by_id=created_by_id)
        before = (own.wordings, own.answer, own.is_on)
        if own.pk and before == (row.wordings, row.answer, row.is_on):
            counts["same"] += 1
            continue
        counts["changed" if own.pk else "made"] += 1
        own.questions, own.answer, own.is_on = "\n".join(row.wordings), row.answer, row.is_on
        own_answer_save(own_answer=own)
    return Imported(**counts)


class KnownAnswers:
    """The bots' own answers before the import; each is taken by one line at most."""

    def __init__(self) -> None:
        self._of_bot: dict[int, dict[Key, list[OwnAnswer]]] = {}
        self._taken: set[int] = set()

    def take(self, row: Row) -> OwnAnswer | None:
        """Return the first one that is left with the answer, else with the questions, of a line."""
        if row.bot.pk not in self._of_bot:
            self._of_bot[row.bot.pk] = by_texts(OwnAnswer.objects.filter(bot=row.bot).order_by("pk"))
        for key in (row.answer, tuple(row.wordings)):
            for own in self._of_bot[row.bot.pk].get(key, ()):
                if own.pk not in self._taken:
                    self._taken.add(own.pk)
                    return own
        return None


def by_texts(own_answers: Iterable[OwnAnswer]) -> dict[Key, list[OwnAnswer]]:
    """Return own answers by their answers and by their questions."""
    found: dict[Key, list[OwnAnswer]] = {}
    for own in own_answers:
        found.setdefault(own.answer, []).append(own)
        found.setdefault(tuple(own.wordings), []).append(own)
    return found


def read_rows(content: bytes, bot: Bot | None = None) -> list[Row]:
    """Return a table's own answers.

    Raises:
        SettingsError: the bad lines, each with its number.
    """
    bots = {found.name: found for found in Bot.objects.all()}
    rows, errors = [], []
    for number, cells in numbered_records(decoded(content)):
        try:
            rows.append(row_of(cells, bots, bot))
        except SettingsError as error:
            errors.append(f"line {number}: {error}")
    if errors:
        more = len(errors) - MOST_ERRORS_SHOWN
        shown = errors[:MOST_ERRORS_SHOWN] + ([f"and {more:,} more lines"] if more > 0 else [])
        raise SettingsError(f"Nothing was imported. {'; '.join(shown)}.")
    return rows


def decoded(content: bytes) -> str:
    if len(content) > MOST_BYTES:
        raise SettingsError(f"The table must have at most {MOST_BYTES:,} bytes. It has {len(content):,}.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise SettingsError(f"line {line}: the table must be UTF-8. Save it so.") from None


def numbered_records(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the line on which each record begins, and its cells by their columns' names."""
    head = text.partition("\n")[0]
    delimiter = max(DELIMITERS, key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    columns: list[str] = []
    begins = 1
    try:
        for cells in reader:
            if not columns:
                columns = columns_of(cells)
            elif any(cell.strip() for cell in cells):
                yield begins, cells_of(cells, columns)
            begins = reader.line_num + 1
    except csv.Error as error:
        raise SettingsError(f"line {begins}: the table is broken there ({error}).") from None
    if not columns:
        raise SettingsError(f"The table must have a first line with {', '.join(COLUMNS)}. It is empty.")


def columns_of(cells: list[str]) -> list[str]:
    columns = [cell.strip().casefold() for cell in cells]
    if not {"questions", "answer"} <= set(columns) or len(set(columns)) < len(columns):
        raise SettingsError(
            f"line 1: must name the columns, each once: {', '.join(COLUMNS)}; bot and on may be left out. "
            f"Received {', '.join(cells)[:200]!r}."
        )
    return columns


def cells_of(cells: list[str], columns: list[str]) -> dict[str, str]:
    padded = [*cells, *[""] * (len(columns) - len(cells))]
    found = {name: restored(cell) for name, cell in zip(columns, padded, strict=False)}
    # A comma too many would cut an answer in two.
    found["further"] = "".join(cells[len(columns) :])
    return found


def row_of(cells: dict[str, str], bots: dict[str, Bot], only: Bot | None) -> Row:
    if cells["further"].strip():
        raise SettingsError("has more cells than the first line; put quotes around texts with commas")
    row = Row(
        bot=bot_of(cells.get("bot", "").strip(), bots, only),
        wordings=wordings_of(cells["questions"]),
        answer=cells["answer"].strip(),
        is_on=switch_of(cells.get("on", "").strip()),
    )
    try:
        own_answer_check(OwnAnswer(bot=row.bot, questions="\n".join(row.wordings), answer=row.answer))
    except SettingsError as error:
        raise SettingsError(str(error).rstrip(".")) from None
    return row


def bot_of(name: str, bots: dict[str, Bot], only: Bot | None) -> Bot:
    if not name and only is None:
        raise SettingsError("bot must be named")
    if name and only is not None and name != only.name:
        raise SettingsError(f"is for the bot {name}, not for {only.name}; empty the column to take it")
    if name and name not in bots:
        raise SettingsError(f"there is no bot {name[:64]}")
    return bots[name] if name else only or bots[name]


def wordings_of(questions: str) -> list[str]:
    """Return the ways to ask in a cell: one a line, or between bars; a bar in a question is written \\|."""
    parts = (part for line in questions.splitlines() for part in BAR.split(line))
    return [part.replace("\\|", "|").strip() for part in parts if part.strip()]


def switch_of(cell: str) -> bool:
    if cell.casefold() in ON:
        return True
    if cell.casefold() in OFF:
        return False
    raise SettingsError(f"on must be on or off, not {cell[:40]}")
