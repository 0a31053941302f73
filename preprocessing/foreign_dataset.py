"""Datasets made elsewhere: a pickle of DeepQA2's contract, checked to its last id, becomes one of ours."""

import time
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import numpy.typing as npt

from preprocessing.dataset import Exchanges, write_dataset
from preprocessing.dataset_home import new_dataset_directory
from preprocessing.errors import DatasetError, VocabularyError
from preprocessing.foreign_settings import checked_settings
from preprocessing.peak_memory import peak_memory_bytes
from preprocessing.pipeline import (
    DatasetSummary,
    link_pickle,
    sampled_languages,
    summary_of,
)
from preprocessing.progress import Monitor, Progress, stop_if_requested
from preprocessing.ragged import IdColumn, TextColumn
from preprocessing.realisation import SurfaceForms, put_together
from preprocessing.report import random_samples
from preprocessing.request import NAME
from preprocessing.source_files import file_hashes
from preprocessing.splits import FEWEST_TO_HOLD_OUT, TEST, TRAIN, VALIDATION, leaked, split_of
from preprocessing.subwords import joined_pieces
from preprocessing.text_settings import TextSettings
from preprocessing.tokenisation import TextResources
from preprocessing.turn_tokens import hash_of
from preprocessing.unpickler import checked_vocabulary, described, load_pickle, readable, refuse
from preprocessing.user_words import UserWord, parse_user_words
from preprocessing.vocabulary import EOS_ID, GO_ID, PAD_ID, SEPARATOR, SPECIAL_TOKENS, UNKNOWN_ID, Vocabulary

SPLIT_OF_KEY = {"trainingSamples": TRAIN, "validationSamples": VALIDATION, "testSamples": TEST}
# A small pickle can name one long list a million times over.
MOST_SAMPLES = 5_000_000
MOST_CHARACTERS = 400_000_000  # of all questions, and of all answers
# The word itself is lost; its mark must not be found or answered as if somebody had said it.
WRITTEN = SurfaceForms({SPECIAL_TOKENS[UNKNOWN_ID]: "…"})
SAMPLES_BETWEEN_REPORTS = 5000


class Texts:
    """One side of all samples: bare ids, and the texts that they make."""

    def __init__(self, vocabulary: Vocabulary, settings: TextSettings) -> None:
        self._vocabulary, self._settings = vocabulary, settings
        self._longest = max(settings.max_length, settings.max_answer_length)
        self._ids, self._offsets = array("i"), array("q", [0])
        self.texts: list[str] = []
        self.stripped, self._characters = 0, 0

    def add(self, values: Any, place: str) -> None:
        bare = checked_ids(values, place, len(self._vocabulary), self._longest)
        self.stripped += len(values) - len(bare)
        self._ids.extend(bare)
        self._offsets.append(len(self._ids))
        text = text_of(self._vocabulary.decode(bare), self._settings)
        self._characters += len(text)
        if self._characters > MOST_CHARACTERS:
            raise DatasetError(
                f"{place}: all texts up to here must have at most {MOST_CHARACTERS:,} characters."
            )
        self.texts.append(text)

    def id_column(self) -> IdColumn:
        return IdColumn(np.frombuffer(self._ids, np.int32), np.frombuffer(self._offsets, np.int64))


def text_of(tokens: Sequence[str], settings: TextSettings) -> str:
    """Return the text of a turn; of a question with context, that of its last turn."""
    if settings.context_turns > 1 and SEPARATOR in tokens[:-1]:
        tokens = tokens[len(tokens) - tokens[::-1].index(SEPARATOR) :] or tokens
    if settings.units == "characters":
        return joined_pieces(WRITTEN.written(token) for token in tokens)
    return put_together(tokens, WRITTEN)


@dataclass
class Samples:
    """All samples of a pickle, in its order; `places` says where in it each one stands."""

    questions: Texts
    answers: Texts
    places: list[str] = field(default_factory=list)
    splits: list[int] = field(default_factory=list)

    def add(self, sample: Any, place: str, split: int) -> None:
        if type(sample) not in (list, tuple) or len(sample) != 2:
            refuse(place, "must be a pair of a question's and an answer's ids", sample)
        self.questions.add(sample[0], f"{place}, question")
        self.answers.add(sample[1], f"{place}, answer")
        self.places.append(place)
        self.splits.append(split)


def import_pickle(
    path: Path, data_directory: Path, monitor: Monitor, name: str | None = None
) -> DatasetSummary:
    """Write the dataset of somebody else's pickle below `data_directory`; whole or not at all.

    Texts are put together from tokens, since a pickle does not hold the original ones.

    Raises:
        DatasetError: the pickle breaks its contract; the message names the key or the sample.
        StoppedError: the monitor asked to stop; nothing is left behind.
    """
    started = time.monotonic()
    monitor.report(Progress(0, 0, "samples", "reading"))
    content = load_pickle(path)
    chosen_name = checked_name(content["corpusName"], name)
    vocabulary = checked_vocabulary(content["word2id"], content["id2word"])
    settings = checked_settings(content, vocabulary)
    samples = Samples(Texts(vocabulary, settings), Texts(vocabulary, settings))
    add_checked(content, samples, monitor)
    if not content.keys() & {"validationSamples", "testSamples"}:
        hold_out(samples)
    resources = TextResources(user_words=user_words_in(content))
    del content  # more memory than all that is kept of it
    total = len(samples.places)
    kept = np.flatnonzero(~leaked(np.array(samples.splits, np.int8), fingerprints_of(samples)))
    monitor.report(Progress(total, total, "samples", "writing"))
    stop_if_requested(monitor)
    exchanges = gather_columns(samples, chosen_name, kept)
    file_hash = file_hashes(path)[path.name]
    information = {
        **read_counts(samples, chosen_name, exchanges),
        "languages": sampled_languages(exchanges, settings),
        "source_hashes": {path.name: file_hash},
        "seconds": round(time.monotonic() - started, 2),
        "peak_memory_bytes": peak_memory_bytes(),
    }
    with new_dataset_directory(data_directory / "data" / chosen_name, file_hash[:8]) as (partial, directory):
        dataset = write_dataset(
            partial,
            name=chosen_name,
            exchanges=exchanges,
            vocabulary=vocabulary,
            surface_forms=SurfaceForms({}),
            text_settings=settings,
            resources=resources,
            information=information,
            report={"duplicates_between_splits": 0, "samples": random_samples(exchanges, vocabulary)},
        )
    link = link_pickle(data_directory, chosen_name, settings, directory)
    return summary_of(dataset, directory, link, started)


def fingerprints_of(samples: Samples) -> npt.NDArray[np.uint64]:
    """Return a number a sample; equal ones have equal texts, whatever their case."""
    texts = zip(samples.questions.texts, samples.answers.texts, strict=True)
    hashes = (hash_of(f"{question}\0{answer}".lower()) for question, answer in texts)
    return np.fromiter(hashes, np.uint64, len(samples.places))


def gather_columns(samples: Samples, name: str, kept: npt.NDArray[np.int64]) -> Exchanges:
    total, rows = len(kept), kept.tolist()
    questions, answers = samples.questions, samples.answers
    question_ids, answer_ids = questions.id_column(), answers.id_column()
    return Exchanges(
        questions=IdColumn.from_rows(question_ids[row] for row in rows),
        answers=IdColumn.from_rows(answer_ids[row] for row in rows),
        question_texts=TextColumn.from_texts(questions.texts[row] for row in rows),
        answer_texts=TextColumn.from_texts(answers.texts[row] for row in rows),
        splits=np.array(samples.splits, np.int8)[kept],
        sources=TextColumn.from_texts([name] * total),
        conversations=TextColumn.from_texts(samples.places[row] for row in rows),
        speakers=TextColumn.from_texts([""] * total),
        turns=np.zeros(total, np.int32),
        times=np.full(total, np.nan),
        weights=np.ones(total, np.float32),
    )


def read_counts(samples: Samples, name: str, exchanges: Exchanges) -> dict[str, Any]:
    total, kept = len(samples.places), len(exchanges.splits)
    stripped = samples.questions.stripped + samples.answers.stripped
    training = int((exchanges.splits == TRAIN).sum())
    return {
        "counts": {"exchanges": total, "kept": kept, "stripped_special_ids": stripped},
        "dropped": {"duplicate_of_training": total - kept} if kept < total else {},
        "cut": {"question": 0, "answer": 0},
        "sources": {name: {"weight": 1.0, "exchanges": kept, "training": training}},
    }


def user_words_in(content: dict[str, Any]) -> tuple[UserWord, ...]:
    """Return the words that were added to segmentation, which our own pickles name."""
    lines = content.get("userWords", [])
    if type(lines) is not list or not all(type(line) is str for line in lines):
        refuse("userWords", "must be a list of lines", lines)
    try:
        return parse_user_words("\n".join(lines), "userWords")
    except VocabularyError as error:
        raise DatasetError(readable(str(error))) from None


def hold_out(samples: Samples) -> None:
    """Split by sample, since a pickle does not say which samples follow each other.

    Equal samples come into the same split, so that nothing leaks.
    """
    if len(samples.places) >= FEWEST_TO_HOLD_OUT:
        samples.splits = [
            split_of(question, answer)
            for question, answer in zip(samples.questions.texts, samples.answers.texts, strict=True)
        ]


def checked_name(corpus_name: Any, name: str | None) -> str:
    chosen = corpus_name if name is None else name
    if type(chosen) is not str or not NAME.fullmatch(chosen):
        place, advice = ("corpusName", "Choose another one with --name.") if name is None else ("--name", "")
        refuse(place, "must have 1 to 64 letters, digits, dots, dashes or underscores", chosen, advice)
    return chosen


def add_checked(content: dict[str, Any], samples: Samples, monitor: Monitor) -> None:
    parts = [(key, split, content[key]) for key, split in SPLIT_OF_KEY.items() if key in content]
    for key, _, listed in parts:
        if type(listed) not in (list, tuple):
            refuse(key, "must be a list", listed)
    total = sum(len(listed) for _, _, listed in parts)
    if total > MOST_SAMPLES:
        raise DatasetError(
            f"A pickle must have at most {MOST_SAMPLES:,} samples. It has {total:,}; split it."
        )
    for key, split, listed in parts:
        for number, sample in enumerate(listed):
            if len(samples.places) % SAMPLES_BETWEEN_REPORTS == 0:
                monitor.report(Progress(len(samples.places), total, "samples", "checking"))
                stop_if_requested(monitor)
            samples.add(sample, f"{key}[{number}]", split)
    if TRAIN not in samples.splits:
        raise DatasetError("trainingSamples must hold at least one sample. It is empty.")


def checked_ids(values: Any, place: str, vocabulary_size: int, max_length: int) -> list[int]:
    """Return the ids of words alone: no leading <go>, no trailing <eos> or <pad>."""
    if type(values) not in (list, tuple) or not values:
        refuse(place, "must be a list with at least one id", values)
    if len(values) > max_length + 2:  # stripping is not tried on more than a <go> and an <eos> too many
        refuse_length(place, max_length, len(values))
    for value in values:
        if type(value) is not int:
            refuse(place, "an id must be a whole number", value)
        if not 0 <= value < vocabulary_size:
            must = f"must be below {vocabulary_size:,}" if value > 0 else "must not be below 0"
            raise DatasetError(f"{place}: id {described(value)} {must}.")
    bare = without_marks(values)
    if not bare:
        raise DatasetError(f"{place}: must hold at least one word. It holds only <go>, <eos> or <pad>.")
    if len(bare) > max_length:
        refuse_length(place, max_length, len(bare))
    if min(bare) < UNKNOWN_ID:
        raise DatasetError(f"{place}: {SPECIAL_TOKENS[min(bare)]} must not stand between words.")
    return bare


def without_marks(values: list[int]) -> list[int]:
    start, stop = int(values[0] == GO_ID), len(values)
    while stop > start and values[stop - 1] in (EOS_ID, PAD_ID):
        stop -= 1
    return list(values[start:stop])


def refuse_length(place: str, max_length: int, length: int) -> NoReturn:
    raise DatasetError(
        f"{place}: must have at most {max_length:,} ids, which is maxLength. It has {length:,}."
    )
