"""A benchmark's figures: a table for people, JSON for the documents."""

import json
import os
import platform
import subprocess
from dataclasses import asdict, dataclass

from benchmarks import tables


@dataclass(frozen=True)
class Figure:
    """`holds` says whether the goal was reached; None where there is none, or where noise decides."""

    name: str
    value: float
    unit: str
    goal: str = ""
    holds: bool | None = None
    peer: str = ""


def machine() -> str:
    return f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"


def commit() -> str:
    done = subprocess.run(
        ["git", "describe", "--always", "--dirty=+", "--exclude=*", "--abbrev=7"],
        capture_output=True,
        text=True,
        cwd=tables.RESULTS,
        check=False,
    )
    return done.stdout.strip()


def publish(name: str, figures: list[Figure], *, replacing: str = "") -> None:
    """Print figures and write them, instead of those before whose names begin with `replacing`."""
    for figure in figures:
        mark = {True: "holds", False: "missed", None: ""}[figure.holds]
        print(f"{figure.name:<48} {figure.value:>12,.3f} {figure.unit:<14} {figure.goal:<20} {mark}")
    rows = [{**asdict(figure), "machine": machine(), "commit": commit()} for figure in figures]
    tables.RESULTS.mkdir(exist_ok=True)
    path = tables.RESULTS / f"{name}.json"
    if replacing and path.exists():
        before = json.loads(path.read_text(encoding="utf-8"))
        rows = [row for row in before if not row["name"].startswith(replacing)] + rows
    path.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")
    tables.main()
