"""What a trained model is compared with on the same page: answers that need no training worth the name.

Rankers score given answers to a question, answerers find one; both know what was trained on. N answers.
"""

import zlib
from array import array
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

import numpy as np

from preprocessing.errors import DatasetError
from preprocessing.tokenisation import Tokeniser
from training.evaluation.cases import Case
from training.evaluation.lexical import (
    Bm25,
    Collection,
    LexicalRanker,
    TfIdf,
    Tokens,
    Weighting,
    characters,
    words,
)
from training.evaluation.metrics import Values
from training.evaluation.scorers import Scorer
from training.evaluation.training_texts import TrainingTexts

MOST_FREQUENT, RANDOM = "most frequent answer", "random"
TFIDF, BM25 = "TF-IDF", "BM25"
SEED = 0


class Ranker(Protocol):
    """`name` is shown; the higher a score, the better the answer."""

    @property
    def name(self) -> str: ...

    def score(self, question: Tokens, answers: Sequence[Tokens]) -> Values:
        """Return how well each answer fits (N,)."""
        ...


class Answerer(Protocol):
    """`name` is shown."""

    @property
    def name(self) -> str: ...

    def answer(self, question: Tokens) -> str: ...


@dataclass(frozen=True)
class FrequencyRanker:
    """Prefers what was said most often in training, whatever was asked."""

    counts: Counter[tuple[str, ...]]
    name: str = MOST_FREQUENT

    def score(self, question: Tokens, answers: Sequence[Tokens]) -> Values:
        return np.array([self.counts[tuple(answer)] for answer in answers], np.float64)


@dataclass(frozen=True)
class RandomRanker:
    """Guesses, each time the same for the same question."""

    seed: int = SEED
    name: str = RANDOM

    def score(self, question: Tokens, answers: Sequence[Tokens]) -> Values:
        return random_for(question, self.seed).random(len(answers))


def random_for(question: Tokens, seed: int) -> np.random.Generator:
    return np.random.default_rng((seed, zlib.crc32("\0".join(question).encode("utf-8", "replace"))))


@dataclass(frozen=True)
class FrequentAnswerer:
    """Always says what was said most often in training."""

    text: str
    name: str = MOST_FREQUENT

    def answer(self, question: Tokens) -> str:
        return self.text


@dataclass(frozen=True)
class RandomAnswerer:
    """Says any training answer, each time the same to the same question."""

    answers: Sequence[str]
    seed: int = SEED
    name: str = RANDOM

    def answer(self, question: Tokens) -> str:
        return self.answers[int(random_for(question, self.seed).integers(len(self.answers)))]


@dataclass
class ClosestAnswerer:
    """Says what was answered to the training question that shares most with this one, else `otherwise`."""

    name: str
    weighting: Weighting
    questions: Sequence[Tokens]
    answers: Sequence[str]
    otherwise: str
    _rows: dict[str, "array[int]"] = field(default_factory=dict)
    _weights: dict[str, "array[float]"] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for row, question in enumerate(self.questions):
            for term, weight in self.weighting.of_answer(question).items():
                self._rows.setdefault(term, array("q")).append(row)
                self._weights.setdefault(term, array("d")).append(weight)

    def answer(self, question: Tokens) -> str:
        scores = np.zeros(len(self.answers))
        for term, weight in self.weighting.of_question(question).items():
            if term in self._rows:
                # A question has a term once here, so no row stands twice.
                scores[np.frombuffer(self._rows[term], np.int64)] += weight * np.frombuffer(
                    self._weights[term]
                )
        best = int(scores.argmax())
        return self.answers[best] if scores[best] > 0 else self.otherwise


@dataclass(frozen=True)
class Baselines:
    """The baselines of one training; they read texts as the tokeniser cuts them."""

    training: TrainingTexts
    tokeniser: Tokeniser

    @cached_property
    def questions(self) -> list[list[str]]:
        return list(map(self.tokeniser.tokenise, self.training.questions))

    @cached_property
    def answers(self) -> list[list[str]]:
        return list(map(self.tokeniser.tokenise, self.training.answers))

    @cached_property
    def by_words(self) -> Collection:
        return Collection.of([*self.questions, *self.answers], words)

    @cached_property
    def by_characters(self) -> Collection:
        return Collection.of([*self.questions, *self.answers], characters)

    def rankers(self) -> list[Ranker]:
        """Return all rankers: by frequency, by chance, by words and by characters."""
        return [
            FrequencyRanker(Counter(map(tuple, self.answers))),
            RandomRanker(),
            LexicalRanker(f"{TFIDF}, words", TfIdf(self.by_words, words)),
            LexicalRanker(f"{TFIDF}, characters", TfIdf(self.by_characters, characters)),
            LexicalRanker(f"{BM25}, words", Bm25(self.by_words, words)),
            LexicalRanker(f"{BM25}, characters", Bm25(self.by_characters, characters)),
        ]

    def answerers(self) -> list[Answerer]:
        """Return all answerers: the most frequent answer, a random one, those to the closest questions.

        Raises:
            DatasetError: nothing is known of what was trained on.
        """
        if not self.training.answers:
            raise DatasetError(
                "Baselines that answer must know at least one training answer. There is none. "
                "Evaluate where the dataset is, or with a bundle that has an index."
            )
        frequent = most_frequent_answer(self.training.answers)
        known = self.questions, self.training.answers, frequent
        return [
            FrequentAnswerer(frequent),
            RandomAnswerer(self.training.answers),
            ClosestAnswerer(TFIDF, TfIdf(self.by_words), *known),
            ClosestAnswerer(BM25, Bm25(self.by_words), *known),
        ]


def most_frequent_answer(answers: Sequence[str]) -> str:
    """Return the answer that is given most often whatever its case, as it was first written."""
    written: dict[str, str] = {}
    counts: Counter[str] = Counter()
    for answer in answers:
        folded = answer.strip().casefold()
        written.setdefault(folded, answer)
        counts[folded] += 1
    return written[counts.most_common(1)[0][0]]


@dataclass
class BaselineScorer:
    """Lets a ranker score the answers of an evaluation's cases, by their questions alone."""

    ranker: Ranker
    tokeniser: Tokeniser
    is_quick: bool = True
    is_own: bool = False
    _tokens: dict[str, list[str]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.ranker.name

    def scores(self, case: Case, answers: Sequence[str]) -> Values:
        return self.ranker.score(self._cut(case.question), list(map(self._cut, answers)))

    def _cut(self, text: str) -> list[str]:
        """Return the tokens of a text; an answer stands among those of many questions."""
        if text not in self._tokens:
            self._tokens[text] = self.tokeniser.tokenise(text)
        return self._tokens[text]


def baselines_of(training: TrainingTexts, tokeniser: Tokeniser) -> list[Scorer]:
    """Return the baselines that rank the given answers of an evaluation."""
    tokens: dict[str, list[str]] = {}
    return [
        BaselineScorer(ranker, tokeniser, _tokens=tokens)
        for ranker in Baselines(training, tokeniser).rankers()
    ]
