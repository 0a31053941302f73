"""XLSX spreadsheets: the sheets that have the columns, with the values saved beside their formulas."""

import warnings
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from itertools import chain, repeat
from pathlib import Path
from typing import Any

from preprocessing.conversations import Conversation, Counts
from preprocessing.errors import CorpusError
from preprocessing.readers.columns import is_filled
from preprocessing.readers.options import ReadOptions
from preprocessing.readers.tables import Row, Unusable, conversations_of, header_of, is_known
from preprocessing.readers.text_lines import Head, head_of
from preprocessing.readers.xlsx_limits import inspect_xlsx

SUFFIXES = (".xlsx", ".xlsm")
OTHER_SUFFIXES = (".xls", ".xlsb", ".ods")
ZIP_START = b"PK\x03\x04"
ERRORS = frozenset({"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A"})
WITHOUT_VALUE, ERROR = Unusable("formula_without_value"), Unusable("formula_with_error")


def is_spreadsheet(head: Head) -> bool:
    """Whether a file's name says so: one that is none in truth, or an old one, is refused in words."""
    return head.suffix in SUFFIXES + OTHER_SUFFIXES


def read_spreadsheet(path: Path, name: str, counts: Counts, options: ReadOptions) -> Iterator[Conversation]:
    require_xlsx(head_of(path), name)
    counts.bytes_read += path.stat().st_size
    # What the library leaves out, such as how cells look, is nothing to tell a user.
    warnings.filterwarnings("ignore", module="openpyxl")
    try:
        with ExitStack() as files:
            has_formulas = inspect_xlsx(path, name)
            sheets = list(sheets_of(path, files, has_formulas=has_formulas))
            yield from read_sheets(sheets, name, counts, options)
    except CorpusError:
        raise
    except Exception as error:  # the library lets through whatever a damaged file leads to
        raise CorpusError(
            f"{name} must be a whole XLSX file: {type(error).__name__}: {str(error)[:200]}. Save it again."
        ) from None


def require_xlsx(head: Head, name: str) -> None:
    if head.suffix in SUFFIXES and head.start.startswith(ZIP_START):
        return
    if head.encoding is not None:
        raise CorpusError(
            f"{name} must be an XLSX spreadsheet, and is text. Name it .csv if it is a table, or save it as "
            "XLSX or CSV."
        )
    raise CorpusError(
        f"{name} must be an XLSX spreadsheet without a password, and is of an older or another kind. "
        "Open it in a spreadsheet program and save it as XLSX or CSV."
    )


def sheets_of(path: Path, files: ExitStack, *, has_formulas: bool) -> Iterator[tuple[str, Iterator[Row]]]:
    """Yield each sheet's name and its rows that are not empty."""
    values = open_book(path, files, data_only=True)
    formulas = open_book(path, files, data_only=False) if has_formulas else None
    for sheet in values.worksheets:
        written = rows_of(formulas[sheet.title]) if formulas else repeat(())
        yield sheet.title, filled_rows(rows_of(sheet), written)


def open_book(path: Path, files: ExitStack, *, data_only: bool) -> Any:
    from openpyxl import load_workbook

    # An open file, since the library leaves a damaged one open that it opened itself.
    file = files.enter_context(path.open("rb"))
    book = load_workbook(file, read_only=True, data_only=data_only, keep_links=False)
    return files.enter_context(closing(book))


def rows_of(sheet: Any) -> Iterator[Sequence[object]]:
    # What a sheet says about its size is often wrong, and may be a million empty rows.
    sheet.reset_dimensions()
    rows: Iterator[Sequence[object]] = sheet.iter_rows(values_only=True)
    return rows


def filled_rows(rows: Iterator[Sequence[object]], written: Iterator[Sequence[object]]) -> Iterator[Row]:
    """Yield (number, values); `written` are the same rows with their formulas, or without fields."""
    for number, (values, formulas) in enumerate(zip(rows, written, strict=False), 1):
        fields = list(map(known, values))
        for place, formula in enumerate(formulas):
            if fields[place] is None and formula is not None:
                fields[place] = WITHOUT_VALUE
        if any(map(is_filled, fields)):
            yield number, fields


def known(value: object) -> object:
    return ERROR if isinstance(value, str) and value in ERRORS else value


def read_sheets(
    sheets: list[tuple[str, Iterator[Row]]], name: str, counts: Counts, options: ReadOptions
) -> Iterator[Conversation]:
    """Read the sheets that have the columns; if none has, the first must do, or say what it lacks."""
    tables = [(title, first, rows) for title, rows in sheets if (first := next(rows, None)) is not None]
    fitting = [table for table in tables if is_known(header_of(table[1][1]), options.columns)]
    chosen = fitting or tables[:1]
    counts.drop("sheet_without_columns", len(tables) - len(chosen))
    for title, first, rows in chosen:
        sheet_name = f"{name}/{title}" if len(tables) > 1 else name
        yield from conversations_of(counted(chain([first], rows), counts), sheet_name, counts, options)


def counted(rows: Iterator[Row], counts: Counts) -> Iterator[Row]:
    for row in rows:
        counts.lines += 1
        yield row
