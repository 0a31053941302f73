"""Finds the exchange whose question is closest: BM25 (Robertson 2009) over words and character n-grams,
then the overlap of the best candidates with the question itself, which is comparable between questions.
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from answering.bundle import Part
from answering.errors import BundleError
from answering.features import features, letters, similarity
from preprocessing.errors import ChatbotError
from preprocessing.ragged import TextColumn
from preprocessing.text_settings import TextSettings
from preprocessing.tokenisation import Tokeniser
from preprocessing.vocabulary import SPECIAL_TOKENS, Vocabulary

FOLDER = "retriever"
# Candidates that BM25 proposes, to be compared with the question itself.
CANDIDATES = 50
LEAST_SIMILARITY = 0.4
INDEX_ARRAYS = ("data", "indices", "indptr")


@dataclass(frozen=True)
class Hit:
    """An exchange that was found; `similarity` is 0 to 1, `bm25` unbounded."""

    index: int
    similarity: float
    bm25: float
    question_text: str
    answer_text: str


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
    text_settings: TextSettings,
) -> Part:
    """Write the index and the original texts into `directory`/retriever and describe them."""
    folder = directory / FOLDER
    folder.mkdir()
    tokeniser = Tokeniser(text_settings)
    rows = [features(tokeniser.tokenise(questions[row])) for row in range(len(questions))]
    write_index(folder, rows)
    questions.save(folder, "question")
    answers.save(folder, "answer")
    provenance.sources.save(folder, "source")
    provenance.conversations.save(folder, "conversation")
    np.save(folder / "turn.npy", provenance.turns)
    return Part(
        role="retriever",
        folder=FOLDER,
        text_settings=text_settings.as_json(),
        settings={"exchanges": len(questions), "least_similarity": LEAST_SIMILARITY},
    )


def quiet_bm25s() -> Any:
    """Return the module; it turns its own logger up to DEBUG."""
    import bm25s

    logging.getLogger("bm25s").setLevel(logging.WARNING)
    return bm25s


def write_index(folder: Path, rows: Sequence[list[str]]) -> None:
    """Write BM25's matrix as plain arrays, and its vocabulary a feature a line."""
    # Line breaks never stand in a feature, since tokens hold no white space.
    vocabulary = Vocabulary([*SPECIAL_TOKENS, *sorted({feature for row in rows for feature in row})])
    index = quiet_bm25s().BM25()
    ids = [vocabulary.encode(row) for row in rows]
    index.index((ids, vocabulary.word2id()), create_empty_token=False, show_progress=False)
    for name in INDEX_ARRAYS:
        np.save(folder / f"{name}.npy", index.scores[name])
    vocabulary.to_file(folder / "features.txt")


class Retriever:
    """Read access to a retriever part; the arrays are mapped, so that processes share them."""

    def __init__(self, directory: Path, text_settings: TextSettings, *, least_similarity: float) -> None:
        try:
            self._open(directory)
        except (OSError, ValueError, ChatbotError) as error:
            raise BundleError(f"The retriever part must be whole: {error}") from None
        self._tokeniser = Tokeniser(text_settings)
        self._least_similarity = least_similarity

    def _open(self, directory: Path) -> None:
        self._features = Vocabulary.from_file(directory / "features.txt")
        self.question_texts = TextColumn.open(directory, "question")
        self.answer_texts = TextColumn.open(directory, "answer")
        self._index: Any = quiet_bm25s().BM25()
        arrays = {
            name: np.load(directory / f"{name}.npy", mmap_mode="r", allow_pickle=False)
            for name in INDEX_ARRAYS
        }
        self._index.scores = {**arrays, "num_docs": len(self.question_texts)}
        exchanges_with = np.diff(arrays["indptr"])
        self._weights = np.log1p(len(self) / np.maximum(exchanges_with, 1))
        # Only bm25s' other scoring methods give documents a score for words that they lack.
        self._index.nonoccurrence_array = None

    def __len__(self) -> int:
        return len(self.question_texts)

    def search(self, question: str, number: int = 1) -> list[Hit]:
        """Return up to `number` exchanges with different answers, closest first; none where all are far."""
        asked = features(self._tokeniser.tokenise(question))
        hits = sorted(self._candidates(asked), key=lambda hit: (-hit.similarity, -hit.bm25, hit.index))
        different: dict[str, Hit] = {}
        for hit in hits:
            if hit.similarity >= self._least_similarity and hit.answer_text.strip():
                different.setdefault(hit.answer_text, hit)
        return list(different.values())[:number]

    def _candidates(self, asked: list[str]) -> Iterable[Hit]:
        known = [number for number in self._features.encode(asked) if number >= len(SPECIAL_TOKENS)]
        if not known:
            return
        scores = self._index.get_scores_from_ids(known)  # (exchanges,)
        bag = letters(asked)
        for row in closest(scores, CANDIDATES):
            text = self.question_texts[row]
            candidate = letters(features(self._tokeniser.tokenise(text)))
            # Without a letter or digit on either side, such as "?!", the marks themselves must agree.
            close = (
                similarity(bag, candidate, self._weight)
                if bag or candidate
                else float(text.strip() == "".join(asked))
            )
            yield Hit(row, close, float(scores[row]), text, self.answer_texts[row])

    def _weight(self, feature: str) -> float:
        """Return how much a feature tells: what stands in few questions tells most."""
        number = self._features.lookup(feature)
        return float(self._weights[number] if number >= len(SPECIAL_TOKENS) else self._weights.max())

    def unknown_words(self, written_tokens: Iterable[str]) -> list[str]:
        fold = self._tokeniser.fold
        return [word for word in written_tokens if is_word(word) and "w" + fold(word) not in self._features]


def closest(scores: npt.NDArray[np.float32], number: int) -> list[int]:
    """Return the rows with the highest positive scores, equal ones in their order."""
    number = min(number, len(scores))
    edge = np.partition(scores, -number)[-number]
    rows = np.flatnonzero(scores >= max(edge, np.finfo(np.float32).tiny))
    best: list[int] = rows[np.argsort(-scores[rows], kind="stable")][:number].tolist()
    return best


def is_word(token: str) -> bool:
    return any(character.isalnum() for character in token)
