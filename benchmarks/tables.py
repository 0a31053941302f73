"""Tables of the documents, made from benchmarks/results: `python -m benchmarks.tables` writes them anew.

A document says where one stands: `<!-- figures: NAME -->` before it, `<!-- end of figures -->` behind it.
`NAME by HEAD` gives figures called "Cornell: kept" a column a corpus and a row a figure under that head.
Results that are lists by name, such as neighbours by word, become a row a name; answers a row a question.
"""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results"
BLOCK = re.compile(r"(<!-- figures: ([\w-]+)(?: by ([\w ]+))? -->\n).*?(<!-- end of figures -->)", re.DOTALL)
HOLDS = {True: "yes", False: "**no**", None: ""}
WAYS = {"generate": "generated", "retrieve": "retrieved", "hybrid": "hybrid"}
# What means something in Markdown or ends a cell.
MARKUP = re.compile(r"[\\`*_~$&<\[\]|]")
Rows = list[dict[str, Any]]


def documents() -> list[Path]:
    return [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def with_tables(text: str, results: Path = RESULTS) -> str:
    """Return a document with its tables as the results say now."""

    def block(match: re.Match[str]) -> str:
        path = results / f"{match[2]}.json"
        if not path.exists():  # never measured yet
            return match[0]
        content = json.loads(path.read_text(encoding="utf-8"))
        return f"{match[1]}{table_of(content, match[3] or '')}{match[4]}"

    return BLOCK.sub(block, text)


def table_of(results: Rows | dict[str, list[str]], head: str) -> str:
    if isinstance(results, dict):
        return markdown((head, ""), [(name, ", ".join(values)) for name, values in results.items()])
    if not results:
        return "Not measured yet.\n"
    if "question" in results[0]:
        return f"{answered(results)}\n{answered_by(results)}\n"
    table = pivoted(results, head) if head else listed(results)
    return f"{table}\n{measured_on(results)}\n"


def listed(rows: Rows) -> str:
    lines = [
        (row["name"], f"{shown(row['value'])} {row['unit']}", row["goal"], HOLDS[row["holds"]])
        for row in rows
    ]
    return markdown(("what", "measured", "goal", "reached"), lines)


def pivoted(rows: Rows, head: str) -> str:
    """Return a row for what stands before the colon, a column for what stands behind it."""
    cells: dict[str, dict[str, str]] = {}
    for row in rows:
        name, _, figure = row["name"].partition(": ")
        unit = f" {row['unit']}" if row["unit"] in ("s", "MiB", "%") else ""
        cells.setdefault(name, {})[figure] = f"{shown(row['value'])}{unit}"
    figures = list(dict.fromkeys(figure for row in cells.values() for figure in row))
    lines = [(figure, *(row.get(figure, "") for row in cells.values())) for figure in figures]
    return markdown((head, *cells), lines)


def answered(rows: Rows) -> str:
    """Return a row a question, a column a way to answer it."""
    lines = [(plain(row["question"]), *(said(row[way]) for way in WAYS)) for row in rows]
    return markdown(("question", *WAYS.values()), lines)


def said(answer: dict[str, Any] | None) -> str:
    """Return an answer with its confidence, where it has one."""
    if answer is None:
        return "-"
    confidence = answer["confidence"]
    return plain(answer["text"]) + ("" if confidence is None else f" ({confidence:.2f})")


def plain(text: str) -> str:
    """Return a text that reads in a table's cell as it is."""
    return MARKUP.sub(r"\\\g<0>", " ".join(text.split()))


def answered_by(rows: Rows) -> str:
    models = ", ".join(dict.fromkeys(row["model"] for row in rows))
    commits = ", ".join(dict.fromkeys(row["commit"] for row in rows))
    return f"Answered by: {models}; commit {commits}."


def markdown(head: tuple[str, ...], lines: Sequence[tuple[str, ...]]) -> str:
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, ("---",) * len(head), *lines)) + "\n"


def shown(value: float) -> str:
    if float(value).is_integer() or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) < 100 else f"{value:.0f}"


def measured_on(rows: Rows) -> str:
    machines = ", ".join(dict.fromkeys(row["machine"] for row in rows))
    commits = ", ".join(dict.fromkeys(row["commit"] for row in rows))
    return f"Measured on: {machines}; commit {commits}."


def main() -> None:
    for path in documents():
        text = path.read_text(encoding="utf-8")
        made = with_tables(text)
        if made != text:
            path.write_text(made, encoding="utf-8")
            print(f"Wrote the tables of {path.relative_to(ROOT)}.")


if __name__ == "__main__":
    main()
