"""What training word vectors costs and gives: `make bench-word-vectors DATA=folder`.

On DailyDialog and Cornell together, with the switches that the original tool's examples use.
"""

import json
import sys
import tempfile
from pathlib import Path

from benchmarks import tables
from benchmarks.report import Figure, publish
from preprocessing.dataset import Dataset
from preprocessing.pipeline import preprocess
from preprocessing.progress import NullMonitor
from preprocessing.request import CorpusPart, PreprocessRequest
from preprocessing.vector_file import read_vectors
from preprocessing.word_vectors import Word2VecSettings, sentences_of_dataset, train_word_vectors

SETTINGS = Word2VecSettings(
    cbow=1, size=100, window=8, negative=25, hs=0, sample=1e-4, threads=2, binary=1, iterations=15
)
WORDS = ("mother", "doctor", "money", "happy", "monday", "coffee", "car", "paris", "seven", "don't")
NEIGHBOURS = 10


def main(data: Path) -> None:
    with tempfile.TemporaryDirectory() as directory:
        dataset, output = make_dataset(data, Path(directory)), Path(directory) / "vectors.bin"
        summary = train_word_vectors(sentences_of_dataset(dataset.directory), SETTINGS, output, NullMonitor())
        vectors = read_vectors(output)
        size_mib = output.stat().st_size / 2**20
        known, share = vectors.coverage(dataset.vocabulary.decode(range(4, len(dataset.vocabulary))))
    nearest = {word: [found for found, _ in vectors.nearest(word, NEIGHBOURS)] for word in WORDS}
    (tables.RESULTS / "nearest-words.json").write_text(
        json.dumps(nearest, ensure_ascii=False, indent=2) + "\n", encoding="utf-8"
    )
    publish(
        "word-vectors",
        [
            Figure("tokens of the training texts", summary.tokens, "tokens"),
            Figure("words with a vector", summary.words, "words"),
            Figure("time, cutting and writing included", summary.seconds, "s"),
            Figure("speed of the training passes, two threads", summary.words_per_second, "words/s"),
            Figure("size of the file", size_mib, "MiB"),
            Figure("words of the dataset's vocabulary that have a vector", known, "words"),
            Figure("their share", 100 * share, "%"),
        ],
    )


def make_dataset(data: Path, directory: Path) -> Dataset:
    corpora = tuple(CorpusPart(name=name, location=data / name) for name in ("dailydialog", "cornell"))
    request = PreprocessRequest(name="english", corpora=corpora, data_directory=directory)
    return Dataset.open(preprocess(request, NullMonitor()).directory)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
