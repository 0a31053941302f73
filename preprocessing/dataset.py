"""A dataset on disk: what training and retrieval read, memory-mapped. Written once, never changed."""

import hashlib
import json
import pickle
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
from preprocessing.vocabulary import Vocabulary

FORMAT_VERSION = 1
INFORMATION = "dataset.json"
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


class Dataset:
    """Read access to a dataset's folder."""

    def __init__(self, directory: Path, information: dict[str, Any]) -> None:
        self.directory = directory
        self.information = information

    @classmethod
    def open(cls, directory: Path) -> Self:
        try:
            information = json.loads((directory / INFORMATION).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
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
    def text_settings(self) -> TextSettings:
        return TextSettings.from_json(self.information["text_settings"])

    @property
    def name(self) -> str:
        return str(self.information["name"])

    @property
    def fingerprint(self) -> str:
        """A hash of the content; a run stores it, so that it notices another dataset."""
        return str(self.information["fingerprint"])


def write_dataset(
    directory: Path,
    *,
    name: str,
    exchanges: Exchanges,
    vocabulary: Vocabulary,
    surface_forms: SurfaceForms,
    text_settings: TextSettings,
    information: dict[str, Any] | None = None,
) -> Dataset:
    """Write a whole dataset into an empty folder; the same content gives the same bytes."""
    write_columns(directory, exchanges)
    vocabulary.to_file(directory / "vocabulary.txt")
    surface_forms.to_file(directory / "surface_forms.json")
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
    if len(exchanges.splits) <= MOST_EXCHANGES_TO_PICKLE:
        write_pickle(directory / pickle_name(name, content["max_length"]), content, exchanges, vocabulary)
    text = json.dumps(content, ensure_ascii=False, indent=2)
    (directory / INFORMATION).write_text(text + "\n", encoding="utf-8")
    return Dataset(directory, content)


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


def content_hash(directory: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(directory.iterdir()):
        digest.update(path.name.encode())
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


def write_pickle(
    path: Path, information: dict[str, Any], exchanges: Exchanges, vocabulary: Vocabulary
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
        "languages": information.get("languages", {}),
        "sourceHashes": information.get("source_hashes", {}),
        "dropped": information.get("dropped", {}),
        "cut": information.get("cut", {}),
    }
    with path.open("wb") as file:
        pickle.dump(content, file, protocol=4)
