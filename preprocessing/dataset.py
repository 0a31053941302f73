"""A dataset on disk: what training and retrieval read, memory-mapped. Written once, never changed."""

import contextlib
import errno
import hashlib
import json
import pickle
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from preprocessing.errors import DatasetError
from preprocessing.ragged import IdColumn, Ids, TextColumn, load_array
from preprocessing.realisation import SurfaceForms
from preprocessing.splits import NAMES
from preprocessing.text_settings import TextSettings
from preprocessing.tokenisation import TextResources
from preprocessing.vocabulary import Vocabulary

FORMAT_VERSION = 1
INFORMATION = "dataset.json"
REPORT = "report.json"
MOST_EXCHANGES_TO_PICKLE = 1_000_000


@dataclass(frozen=True)
class Exchanges:
    """The columns of a dataset; row i of each belongs to exchange i. Ids are bare: no <go>, no <eos>."""

    questions: IdColumn
    answers: IdColumn
    question_texts: TextColumn
    answer_texts: TextColumn
    splits: npt.NDArray[np.int8]
    sources: TextColumn
    conversations: TextColumn
    speakers: TextColumn
    turns: npt.NDArray[np.int32]
    times: npt.NDArray[np.float64]  # seconds since 1970, NaN where unknown
    weights: npt.NDArray[np.float32]  # how often training takes it an epoch


class Dataset:
    """Read access to a dataset's folder."""

    def __init__(self, directory: Path, information: dict[str, Any]) -> None:
        self.directory = directory
        self.information = information

    @classmethod
    def open(cls, directory: Path) -> Self:
        try:
            information = json.loads((directory / INFORMATION).read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError) as error:
            raise DatasetError(f"{directory} must hold a readable {INFORMATION}: {error}.") from None
        version = information.get("format_version") if isinstance(information, dict) else None
        if version != FORMAT_VERSION:
            raise DatasetError(
                f"A dataset must have format version {FORMAT_VERSION}. Received {version}. Preprocess again."
            )
        return cls(directory, information)

    def __len__(self) -> int:
        return len(self.exchanges.splits)

    @cached_property
    def exchanges(self) -> Exchanges:
        return Exchanges(
            questions=IdColumn.open(self.directory, "question"),
            answers=IdColumn.open(self.directory, "answer"),
            question_texts=TextColumn.open(self.directory, "question"),
            answer_texts=TextColumn.open(self.directory, "answer"),
            splits=load_array(self.directory / "split.npy").view(np.int8),
            sources=TextColumn.open(self.directory, "source"),
            conversations=TextColumn.open(self.directory, "conversation"),
            speakers=TextColumn.open(self.directory, "speaker"),
            turns=load_array(self.directory / "turn.npy").view(np.int32),
            times=load_array(self.directory / "time.npy").view(np.float64),
            weights=load_weights(self.directory),
        )

    def question(self, row: int) -> Ids:
        return self.exchanges.questions[row]

    def answer(self, row: int) -> Ids:
        return self.exchanges.answers[row]

    def question_text(self, row: int) -> str:
        return self.exchanges.question_texts[row]

    def answer_text(self, row: int) -> str:
        return self.exchanges.answer_texts[row]

    def indices(self, split: str) -> npt.NDArray[np.int64]:
        """Return the rows of "train", "validation" or "test"."""
        return np.flatnonzero(self.exchanges.splits == NAMES.index(split))

    @cached_property
    def vocabulary(self) -> Vocabulary:
        return Vocabulary.from_file(self.directory / "vocabulary.txt")

    @cached_property
    def surface_forms(self) -> SurfaceForms:
        return SurfaceForms.from_file(self.directory / "surface_forms.json")

    @cached_property
    def resources(self) -> TextResources:
        return TextResources.open(self.directory)

    @cached_property
    def report(self) -> dict[str, Any]:
        """Figures for people; empty for a dataset that was made without them."""
        path = self.directory / REPORT
        return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}

    @cached_property
    def text_settings(self) -> TextSettings:
        return TextSettings.from_json(self.information["text_settings"])

    @property
    def name(self) -> str:
        return str(self.information["name"])

    @property
    def fingerprint(self) -> str:
        """A hash of the content; a run stores it, so that it notices another dataset."""
        return str(self.information["fingerprint"])

    def require_unchanged(self) -> None:
        """Read all of it once more.

        Raises:
            DatasetError: the files are not what was written.
        """
        if content_hash(self.directory) != self.fingerprint:
            raise DatasetError(
                f"The files of dataset {self.name} must be as they were written; some have changed or are "
                "gone. Preprocess its corpus again."
            )


def load_weights(directory: Path) -> npt.NDArray[np.float32]:
    """Return the weights; all are 1 in a dataset that was made before there were any."""
    path = directory / "weight.npy"
    if path.exists():
        return load_array(path).view(np.float32)
    return np.ones(len(load_array(directory / "split.npy").view(np.int8)), np.float32)


def write_dataset(
    directory: Path,
    *,
    name: str,
    exchanges: Exchanges,
    vocabulary: Vocabulary,
    surface_forms: SurfaceForms,
    text_settings: TextSettings,
    resources: TextResources | None = None,
    information: dict[str, Any] | None = None,
    report: dict[str, Any] | None = None,
    with_pickle: bool | None = None,
) -> Dataset:
    """Write a whole dataset into an empty folder; the same content gives the same bytes.

    `with_pickle` None writes the pickle up to a million exchanges.

    Raises:
        DatasetError: the disk is full; the message says what is needed.
    """
    needed = size_bytes(exchanges)
    with room_for(directory, needed):
        write_columns(directory, exchanges)
        vocabulary.to_file(directory / "vocabulary.txt")
        surface_forms.to_file(directory / "surface_forms.json")
        added = resources or TextResources()
        added.save(directory)
        content = {
            "format_version": FORMAT_VERSION,
            "name": name,
            "max_length": max(text_settings.max_length, text_settings.max_answer_length),
            "text_settings": text_settings.as_json(),
            "exchanges": len(exchanges.splits),
            "vocabulary_size": len(vocabulary),
            "splits": {part: int((exchanges.splits == number).sum()) for number, part in enumerate(NAMES)},
            **(information or {}),
            "fingerprint": content_hash(directory),
        }
        if with_pickle or (with_pickle is None and len(exchanges.splits) <= MOST_EXCHANGES_TO_PICKLE):
            path = directory / pickle_name(name, content["max_length"])
            write_pickle(path, content, exchanges, vocabulary, added)
        if report:
            write_json(directory / REPORT, report)
        write_json(directory / INFORMATION, content)
    return Dataset(directory, content)


def write_json(path: Path, content: dict[str, Any]) -> None:
    text = json.dumps(content, ensure_ascii=False, indent=2)
    # A lone surrogate may come from a file; it must not stop the whole.
    path.write_text(text + "\n", encoding="utf-8", errors="replace")


def size_bytes(exchanges: Exchanges) -> int:
    """Return about how much room the dataset takes, its pickle included (4 bytes an id there too)."""
    ids = exchanges.questions.ids.nbytes + exchanges.answers.ids.nbytes
    texts = exchanges.question_texts.blob.nbytes + exchanges.answer_texts.blob.nbytes
    return 2 * ids + texts + 150 * len(exchanges.splits)


@contextlib.contextmanager
def room_for(directory: Path, needed_bytes: int) -> Iterator[None]:
    """Refuse to begin where there is no room, and say so where it ran out on the way."""
    free_bytes = shutil.disk_usage(directory).free
    if free_bytes < needed_bytes:
        raise no_room(directory, needed_bytes, free_bytes)
    try:
        yield
    except OSError as error:
        # NumPy tells of a file that was cut short without a number.
        if error.errno not in (None, errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise
        raise no_room(directory, needed_bytes, shutil.disk_usage(directory).free) from None


def no_room(directory: Path, needed_bytes: int, free_bytes: int) -> DatasetError:
    return DatasetError(
        f"A dataset needs about {needed_bytes:,} bytes in {directory.parent}; it could not get them. "
        f"The disk has {free_bytes:,} bytes free. Make room, or raise the quota, and start again."
    )


def pickle_name(name: str, max_length: int) -> str:
    return f"dataset-{name}-{max_length}.pkl"


def write_columns(directory: Path, exchanges: Exchanges) -> None:
    exchanges.questions.save(directory, "question")
    exchanges.answers.save(directory, "answer")
    exchanges.question_texts.save(directory, "question")
    exchanges.answer_texts.save(directory, "answer")
    exchanges.sources.save(directory, "source")
    exchanges.conversations.save(directory, "conversation")
    exchanges.speakers.save(directory, "speaker")
    np.save(directory / "split.npy", exchanges.splits)
    np.save(directory / "turn.npy", exchanges.turns)
    np.save(directory / "time.npy", exchanges.times)
    np.save(directory / "weight.npy", exchanges.weights)


def content_hash(directory: Path) -> str:
    """Hash what training and retrieval read; what describes it is written after that."""
    digest = hashlib.sha256()
    for path in sorted(directory.iterdir()):
        if path.name in (INFORMATION, REPORT) or path.suffix == ".pkl":
            continue
        digest.update(path.name.encode())
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


def write_pickle(
    path: Path,
    information: dict[str, Any],
    exchanges: Exchanges,
    vocabulary: Vocabulary,
    resources: TextResources,
) -> None:
    """Write DeepQA2's contract: its five keys as it had them, ours beside them."""
    # One int object an id instead of one a token keeps this small.
    numbers = list(range(len(vocabulary)))
    samples = [
        [[numbers[i] for i in exchanges.questions[row]], [numbers[i] for i in exchanges.answers[row]]]
        for row in range(len(exchanges.splits))
    ]
    chosen = {
        part: [samples[row] for row in np.flatnonzero(exchanges.splits == number)]
        for number, part in enumerate(NAMES)
    }
    content = {
        "word2id": vocabulary.word2id(),
        "id2word": vocabulary.id2word(),
        "trainingSamples": chosen["train"],
        "maxLength": information["max_length"],
        "corpusName": information["name"],
        "validationSamples": chosen["validation"],
        "testSamples": chosen["test"],
        "formatVersion": FORMAT_VERSION,
        "textSettings": information["text_settings"],
        "userWords": [word.as_line() for word in resources.user_words],
        "languages": information.get("languages", {}),
        "sourceHashes": information.get("source_hashes", {}),
        "dropped": information.get("dropped", {}),
        "cut": information.get("cut", {}),
    }
    with path.open("wb") as file:
        pickle.dump(content, file, protocol=4)
