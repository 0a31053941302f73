"""What becomes of whole corpora, with the default settings: `make bench-corpora DATA=folder`.

DATA holds `cornell`, `dailydialog` and `lccc`; Chit-Chat comes with the package chitchat-dataset.
"""

import contextlib
import json
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psutil

from benchmarks.report import Figure, publish
from preprocessing.dataset import Dataset
from preprocessing.pipeline import preprocess
from preprocessing.progress import NullMonitor
from preprocessing.request import PreprocessRequest

SECONDS_BETWEEN_LOOKS = 0.02
CODE = """
import json, sys
from pathlib import Path
from benchmarks.corpora import measured
if __name__ == "__main__":
    print(json.dumps(measured(Path(sys.argv[1]))))
"""


def measured_apart(corpus: Path) -> dict[str, Any]:
    """Preprocess in a process of its own, and watch how much memory it takes with all that it starts."""
    with subprocess.Popen(
        [sys.executable, "-c", CODE, str(corpus)], stdout=subprocess.PIPE, text=True
    ) as process:
        most = 0
        while process.poll() is None:
            most = max(most, memory_of(psutil.Process(process.pid)))
            time.sleep(SECONDS_BETWEEN_LOOKS)
        output = process.communicate()[0]
    if process.returncode:
        raise SystemExit(f"Preprocessing {corpus} failed.")
    told: dict[str, Any] = json.loads(output.splitlines()[-1])
    return {**told, "bytes": most}


def memory_of(process: psutil.Process) -> int:
    """Return the resident bytes of a process and its children; what they share counts for each."""
    total = 0
    with contextlib.suppress(psutil.Error):
        for one in (process, *process.children(recursive=True)):
            with contextlib.suppress(psutil.Error):
                total += one.memory_info().rss
    return total


def measured(corpus: Path) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as directory:
        request = PreprocessRequest.of_corpus("bench", corpus, Path(directory))
        summary = preprocess(request, NullMonitor())
        report = Dataset.open(summary.directory).report
    return {
        "exchanges": summary.exchanges,
        "seconds": summary.seconds,
        "vocabulary": summary.vocabulary_size,
        "splits": summary.splits,
        "counts": summary.counts,
        "coverage": report["coverage"],
        "between": report["duplicates_between_splits"],
    }


def figures_of(name: str, corpus: Path) -> list[Figure]:
    told = measured_apart(corpus)
    counts = told["counts"]
    read = [(key, counts[key]) for key in ("lines", "conversations", "exchanges")]
    dropped = [(f"dropped, {reason.replace('_', ' ')}", n) for reason, n in counts["dropped"].items()]
    kept = [("kept", counts["kept"]), *((f"of these {part}", n) for part, n in told["splits"].items())]
    cut = [(f"{side}s cut to 20 tokens", counts["cut"][side]) for side in ("question", "answer")]
    shares = [(f"coverage, {part}", share) for part, share in told["coverage"].items() if share is not None]
    return [
        *(Figure(f"{name}: {what}", n, "") for what, n in [*read, *dropped, *kept, *cut]),
        Figure(f"{name}: duplicates between splits", told["between"], "", "at most 0", told["between"] == 0),
        Figure(f"{name}: vocabulary", told["vocabulary"], ""),
        *(Figure(f"{name}: {what}", 100 * share, "%") for what, share in shares),
        Figure(f"{name}: time", told["seconds"], "s"),
        Figure(f"{name}: peak memory", told["bytes"] / 2**20, "MiB"),
    ]


def corpora(data: Path) -> dict[str, Path]:
    """Return the corpora that are there, by the name that their figures bear."""
    places = {"Cornell (rebuilt)": "cornell", "DailyDialog": "dailydialog", "LCCC": "lccc"}
    found = {name: data / folder for name, folder in places.items() if (data / folder).exists()}
    package = find_spec("chitchat_dataset")
    if package is not None and package.origin is not None:
        found["Chit-Chat"] = Path(package.origin).parent
    return found


def main(data: Path) -> None:
    publish("corpora", [figure for name, path in corpora(data).items() for figure in figures_of(name, path)])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
