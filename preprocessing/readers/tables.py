"""Tables as text: CSV and TSV in any encoding and with any delimiter."""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

from preprocessing.conversations import Conversation, Counts
from preprocessing.errors import CorpusError
from preprocessing.readers.columns import Roles, is_filled, roles_of, rows_to_conversations
from preprocessing.readers.options import ReadOptions
from preprocessing.readers.stretches import fault_of
from preprocessing.readers.text_lines import (
    MAX_LINE_CHARACTERS,
    Head,
    bounded_lines,
    head_of,
    open_text,
)

SUFFIXES = (".csv", ".tsv", ".tab")
# Of two that cut the lines equally well, the first.
DELIMITERS = "\t,;|"
# How Excel says in a first line what it cuts at.
SEPARATOR_LINE = re.compile(r'"?sep=(?P<mark>[^"\r\n])"?[^\S\n]*\n', re.IGNORECASE)
LINES_TO_JUDGE = 100
MOST_REGULAR = 0.9
Row = tuple[int, Sequence[object]]


@dataclass(frozen=True)
class Unusable:
    """Stands in a field whose text is not known, and says why."""

    reason: str


def is_table(head: Head) -> bool:
    """Whether a file says so by its name, or its lines have the same two or more columns."""
    if head.encoding is None or not head.lines:
        return False
    if head.suffix in SUFFIXES or SEPARATOR_LINE.match(head.text):
        return True
    rows = first_rows(head, delimiter_of(head))
    return (is_regular(rows) and is_known(rows[0])) or is_regular(first_rows(head, "\t"))


def is_regular(rows: list[list[str]]) -> bool:
    return bool(rows) and regular_rows(rows) >= max(2, MOST_REGULAR * len(rows))


def regular_rows(rows: list[list[str]]) -> int:
    """Return how many rows have as many columns as the first; a single column is no table."""
    width = len(rows[0]) if rows else 0
    return sum(len(row) == width for row in rows) if width > 1 else 0


def is_known(header: Sequence[str], named: Mapping[str, str] | None = None) -> bool:
    try:
        return roles_of(header, named or {}) is not None
    except CorpusError:
        return False


def delimiter_of(head: Head) -> str:
    """Return what the file says itself, else what cuts the first lines into known or into equal columns."""
    said = SEPARATOR_LINE.match(head.text)
    if said:
        return said["mark"]
    if head.suffix in (".tsv", ".tab") and "\t" in head.text:
        return "\t"
    return max(DELIMITERS, key=lambda mark: evidence(first_rows(head, mark)))


def evidence(rows: list[list[str]]) -> tuple[bool, int, bool]:
    header = rows[0] if rows else []
    return is_known(header), regular_rows(rows), len(header) == 2


def first_rows(head: Head, delimiter: str) -> list[list[str]]:
    try:
        return [row for row in csv.reader(head.lines[:LINES_TO_JUDGE], delimiter=delimiter) if row]
    except csv.Error:
        return []


def read_table(path: Path, name: str, counts: Counts, options: ReadOptions) -> Iterator[Conversation]:
    head = head_of(path)
    with open_text(path, name, counts) as file:
        lines = checked_lines(bounded_lines(file, counts), name)
        rows = filled_rows(lines, delimiter_of(head), name, counts)
        if SEPARATOR_LINE.match(head.text):
            next(rows, None)
        yield from conversations_of(rows, name, counts, options)


def checked_lines(lines: Iterable[str], name: str) -> Iterator[str]:
    for number, line in enumerate(lines, 1):
        if not line:
            raise CorpusError(
                f"{name}, line {number}: a line must have at most {MAX_LINE_CHARACTERS:,} characters. "
                "Shorten it, or take it out."
            )
        yield line


def filled_rows(lines: Iterator[str], delimiter: str, name: str, counts: Counts) -> Iterator[Row]:
    """Yield (line where the row begins, fields)."""
    csv.field_size_limit(MAX_LINE_CHARACTERS)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    started = 1
    try:
        for fields in reader:
            counts.lines += reader.line_num - started + 1
            if any(map(is_filled, fields)):
                yield started, fields
            started = reader.line_num + 1
    except csv.Error as error:
        raise CorpusError(
            f"{name}, line {started}: the row that begins here must have its quotes in pairs and fields of "
            f"at most {MAX_LINE_CHARACTERS:,} characters ({error}). Put it right, or save the table again."
        ) from None


def conversations_of(
    rows: Iterator[Row], name: str, counts: Counts, options: ReadOptions
) -> Iterator[Conversation]:
    """Yield what the rows below a header hold, or all rows where two columns have no header."""
    first = next(rows, None)
    if first is None:
        return
    header = header_of(first[1])
    try:
        roles = roles_of(header, options.columns)
    except CorpusError as error:
        if options.columns or len(header) != 2:
            raise CorpusError(f"{name}, line {first[0]}: {error}") from None
        # Two columns without names: what is said, and what is answered.
        roles, rows = Roles(question=0, answer=1, width=2), chain([first], rows)
    for conversation in rows_to_conversations(usable_rows(rows, roles, counts), roles, counts):
        yield replace(conversation, identifier=f"{name}:{conversation.identifier}")


def header_of(fields: Sequence[object]) -> list[str]:
    """Return the columns' names, without empty columns at the end."""
    header = ["" if field is None else str(field) for field in fields]
    while header and not header[-1].strip():
        header.pop()
    return header


def usable_rows(rows: Iterable[Row], roles: Roles, counts: Counts) -> Iterator[Row]:
    """Yield each row; one with a text that cannot be used comes without fields, as a turn that is lost."""
    wanted = (roles.question, roles.answer, roles.conversation, roles.speaker, roles.text)
    places = [place for place in wanted if place is not None]
    for number, fields in rows:
        reasons = (fault_in(fields[place]) for place in places if place < len(fields))
        reason = next(filter(None, reasons), "")
        counts.drop(reason, 1 if reason else 0)
        yield number, () if reason else fields


def fault_in(field: object) -> str:
    if isinstance(field, Unusable):
        return field.reason
    # An empty field is the columns' matter: some may be empty.
    return fault_of(field) if isinstance(field, str) and field and not field.isspace() else ""
