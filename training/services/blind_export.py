"""A blind comparison's result as a file: JSON with everything, CSV with a line for each choice."""

import csv
import io
import json
from collections.abc import Iterator

from training.services.blind_results import EQUAL, BlindResult, JudgedPair
from training.services.csv_table import BYTE_ORDER_MARK, harmless

COLUMNS = (
    *("number", "question", "one", "answer_of_one", "other", "answer_of_other"),
    *("person", "choice"),
)


def blind_result_json(result: BlindResult) -> str:
    return json.dumps(result.as_json(), ensure_ascii=False, indent=2) + "\n"


def blind_result_csv(result: BlindResult) -> str:
    """Return a table that spreadsheets open; pairs that nobody chose for have a line as well."""
    table = io.StringIO(BYTE_ORDER_MARK)
    table.seek(0, io.SEEK_END)
    writer = csv.writer(table)
    writer.writerow(COLUMNS)
    names = (result.comparison.one.name, result.comparison.other.name)
    for pair in result.pairs:
        for person, choice in lines_of(pair):
            cells = (pair.question, names[0], pair.answer_of_one, names[1], pair.answer_of_other)
            writer.writerow([pair.number, *map(harmless, (*cells, person)), choice])
    return table.getvalue()


def lines_of(pair: JudgedPair) -> Iterator[tuple[str, str]]:
    if pair.chosen:
        yield from pair.chosen.items()
    else:
        yield "", EQUAL if pair.is_equal else ""
