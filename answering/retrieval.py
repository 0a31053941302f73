"""Finds the exchange whose question is closest: BM25 (Robertson 2009) over words and character n-grams,
then the overlap of the best candidates with the question itself, which is comparable between questions.
"""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from answering.bundle import Part
from answering.errors import BundleError
from answering.features import features, is_telling, similarity
from answering.highest import highest
from preprocessing.errors import ChatbotError
from preprocessing.progress import Monitor, NullMonitor, Progress, stop_if_requested
from preprocessing.ragged import TextColumn, load_array
from preprocessing.tokenisation import Tokeniser
from preprocessing.vocabulary import SPECIAL_TOKENS, Vocabulary

FOLDER = "retriever"
# Candidates that BM25 proposes, to be compared with the question itself. Of 400 reworded Cornell questions,
# 50 candidates and no limit on entries put another exchange first for 7, closer by 0.0002 on average.
CANDIDATES = 30
LEAST_SIMILARITY = 0.4
# What a question may cost: its rarest features first, until so many entries of the index were read (1 ms).
MOST_ENTRIES = 500_000
EXCHANGES_BETWEEN_REPORTS = 1000
INDEX_ARRAYS = ("data", "indices", "indptr")


@dataclass(frozen=True)
class Hit:
    """An exchange that was found; `similarity` is 0 to 1, `bm25` unbounded."""

    index: int
    similarity: float
    bm25: float
    question_text: str
    answer_text: str


class Candidate(NamedTuple):
    row: int
    similarity: float
    bm25: float


@dataclass(frozen=True)
class Provenance:
    """Where the exchanges come from, one entry an exchange."""

    sources: TextColumn
    conversations: TextColumn
    turns: npt.NDArray[np.int32]


def build_retriever_part(
    directory: Path,
    *,
    questions: TextColumn,
    answers: TextColumn,
    provenance: Provenance,
    tokeniser: Tokeniser,
    monitor: Monitor | None = None,
) -> Part:
    """Write the index and the original texts into `directory`/retriever and describe them.

    Raises:
        StoppedError: the monitor asked to stop.
    """
    folder = directory / FOLDER
    folder.mkdir()
    tokeniser.resources.save(folder)
    watched = watch(range(len(questions)), monitor or NullMonitor())
    write_index(folder, (features(tokeniser.tokenise(questions[row])) for row in watched))
    questions.save(folder, "question")
    answers.save(folder, "answer")
    provenance.sources.save(folder, "source")
    provenance.conversations.save(folder, "conversation")
    np.save(folder / "turn.npy", provenance.turns)
    return Part(
        role="retriever",
        folder=FOLDER,
        text_settings=tokeniser.settings.as_json(),
        settings={"exchanges": len(questions), "least_similarity": LEAST_SIMILARITY},
    )


def quiet_bm25s() -> Any:
    """Return the module; it turns its own logger up to DEBUG."""
    import bm25s

    logging.getLogger("bm25s").setLevel(logging.WARNING)
    return bm25s


def watch(rows: range, monitor: Monitor) -> Iterator[int]:
    for row in rows:
        if row % EXCHANGES_BETWEEN_REPORTS == 0:
            monitor.report(Progress(row, len(rows), "exchanges", "indexing"))
            stop_if_requested(monitor)
        yield row


def write_index(folder: Path, rows: Iterable[list[str]]) -> None:
    """Write BM25's matrix as plain arrays, and its vocabulary a feature a line."""
    numbers: dict[str, int] = {}
    first = len(SPECIAL_TOKENS)
    ids = [[numbers.setdefault(feature, first + len(numbers)) for feature in row] for row in rows]
    # Line breaks never stand in a feature, since tokens hold no white space.
    vocabulary = Vocabulary([*SPECIAL_TOKENS, *numbers])
    index = quiet_bm25s().BM25()
    index.index((ids, vocabulary.word2id()), create_empty_token=False, show_progress=False)
    for name in INDEX_ARRAYS:
        np.save(folder / f"{name}.npy", index.scores[name])
    vocabulary.to_file(folder / "features.txt")


class Retriever:
    """Read access to a retriever part; the arrays are mapped, so that processes share them."""

    def __init__(self, directory: Path, tokeniser: Tokeniser, *, least_similarity: float) -> None:
        try:
            self._open(directory)
        except (OSError, ValueError, IndexError, ChatbotError) as error:
            raise BundleError(f"The retriever part must be whole: {error}") from None
        self.tokeniser = tokeniser
        self._least_similarity = least_similarity

    def _open(self, directory: Path) -> None:
        self._features = Vocabulary.from_file(directory / "features.txt")
        self.question_texts = open_texts(directory, "question")
        self.answer_texts = open_texts(directory, "answer")
        self.provenance = Provenance(
            open_texts(directory, "source"),
            open_texts(directory, "conversation"),
            load_array(directory / "turn.npy").view(np.int32),
        )
        check_columns(self.question_texts, self.answer_texts, self.provenance)
        arrays = {name: np.asarray(load_array(directory / f"{name}.npy")) for name in INDEX_ARRAYS}
        check_index(arrays["data"], arrays["indices"], arrays["indptr"], (len(self), len(self._features)))
        self._index: Any = quiet_bm25s().BM25()
        self._index.scores = {**arrays, "num_docs": len(self)}
        # Only bm25s' other scoring methods give documents a score for words that they lack.
        self._index.nonoccurrence_array = None
        self._exchanges_with = np.diff(arrays["indptr"])
        # What stands in few questions tells most, and what stands in none no less than that.
        weights = np.log1p(len(self) / np.maximum(self._exchanges_with, 1)).tolist()
        self._highest_weight = float(np.log1p(len(self)))
        self._weights = {
            feature: weight if is_telling(feature) else 0.0
            for feature, weight in zip(self._features.word2id(), weights, strict=True)
        }

    def __len__(self) -> int:
        return len(self.question_texts)

    def search(self, question: str, number: int = 1) -> list[Hit]:
        """Return up to `number` exchanges with different answers, closest first; none where all are far."""
        different: dict[str, Hit] = {}
        for hit in self.closest_first(question):
            if hit.similarity < self._least_similarity or len(different) == number:
                break
            different.setdefault(hit.answer_text, hit)
        return list(different.values())

    def closest_first(self, question: str) -> Iterator[Hit]:
        """Yield the closest exchanges that have an answer, however far they are."""
        ranked = sorted(
            self._candidates(question), key=lambda found: (-found.similarity, -found.bm25, found.row)
        )
        for found in ranked:
            answer = self.answer_texts[found.row]
            if answer.strip():
                yield Hit(found.row, found.similarity, found.bm25, self.question_texts[found.row], answer)

    def _candidates(self, question: str) -> Iterable[Candidate]:
        asked = features(self.tokeniser.tokenise(question))
        known = self._known(asked)
        if not len(known):
            return
        scores = self._index.get_scores_from_ids(known)  # (exchanges,)
        bag = self._weighed(asked)
        similarities: dict[str, float] = {}
        for row in closest(scores, CANDIDATES):
            text = self.question_texts[row]
            if text not in similarities:
                similarities[text] = self._similarity(asked, bag, text)
            yield Candidate(row, similarities[text], float(scores[row]))

    def _known(self, asked: list[str]) -> npt.NDArray[np.int64]:
        """Return the different features that the index has, rarest first, as many as a question may cost."""
        known = np.unique(np.array(self._features.encode(asked), np.int64))
        known = known[known >= len(SPECIAL_TOKENS)]
        known = known[np.argsort(self._exchanges_with[known], kind="stable")]
        entries = np.cumsum(self._exchanges_with[known])
        return known[: max(int(np.searchsorted(entries, MOST_ENTRIES, "right")), 1)]

    def _similarity(self, asked: list[str], bag: dict[str, float], text: str) -> float:
        candidate = features(self.tokeniser.tokenise(text))
        weighed = self._weighed(candidate)
        # Without a letter or digit on either side, such as "?!", the marks themselves must agree.
        return similarity(bag, weighed) if bag or weighed else float(candidate == asked)

    def _weighed(self, found: list[str]) -> dict[str, float]:
        """Return the telling features, each with its weight times how often it stands there."""
        bag: dict[str, float] = {}
        for feature in found:
            weight = self.weight(feature)
            if weight:
                bag[feature] = bag.get(feature, 0.0) + weight
        return bag

    def weight(self, feature: str) -> float:
        """Return what a feature tells: the more, the fewer questions have it; 0 for punctuation."""
        weight = self._weights.get(feature)
        if weight is None:
            return self._highest_weight if is_telling(feature) else 0.0
        return weight

    def unknown_words(self, written_tokens: Iterable[str]) -> list[str]:
        fold = self.tokeniser.fold
        return [word for word in written_tokens if is_word(word) and "w" + fold(word) not in self._features]


def closest(scores: npt.NDArray[np.float32], number: int) -> list[int]:
    """Return the rows with the highest positive scores, equal ones in their order."""
    return highest(scores, number, above=0.0).tolist()  # type: ignore[no-any-return]  # so say NumPy's stubs


def open_texts(directory: Path, name: str) -> TextColumn:
    """Open a column through plain views of what is mapped: NumPy's own class for it costs at every slice."""
    mapped = TextColumn.open(directory, name)
    return TextColumn(np.asarray(mapped.blob), np.asarray(mapped.offsets))


def check_columns(questions: TextColumn, answers: TextColumn, provenance: Provenance) -> None:
    columns = (questions, answers, provenance.sources, provenance.conversations)
    if {len(column) for column in columns} != {len(provenance.turns)}:
        raise BundleError("questions, answers and where they come from must be equally many.")
    if not all(is_rising(column.offsets) for column in columns):
        raise BundleError("a text must end behind its beginning.")


def check_index(
    data: npt.NDArray[Any], indices: npt.NDArray[Any], indptr: npt.NDArray[Any], shape: tuple[int, int]
) -> None:
    """Refuse a matrix of `shape` (exchanges, features) that points outside itself."""
    exchanges, number_of_features = shape
    if data.dtype != np.float32 or indices.dtype != np.int32 or indptr.dtype != np.int64:
        raise BundleError("the index must hold float32 scores, int32 rows and int64 offsets.")
    fits = len(indptr) == number_of_features + 1 and indptr[-1] == len(data) == len(indices)
    if not fits or not is_rising(indptr):
        raise BundleError("the index must hold as many features as are named, and end where its scores end.")
    if len(indices) and (indices.min() < 0 or indices.max() >= exchanges):
        raise BundleError("the index must point to its own exchanges.")


def is_rising(offsets: npt.NDArray[Any]) -> bool:
    return bool(offsets[0] == 0 and (offsets[1:] >= offsets[:-1]).all())


def is_word(token: str) -> bool:
    return any(character.isalnum() for character in token)
