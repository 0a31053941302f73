"""Word vectors trained on texts (Mikolov et al. 2013), with the switches of the original word2vec tool."""

import logging
import os
import time
import uuid
from array import array
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from preprocessing.conversations import Counts
from preprocessing.dataset import Dataset
from preprocessing.errors import SettingsError, WordVectorsError
from preprocessing.progress import Monitor, Progress, stop_if_requested
from preprocessing.readers.text_lines import is_no_text, open_text
from preprocessing.tokenisation import Tokeniser
from preprocessing.vector_file import MOST_NUMBERS

# The original tool cuts longer lines into pieces of so many words.
MAX_SENTENCE_WORDS = 1000
SKIP_GRAM_ALPHA, CBOW_ALPHA = 0.025, 0.05
# A corpus may be one line, as text8 is.
PART_CHARACTERS, LONGEST_WORD = 1 << 20, 1000
SENTENCES_BETWEEN_CHECKS = 1000
# Can be read again for each pass.
Sentences = Iterable[list[str]]
LIMITS: dict[str, tuple[float, float]] = {
    **dict.fromkeys(("cbow", "hs", "binary"), (0, 1)),
    "size": (1, MOST_NUMBERS),
    "window": (1, 1000),
    "negative": (0, 1000),
    "sample": (0, 1),
    "threads": (1, 1024),
    "iterations": (1, 10_000),
    "alpha": (1e-6, 1),
    "min_count": (0, 2**31 - 1),
    "seed": (0, 2**32 - 1),
}


@dataclass(frozen=True, kw_only=True)
class Word2VecSettings:
    """The original tool's switches with its defaults; `alpha` None is 0.05 for CBOW, else 0.025."""

    cbow: int = 1
    size: int = 100
    window: int = 5
    negative: int = 5
    hs: int = 0
    sample: float = 1e-3
    threads: int = 12
    binary: int = 0
    iterations: int = 5
    alpha: float | None = None
    min_count: int = 5
    seed: int = 1

    def __post_init__(self) -> None:
        for name, (least, most) in LIMITS.items():
            value = getattr(self, name)
            if value is not None and not least <= value <= most:
                raise SettingsError(f"{name} must be from {least:,} to {most:,}. Received {value}.")
        if not self.negative and not self.hs:
            raise SettingsError("negative or hs must be above 0. Received 0 for both: nothing is learned.")


@dataclass(frozen=True)
class VectorSummary:
    """`tokens` counts the text once; the speed is that of the training passes, all threads together."""

    words: int
    size: int
    tokens: int
    seconds: float
    words_per_second: float


class TextSentences:
    """A text file with tokens apart by white space, the original tool's input; a line is a sentence."""

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise WordVectorsError(f"The corpus must be a text file or a dataset's name. Received {path}.")
        self._path = path

    def __iter__(self) -> Iterator[list[str]]:
        words: list[str] = []
        with open_text(self._path, self._path.name, Counts()) as file:
            for text, is_end in text_parts(file):
                words += words_of(text)
                whole = len(words) if is_end else len(words) // MAX_SENTENCE_WORDS * MAX_SENTENCE_WORDS
                yield from pieces(words[:whole])
                words = words[whole:]


def text_parts(file: TextIO) -> Iterator[tuple[str, bool]]:
    """Yield (text, whether a line ends there); a long line comes in parts, cut between words."""
    begun = ""
    while part := file.readline(PART_CHARACTERS):
        text = begun + part
        is_end = text.endswith("\n")
        last = "" if is_end or text[-1].isspace() else text.rsplit(maxsplit=1)[-1]
        begun = last if len(last) <= LONGEST_WORD else ""
        yield text.removesuffix(begun), is_end
    yield begun, True


def words_of(text: str) -> list[str]:
    """Return the words without what is no text, and without what is too long to be a word."""
    words = text.split()
    if len(text) <= LONGEST_WORD and not is_no_text(text):
        return words
    return [word for word in words if len(word) <= LONGEST_WORD and not is_no_text(word)]


class KeptSentences:
    """Sentences in memory, at four bytes a token."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._ids, self._ends = array("i"), array("q", [0])

    def append(self, sentence: list[str]) -> None:
        numbers = self._numbers
        self._ids.extend([numbers.setdefault(token, len(numbers)) for token in sentence])
        self._ends.append(len(self._ids))

    def __iter__(self) -> Iterator[list[str]]:
        tokens = list(self._numbers)
        for start, end in pairwise(self._ends):
            yield [tokens[number] for number in self._ids[start:end]]


class DatasetSentences:
    """The training texts of a dataset as its tokeniser cuts them; what is held out is not read.

    Cutting takes longer than training, so only the first pass does it.
    """

    def __init__(self, directory: Path) -> None:
        self._dataset = Dataset.open(directory)
        self._kept: KeptSentences | None = None

    def __iter__(self) -> Iterator[list[str]]:
        if self._kept is not None:
            yield from self._kept
            return
        kept = KeptSentences()
        for sentence in self._cut():
            kept.append(sentence)
            yield sentence
        self._kept = kept

    def _cut(self) -> Iterator[list[str]]:
        dataset, columns = self._dataset, self._dataset.exchanges
        tokeniser = Tokeniser(dataset.text_settings, dataset.resources)
        before: tuple[str, str] | None = None
        for row in dataset.indices("train").tolist():
            question, answer = columns.question_texts[row], columns.answer_texts[row]
            # An answer that the next exchange asks is the same turn.
            if before != (columns.conversations[row], question):
                yield from pieces(tokeniser.tokenise(question))
            yield from pieces(tokeniser.tokenise(answer))
            before = columns.conversations[row], answer


def sentences_of_dataset(directory: Path) -> Sentences:
    return DatasetSentences(directory)


def pieces(tokens: list[str]) -> Iterator[list[str]]:
    return (tokens[start : start + MAX_SENTENCE_WORDS] for start in range(0, len(tokens), MAX_SENTENCE_WORDS))


def train_word_vectors(
    sentences: Sentences, settings: Word2VecSettings, output: Path, monitor: Monitor
) -> VectorSummary:
    """Train, and write the file whole or not at all.

    Raises:
        WordVectorsError: fewer than two words occur often enough, or the file cannot be written.
        StoppedError: the monitor asked to stop; no file is left.
    """
    started, passes = time.monotonic(), settings.iterations
    watched = WatchedSentences(sentences, monitor, passes)
    watched.report(0, "counting words")
    with whole_file(output) as partial:
        model = new_model(settings)
        count_words(model, watched)
        watched.report(0, "training word vectors")
        training_started = time.monotonic()
        listener = new_listener(watched)
        model.train(watched, total_examples=model.corpus_count, epochs=passes, callbacks=[listener])
        speed = round(model.corpus_total_words * passes / (time.monotonic() - training_started))
        if not np.isfinite(model.wv.vectors).all():
            raise WordVectorsError("The numbers grew without bound. Give a smaller alpha.")
        model.wv.save_word2vec_format(str(partial), binary=bool(settings.binary))
    seconds = round(time.monotonic() - started, 2)
    return VectorSummary(len(model.wv), settings.size, model.corpus_total_words, seconds, speed)


def new_model(settings: Word2VecSettings) -> Any:
    from gensim.models import Word2Vec

    # Its notes on each step would stand between the lines of our own progress.
    logging.getLogger("gensim").setLevel(logging.ERROR)
    alpha = settings.alpha or (CBOW_ALPHA if settings.cbow else SKIP_GRAM_ALPHA)
    return Word2Vec(
        vector_size=settings.size,
        window=settings.window,
        sg=0 if settings.cbow else 1,
        negative=settings.negative,
        hs=settings.hs,
        # gensim takes 1 for a count; to the original it says that no word is too frequent.
        sample=settings.sample if settings.sample < 1 else 0,
        workers=min(settings.threads, os.cpu_count() or 1),
        alpha=alpha,
        min_alpha=alpha * 1e-4,  # the original's
        min_count=settings.min_count,
        seed=settings.seed,
    )


def count_words(model: Any, watched: "WatchedSentences") -> None:
    model.build_vocab(watched)
    watched.raise_if_ended()
    # With one word hierarchical softmax has nothing to choose from: gensim's threads die, and it waits on.
    if len(model.wv) < 2:
        raise WordVectorsError(
            f"At least two words must occur {max(model.min_count, 1)} times. "
            f"Received {model.corpus_total_words:,} words in all. Give more text, or a smaller min-count."
        )


class WatchedSentences:
    """Sentences that end where the monitor asks to stop, or where one cannot be read.

    gensim reads them in a thread of its own, and would wait forever for one that died.
    """

    def __init__(self, sentences: Sentences, monitor: Monitor, passes: int) -> None:
        self._sentences, self._monitor, self._passes = sentences, monitor, passes
        self._error: Exception | None = None

    def __iter__(self) -> Iterator[list[str]]:
        try:
            for number, sentence in enumerate(self._sentences):
                if number % SENTENCES_BETWEEN_CHECKS == 0 and self._monitor.stop_requested():
                    return
                yield sentence
        except Exception as error:
            self._error = error

    def raise_if_ended(self) -> None:
        if self._error:
            raise self._error
        stop_if_requested(self._monitor)

    def report(self, done: int, message: str) -> None:
        self.raise_if_ended()
        self._monitor.report(Progress(done, self._passes, "passes", message))


def new_listener(watched: WatchedSentences) -> Any:
    from gensim.models.callbacks import CallbackAny2Vec

    class Listener(CallbackAny2Vec):  # type: ignore[misc]  # gensim has no types
        done = 0

        def on_epoch_end(self, model: Any) -> None:
            self.done += 1
            watched.report(self.done, "training word vectors")

    return Listener()


@contextmanager
def whole_file(output: Path) -> Iterator[Path]:
    """Yield a file that becomes `output` when all went well; where it never could, say so before the work."""
    partial = output.absolute().parent / f".{uuid.uuid4().hex}.partial"
    try:
        partial.parent.mkdir(parents=True, exist_ok=True)
        partial.touch()
        if output.is_dir():
            raise IsADirectoryError(f"{output} is a folder")
        yield partial
        with partial.open("rb") as file:
            os.fsync(file.fileno())
        partial.replace(output)
    except OSError as error:
        raise WordVectorsError(f"The corpus must be readable, and {output} writable: {error}.") from None
    finally:
        with suppress(OSError):
            partial.unlink()
