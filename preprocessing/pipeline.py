"""The whole of preprocessing as one function: a corpus becomes a dataset."""

import hashlib
import re
import resource
import sys
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from preprocessing.collection import Collection
from preprocessing.conversations import Counts
from preprocessing.dataset import Dataset, Exchanges, pickle_name, write_dataset
from preprocessing.dataset_home import new_dataset_directory, replace_link
from preprocessing.errors import CorpusError
from preprocessing.language import language_shares
from preprocessing.progress import Monitor, Progress, stop_if_requested
from preprocessing.ragged import TextColumn
from preprocessing.readers.registry import corpus_files, estimate_conversations, read_conversations
from preprocessing.splits import FEWEST_TO_HOLD_OUT, TRAIN, leaked
from preprocessing.text_settings import TextSettings
from preprocessing.tokenisation import Tokeniser
from preprocessing.words import Words, cut_columns, learn_words

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
CONVERSATIONS_BETWEEN_REPORTS = 200
LANGUAGE_SAMPLE = 1000


@dataclass(frozen=True, kw_only=True)
class PreprocessRequest:
    """What to read, and how much of it the generator shall see. Lengths are tokens."""

    name: str
    path: Path
    data_directory: Path
    format: str = "auto"
    max_length: int = 20
    max_answer_length: int | None = None
    vocabulary_size: int = 8000
    limit_conversations: int | None = None

    def text_settings(self) -> TextSettings:
        return TextSettings(
            max_length=self.max_length, max_answer_length=self.max_answer_length or self.max_length
        )


@dataclass(frozen=True, kw_only=True)
class DatasetSummary:
    """What came out of it, and what was dropped and cut on the way."""

    directory: Path
    link: Path
    exchanges: int
    vocabulary_size: int
    splits: dict[str, int]
    languages: dict[str, float]
    counts: dict[str, Any]
    seconds: float
    peak_memory_bytes: int

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "directory": self.directory.name, "link": self.link.name}


def preprocess(request: PreprocessRequest, monitor: Monitor) -> DatasetSummary:
    """Read a corpus and write its dataset below `request.data_directory`; whole or not at all.

    Raises:
        CorpusError: the corpus cannot be read, or holds no exchange.
        StoppedError: the monitor asked to stop; nothing is left behind.
    """
    started = time.monotonic()
    require_name(request.name)
    settings = request.text_settings()
    tokeniser, counts = Tokeniser(settings), Counts()
    collection = collect(request, tokeniser, counts, monitor)
    kept, splits = choose_exchanges(collection, counts)
    require_exchanges(request, kept, counts)
    report_stage(monitor, counts, "building the vocabulary")
    words = learn_words(
        collection, training_rows(collection, kept, splits), tokeniser, request.vocabulary_size
    )
    report_stage(monitor, counts, "cutting and writing")
    exchanges = gather_columns(collection, words, kept, splits, settings, counts)
    hashes = source_hashes(request.path)
    information = {
        **read_counts(counts, kept),
        "languages": sampled_languages(exchanges, settings),
        "source_hashes": hashes,
        "seconds": round(time.monotonic() - started, 2),
        "peak_memory_bytes": peak_memory_bytes(),
    }
    stop_if_requested(monitor)
    home = request.data_directory / "data" / request.name
    with new_dataset_directory(home, request_digest(request, hashes)) as (partial, directory):
        dataset = write_dataset(
            partial,
            name=request.name,
            exchanges=exchanges,
            vocabulary=words.vocabulary,
            surface_forms=words.surface_forms,
            text_settings=settings,
            information=information,
        )
    return summary_of(dataset, directory, link_pickle(request, directory), started)


def link_pickle(request: PreprocessRequest, directory: Path) -> Path:
    """Point `data/dataset-<name>-<len>.pkl` to the new pickle, where one was written."""
    settings = request.text_settings()
    name = pickle_name(request.name, max(settings.max_length, settings.max_answer_length))
    link = request.data_directory / "data" / name
    return replace_link(link, directory / name) if (directory / name).exists() else link


def request_digest(request: PreprocessRequest, hashes: dict[str, str]) -> str:
    described = f"{sorted(hashes.items())} {request.text_settings()} {request.vocabulary_size}"
    return hashlib.sha256(f"{described} {request.limit_conversations}".encode()).hexdigest()[:8]


def require_name(name: str) -> None:
    if not NAME.fullmatch(name):
        raise CorpusError(
            "A corpus' name must have 1 to 64 letters, digits, dots, dashes or underscores. "
            f"Received {name!r}."
        )


def require_exchanges(request: PreprocessRequest, kept: npt.NDArray[np.int64], counts: Counts) -> None:
    if not len(kept):
        raise CorpusError(
            f"{request.path} must hold at least one question with an answer. "
            f"Read {counts.conversations:,} conversations; dropped: {counts.dropped or 'nothing'}."
        )


def training_rows(
    collection: Collection, kept: npt.NDArray[np.int64], splits: npt.NDArray[np.int8]
) -> npt.NDArray[np.bool_]:
    chosen = np.zeros(len(collection.splits), bool)
    chosen[kept[splits == TRAIN]] = True
    return chosen


def gather_columns(
    collection: Collection,
    words: Words,
    kept: npt.NDArray[np.int64],
    splits: npt.NDArray[np.int8],
    settings: TextSettings,
    counts: Counts,
) -> Exchanges:
    questions, answers = cut_columns(collection, words, kept, settings, counts)
    return Exchanges(
        questions=questions,
        answers=answers,
        question_texts=collection.text_column(np.frombuffer(collection.questions, np.int32)[kept]),
        answer_texts=collection.text_column(np.frombuffer(collection.answers, np.int32)[kept]),
        splits=splits,
        sources=TextColumn.from_texts(collection.sources[row] for row in kept),
        conversations=TextColumn.from_texts(collection.conversations[row] for row in kept),
        speakers=TextColumn.from_texts(collection.speakers[row] for row in kept),
        turns=np.frombuffer(collection.turns, np.int32)[kept],
        times=np.frombuffer(collection.times, np.float64)[kept],
    )


def read_counts(counts: Counts, kept: npt.NDArray[np.int64]) -> dict[str, Any]:
    return {
        "counts": {
            "lines": counts.lines,
            "conversations": counts.conversations,
            "exchanges": counts.exchanges,
            "kept": len(kept),
        },
        "dropped": counts.dropped,
        "cut": counts.cut,
    }


def summary_of(dataset: Dataset, directory: Path, link: Path, started: float) -> DatasetSummary:
    information = dataset.information
    return DatasetSummary(
        directory=directory,
        link=link,
        exchanges=information["exchanges"],
        vocabulary_size=information["vocabulary_size"],
        splits=information["splits"],
        languages=information["languages"],
        counts={**information["counts"], "dropped": information["dropped"], "cut": information["cut"]},
        seconds=round(time.monotonic() - started, 2),
        peak_memory_bytes=peak_memory_bytes(),
    )


def collect(request: PreprocessRequest, tokeniser: Tokeniser, counts: Counts, monitor: Monitor) -> Collection:
    collection = Collection(tokeniser, counts)
    conversations = read_conversations(request.path, format=request.format, counts=counts)
    total = 0
    for number, conversation in enumerate(conversations):
        if number % CONVERSATIONS_BETWEEN_REPORTS == 0:
            total = total or estimated_total(request)
            monitor.report(Progress(min(counts.conversations, total), total, "conversations", "reading"))
            stop_if_requested(monitor)
        if request.limit_conversations and counts.conversations > request.limit_conversations:
            counts.conversations -= 1
            break
        collection.add(replace(conversation, source=request.name))
    return collection


def estimated_total(request: PreprocessRequest) -> int:
    estimate = estimate_conversations(request.path, request.format)
    return min(estimate, request.limit_conversations or estimate)


def report_stage(monitor: Monitor, counts: Counts, message: str) -> None:
    monitor.report(Progress(counts.conversations, counts.conversations, "conversations", message))
    stop_if_requested(monitor)


def choose_exchanges(
    collection: Collection, counts: Counts
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int8]]:
    """Return the rows that are kept and the split of each; what leaks from training is counted."""
    splits = np.frombuffer(collection.splits, np.int8).copy()
    if len(splits) < FEWEST_TO_HOLD_OUT:
        splits[:] = TRAIN
    drops = leaked(splits, collection.fingerprints())
    counts.drop("duplicate_of_training", int(drops.sum()))
    kept = np.flatnonzero(~drops)
    return kept, splits[kept]


def sampled_languages(exchanges: Exchanges, settings: TextSettings) -> dict[str, float]:
    rows = np.unique(np.linspace(0, len(exchanges.splits) - 1, LANGUAGE_SAMPLE).astype(int))
    return language_shares((exchanges.question_texts[row] for row in rows), settings.languages)


def source_hashes(path: Path) -> dict[str, str]:
    root = path if path.is_dir() else path.parent
    hashes = {}
    for file in corpus_files(path):
        with file.open("rb") as opened:
            hashes[file.relative_to(root).as_posix()] = hashlib.file_digest(opened, "sha256").hexdigest()
    return hashes


def peak_memory_bytes() -> int:
    """Return the process' largest resident size so far; macOS counts in bytes, Linux in KiB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
