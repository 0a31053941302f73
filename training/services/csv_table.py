"""Tables for spreadsheets: what those that people fill in share, whatever a line of them means.

A cell that a spreadsheet would take for a formula goes out behind an apostrophe and comes back without it.
"""

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from preprocessing.errors import SettingsError
from training.models import Bot

DELIMITERS = (",", ";", "\t")
MOST_BYTES = 20_000_000
MOST_ERRORS_SHOWN = 20
# What spreadsheets calculate, full-width signs included.
FORMULA = re.compile(r"'*[=+\-@\t\r＝＋－＠]")
# Between texts in one line, unless it is escaped.
BAR = re.compile(r"(?<!\\)\|")
ON = ("", "on", "1", "yes", "true", "是")
OFF = ("off", "0", "no", "false", "否")
# Excel takes a file for UTF-8 only with this in front.
BYTE_ORDER_MARK = "\ufeff"

Row = TypeVar("Row")
Cells = dict[str, str]


@dataclass(frozen=True)
class Columns:
    """The columns of a table; those that are not needed may be left out."""

    names: tuple[str, ...]
    needed: frozenset[str]

    def __str__(self) -> str:
        return ", ".join(self.names)

    @property
    def optional(self) -> str:
        *others, last = [name for name in self.names if name not in self.needed]
        return f"{', '.join(others)} and {last}"


@dataclass(frozen=True)
class Imported:
    made: int
    changed: int
    same: int

    def __str__(self) -> str:
        return f"{self.made:,} made, {self.changed:,} changed, {self.same:,} as they were."


# Out


def written_table(columns: Columns, rows: Iterable[Iterable[str]]) -> str:
    """Return a table that spreadsheets open and `read_table` takes."""
    table = io.StringIO(BYTE_ORDER_MARK)
    table.seek(0, io.SEEK_END)
    writer = csv.writer(table)
    writer.writerow(columns.names)
    for row in rows:
        writer.writerow(map(harmless, row))
    return table.getvalue()


def harmless(cell: str) -> str:
    """Return a cell that no spreadsheet calculates.

    >>> harmless("=1+1"), restored(harmless("=1+1")), restored("'twas")
    ("'=1+1", '=1+1', "'twas")
    """
    return f"'{cell}" if FORMULA.match(cell) else cell


def restored(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and FORMULA.match(cell) else cell


def in_one_cell(texts: Iterable[str]) -> str:
    """Return texts as one cell: one a line, their bars escaped."""
    return "\n".join(text.replace("|", "\\|") for text in texts)


# In


def read_table(content: bytes, columns: Columns, row_of: Callable[[Cells], Row]) -> list[Row]:
    """Return what `row_of` makes of each line.

    Raises:
        SettingsError: the bad lines, each with its number.
    """
    rows, errors = [], []
    for number, cells in numbered_records(decoded(content), columns):
        try:
            require_no_further(cells)
            rows.append(row_of(cells))
        except SettingsError as error:
            errors.append(f"line {number}: {str(error).rstrip('.')}")
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


def numbered_records(text: str, columns: Columns) -> Iterator[tuple[int, Cells]]:
    """Yield the line on which each record begins, and its cells by their columns' names."""
    head = text.partition("\n")[0]
    delimiter = max(DELIMITERS, key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    found: list[str] = []
    begins = 1
    try:
        for cells in reader:
            if not found:
                found = columns_of(cells, columns)
            elif any(cell.strip() for cell in cells):
                yield begins, cells_of(cells, found)
            begins = reader.line_num + 1
    except csv.Error as error:
        raise SettingsError(f"line {begins}: the table is broken there ({error}).") from None
    if not found:
        raise SettingsError(f"The table must have a first line with {columns}. It is empty.")


def columns_of(cells: list[str], columns: Columns) -> list[str]:
    found = [cell.strip().casefold() for cell in cells]
    if not columns.needed <= set(found) or len(set(found)) < len(found):
        raise SettingsError(
            f"line 1: must name the columns, each once: {columns}; {columns.optional} may be left out. "
            f"Received {', '.join(cells)[:200]!r}."
        )
    return found


def cells_of(cells: list[str], columns: list[str]) -> Cells:
    padded = [*cells, *[""] * (len(columns) - len(cells))]
    found = {name: restored(cell) for name, cell in zip(columns, padded, strict=False)}
    # A comma too many would cut a text in two.
    found["further"] = "".join(cells[len(columns) :])
    return found


def require_no_further(cells: Cells) -> None:
    if cells["further"].strip():
        raise SettingsError("has more cells than the first line; put quotes around texts with commas")


def bot_of(cells: Cells, bots: dict[str, Bot], only: Bot | None) -> Bot:
    """Return whose line it is: the bot that it names, which must be `only` where that is given."""
    name = cells.get("bot", "").strip()
    if not name and only is None:
        raise SettingsError("bot must be named")
    if name and only is not None and name != only.name:
        raise SettingsError(f"is for the bot {name[:64]}, not for {only.name}; empty the column to take it")
    if name and name not in bots:
        raise SettingsError(f"there is no bot {name[:64]}")
    return bots[name] if name else only or bots[name]


def texts_of(cell: str) -> list[str]:
    """Return the texts in a cell: one a line, or between bars; a bar in a text is written \\|."""
    parts = (part for line in cell.splitlines() for part in BAR.split(line))
    return [part.replace("\\|", "|").strip() for part in parts if part.strip()]


def switch_of(cells: Cells) -> bool:
    cell = cells.get("on", "").strip()
    if cell.casefold() in ON:
        return True
    if cell.casefold() in OFF:
        return False
    raise SettingsError(f"on must be on or off, not {cell[:40]}")
