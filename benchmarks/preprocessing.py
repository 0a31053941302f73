"""How fast a corpus becomes a dataset: `make bench-preprocessing CORPUS=path`."""

import sys
import tempfile
from pathlib import Path

from benchmarks.report import Figure, publish
from preprocessing.pipeline import PreprocessRequest, preprocess
from preprocessing.progress import NullMonitor


def main(corpus: Path) -> None:
    with tempfile.TemporaryDirectory() as directory:
        request = PreprocessRequest(name="bench", path=corpus, data_directory=Path(directory))
        summary = preprocess(request, NullMonitor())
    memory = summary.peak_memory_bytes / 2**20
    publish(
        "preprocessing",
        [
            Figure("lines", summary.counts["lines"], "lines"),
            Figure("exchanges", summary.exchanges, "exchanges"),
            Figure("time", summary.seconds, "s", "at most 60", summary.seconds <= 60),
            Figure("peak memory", memory, "MiB", "at most 1536", memory <= 1536),
        ],
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
