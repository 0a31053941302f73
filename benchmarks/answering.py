"""How fast questions are answered, alone and by many, beside peers: `make bench-answering DATA=folder`.

The networks learned nothing: the vocabulary has 20,000 words of the Cornell corpus in DATA, questions are ten
of them, answers twelve tokens. No question is asked twice, so no answer comes from a cache.
Contestants take turns, so that all see the same machine; where other programs took a tenth of it, no goal is
called reached or missed. Peers are installed below `.peers` on the first run.
"""

import argparse
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from benchmarks.answering_served import served_figures
from benchmarks.answering_work import work_figures
from benchmarks.other_programs import MOST_OTHERS, OtherPrograms, called
from benchmarks.report import Figure, publish
from benchmarks.untrained_bundles import VOCABULARY_SIZE, WORD
from preprocessing.vocabulary import SPECIAL_TOKENS

CORPUS = Path("cornell") / "movie_lines.txt"


def words_of(data: Path) -> list[str]:
    """Return the most frequent words of the corpus, as many as the vocabulary has."""
    text = (data / CORPUS).read_text(encoding="latin-1").lower()
    return [
        word for word, _ in Counter(WORD.findall(text)).most_common(VOCABULARY_SIZE - len(SPECIAL_TOKENS))
    ]


def make_bundles(folder: Path, words: list[str]) -> None:
    """Make them in a process of its own: this one has no room for TensorFlow."""
    (folder / "words.txt").write_text("\n".join(words), encoding="utf-8")
    command = [sys.executable, "-m", "benchmarks.untrained_bundles", str(folder), str(folder / "words.txt")]
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)


def main(data: Path, seconds: float) -> None:
    if not (data / CORPUS).exists():
        raise SystemExit(f"{data} must hold {CORPUS}; it does not. Name another folder with DATA=.")
    with tempfile.TemporaryDirectory() as directory:
        folder = Path(directory)
        words = words_of(data)
        make_bundles(folder, words)
        others = OtherPrograms()
        work = work_figures(folder, words)
        seen, reached = served_figures(folder, words, work[0].value, seconds)
        share = others.share()
    figures = called([*work, *reached], share)
    noise = Figure(
        "other programs' share of the machine",
        100 * share,
        "%",
        f"at most {100 * MOST_OTHERS:g}",
        share <= MOST_OTHERS,
    )
    publish("answering", [*figures, noise])
    publish("answering-clients", seen)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="the folder that holds cornell")
    parser.add_argument("--seconds", type=float, default=4.0, help="of each round of clients")
    arguments = parser.parse_args()
    main(arguments.data, arguments.seconds)
