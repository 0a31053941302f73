"""The whole of preprocessing as one function: corpora become a dataset."""

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
from preprocessing.filters import Sieve, apply_filters, drop_unknown_answers
from preprocessing.language import language_shares
from preprocessing.normalisation import normalise
from preprocessing.peak_memory import peak_memory_bytes
from preprocessing.progress import Monitor, Progress, stop_if_requested
from preprocessing.readers.registry import read_conversations
from preprocessing.report import describe
from preprocessing.request import CorpusPart, PreprocessRequest
from preprocessing.source_files import prefixed, source_hashes
from preprocessing.splits import FEWEST_TO_HOLD_OUT, TRAIN
from preprocessing.subwords import MOST_LINES, train_subwords
from preprocessing.text_settings import TextSettings
from preprocessing.tokenisation import TextResources, Tokeniser, folded
from preprocessing.turn_tokens import tokenise_turns
from preprocessing.vocabulary import UNKNOWN_ID
from preprocessing.words import VocabularyLimits, Words, cut_columns, learn_words

CONVERSATIONS_BETWEEN_REPORTS = 200
LANGUAGE_SAMPLE = 1000


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
    """Read corpora and write their dataset below `request.data_directory`; whole or not at all.

    Raises:
        CorpusError: a corpus cannot be read, or holds no exchange.
        DatasetError: the disk is full; the message says what is needed.
        StoppedError: the monitor asked to stop; nothing is left behind.
    """
    started = time.monotonic()
    counts = Counts()
    collection = collect(request, counts, monitor)
    read_seconds = time.monotonic() - started
    require_exchanges(request, len(collection), counts)
    resources = learn_resources(request, collection, monitor)
    tokeniser = Tokeniser(request.text, resources)
    tokens = tokenise_turns(collection.turn_texts(), tokeniser, monitor, request.processes)
    report_stage(monitor, counts, "choosing exchanges")
    sieve = Sieve(collection, tokens, tuple(part.weight for part in request.corpora))
    apply_filters(sieve, request.filters)
    require_exchanges(request, int(sieve.kept.sum()), counts)
    report_stage(monitor, counts, "building the vocabulary")
    words = choose_words(request, sieve, resources)
    require_exchanges(request, int(sieve.kept.sum()), counts)
    report_stage(monitor, counts, "cutting and writing")
    exchanges = gather_columns(sieve, words, request)
    information = {
        **information_of(request, sieve, exchanges),
        "read_seconds": round(read_seconds, 2),
        "seconds": round(time.monotonic() - started, 2),
        "peak_memory_bytes": peak_memory_bytes(),
    }
    stop_if_requested(monitor)
    home = request.data_directory / "data" / request.name
    with new_dataset_directory(home, request.digest(information["source_hashes"])) as (partial, directory):
        dataset = write_dataset(
            partial,
            name=request.name,
            exchanges=exchanges,
            vocabulary=words.vocabulary,
            surface_forms=words.surface_forms,
            text_settings=request.text,
            resources=resources,
            information=information,
            report=describe(sieve, words, exchanges),
            with_pickle=request.pickle,
        )
    link = link_pickle(request.data_directory, request.name, request.text, directory)
    return summary_of(dataset, directory, link, started)


def information_of(request: PreprocessRequest, sieve: Sieve, exchanges: Exchanges) -> dict[str, Any]:
    """Return what was read and what became of it, for the dataset's own file."""
    kept = sieve.rows()
    return {
        **read_counts(sieve.collection.counts, kept),
        "near_duplicates_compared": sieve.is_compared,
        "languages": sampled_languages(exchanges, request.text),
        "sources": sources_of(request, exchanges, sieve.columns.corpora[kept]),
        "source_hashes": source_hashes(request.corpora),
    }


def collect(request: PreprocessRequest, counts: Counts, monitor: Monitor) -> Collection:
    collection = Collection(
        counts,
        hide_private=request.text.hide_private,
        context_turns=request.text.context_turns,
        pause_seconds=request.pause_minutes * 60,
    )
    formats: dict[str, str] = {}
    for number, part in enumerate(request.corpora):
        counts.formats = {}
        collect_corpus(request, number, part, collection, monitor)
        formats |= prefixed(counts.formats, part, request.corpora)
    counts.formats = formats
    return collection


def collect_corpus(
    request: PreprocessRequest, number: int, part: CorpusPart, collection: Collection, monitor: Monitor
) -> None:
    counts = collection.counts
    before = counts.conversations
    conversations = read_conversations(part.location, format=part.format, counts=counts, options=part.options)
    for place, conversation in enumerate(conversations):
        if place % CONVERSATIONS_BETWEEN_REPORTS == 0:
            report_reading(monitor, counts, part.name)
        if request.limit_conversations and counts.conversations - before > request.limit_conversations:
            counts.conversations -= 1
            break
        collection.add(replace(conversation, source=conversation.source or part.name), number)


def report_reading(monitor: Monitor, counts: Counts, name: str) -> None:
    monitor.report(Progress(counts.bytes_read, counts.bytes_total, "bytes", f"reading {name}"))
    stop_if_requested(monitor)


def report_stage(monitor: Monitor, counts: Counts, message: str) -> None:
    monitor.report(Progress(counts.conversations, counts.conversations, "conversations", message))
    stop_if_requested(monitor)


def require_exchanges(request: PreprocessRequest, number: int, counts: Counts) -> None:
    if not number:
        places = ", ".join(part.shown_location for part in request.corpora)
        dropped = ", ".join(f"{reason} {count:,}" for reason, count in counts.dropped.items())
        raise CorpusError(
            f"{places} must hold at least one question with an answer. "
            f"Read {counts.conversations:,} conversations; dropped: {dropped or 'nothing'}."
        )


def learn_resources(request: PreprocessRequest, collection: Collection, monitor: Monitor) -> TextResources:
    """Learn subwords, where they are asked for, from what will train: never from what is held out."""
    if request.text.units != "subwords":
        return TextResources(user_words=request.user_words)
    report_stage(monitor, collection.counts, "learning subwords")
    columns, texts = collection.columns(), collection.turn_texts()
    training = columns.splits == TRAIN
    if len(training) < FEWEST_TO_HOLD_OUT:
        training[:] = True
    turns = np.unique(np.concatenate([columns.questions[training], columns.answers[training]]))
    chosen = turns[:: len(turns) // MOST_LINES + 1]
    normal = (folded(normalise(texts[turn], request.text), request.text) for turn in chosen.tolist())
    subwords = train_subwords((text for text in normal if text), request.vocabulary_size)
    return TextResources(user_words=request.user_words, subwords=subwords)


def choose_words(request: PreprocessRequest, sieve: Sieve, resources: TextResources) -> Words:
    """Learn the vocabulary, then drop the exchanges whose answers it cannot express."""
    training = sieve.rows()[sieve.columns.splits[sieve.kept] == TRAIN]
    pieces = tuple(resources.subwords.pieces()) if resources.subwords else ()
    limits = VocabularyLimits(
        max_size=max(request.vocabulary_size, len(pieces) + 5 if pieces else 0),
        min_count=request.min_count,
        pieces=pieces,
    )
    words = learn_words(sieve.tokens, sieve.columns, training, limits, request.text)
    drop_unknown_answers(sieve, words.ids != UNKNOWN_ID, request.filters.most_unknown)
    return words


def gather_columns(sieve: Sieve, words: Words, request: PreprocessRequest) -> Exchanges:
    collection, columns, kept = sieve.collection, sieve.columns, sieve.rows()
    questions, answers = cut_columns(sieve.tokens, columns, words, kept, request.text, collection.counts)
    weights = np.array([part.weight for part in request.corpora], np.float32)
    return Exchanges(
        questions=questions,
        answers=answers,
        question_texts=collection.text_column(columns.questions[kept]),
        answer_texts=collection.text_column(columns.answers[kept]),
        splits=columns.splits[kept],
        sources=collection.sources.column(kept),
        conversations=collection.conversations.column(kept),
        speakers=collection.speakers.column(kept),
        turns=columns.turns[kept],
        times=columns.times[kept],
        weights=weights[columns.corpora[kept]],
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
        "examples": counts.examples,
        "cut": counts.cut,
        "moved": counts.moved,
        "replaced": counts.replaced,
        "formats": counts.formats,
    }


def sources_of(
    request: PreprocessRequest, exchanges: Exchanges, corpora: npt.NDArray[np.int16]
) -> dict[str, dict[str, float]]:
    """Return what came out of each corpus, and how it weighs in training."""
    return {
        part.name: {
            "weight": part.weight,
            "exchanges": int((corpora == number).sum()),
            "training": int(((corpora == number) & (exchanges.splits == TRAIN)).sum()),
        }
        for number, part in enumerate(request.corpora)
    }


def link_pickle(data_directory: Path, name: str, settings: TextSettings, directory: Path) -> Path:
    """Point `data/dataset-<name>-<len>.pkl` to the new pickle, where one was written."""
    file_name = pickle_name(name, max(settings.max_length, settings.max_answer_length))
    link = data_directory / "data" / file_name
    return replace_link(link, directory / file_name) if (directory / file_name).exists() else link


def summary_of(dataset: Dataset, directory: Path, link: Path, started: float) -> DatasetSummary:
    information = dataset.information
    told = {
        key: information.get(key, {}) for key in ("dropped", "cut", "moved", "replaced", "formats", "sources")
    }
    return DatasetSummary(
        directory=directory,
        link=link,
        exchanges=information["exchanges"],
        vocabulary_size=information["vocabulary_size"],
        splits=information["splits"],
        languages=information["languages"],
        counts={**information["counts"], **told},
        seconds=round(time.monotonic() - started, 2),
        peak_memory_bytes=peak_memory_bytes(),
    )


def sampled_languages(exchanges: Exchanges, settings: TextSettings) -> dict[str, float]:
    rows = np.unique(np.linspace(0, len(exchanges.splits) - 1, LANGUAGE_SAMPLE).astype(int))
    return language_shares((exchanges.question_texts[row] for row in rows), settings.languages)
