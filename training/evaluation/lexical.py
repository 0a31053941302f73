"""Texts compared by the words, or by the characters, that they share: what any trained model must beat.

N answers.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from preprocessing.script import contains_han
from training.evaluation.metrics import Values

LONGEST_GRAM = 3
# Of BM25, as Lucene and bm25s have them.
K1, B = 1.5, 0.75
Tokens = Sequence[str]
Terms = Callable[[Tokens], Iterable[str]]
Weights = Mapping[str, float]


def words(tokens: Tokens) -> Tokens:
    return tokens


def characters(tokens: Tokens) -> Iterable[str]:
    """Return the n-grams of 1 to 3 characters; where Chinese stands, how it was cut into words says nothing.

    >>> list(characters(["我们", "走"]))
    ['我', '们', '走', '我们', '们走', '我们走']
    """
    text = "".join(tokens)
    if not contains_han(text):
        text = " ".join(tokens)
    return (
        text[start : start + size]
        for size in range(1, LONGEST_GRAM + 1)
        for start in range(len(text) - size + 1)
    )


@dataclass(frozen=True)
class Collection:
    """In how many of `texts` texts a term stands, and how many terms a text has on average.

    What stands in one text or in none is left out: both tell as much.
    """

    texts: int
    frequencies: Mapping[str, int]
    mean_length: float

    @classmethod
    def of(cls, texts: Iterable[Tokens], terms: Terms) -> "Collection":
        frequencies: Counter[str] = Counter()
        number = length = 0
        for tokens in texts:
            found = list(terms(tokens))
            frequencies.update(set(found))
            number += 1
            length += len(found)
        frequent = {term: count for term, count in frequencies.items() if count > 1}
        # Without a text to learn from every term weighs the same, and every text is of usual length.
        return cls(number, frequent, length / number if length else 1.0)

    def frequency(self, term: str) -> int:
        return self.frequencies.get(term, 1)


class Weighting(Protocol):
    """Weights of a question's and an answer's terms; the sum of their products is how well they fit."""

    def of_question(self, tokens: Tokens) -> Weights: ...
    def of_answer(self, tokens: Tokens) -> Weights: ...


@dataclass(frozen=True)
class TfIdf:
    """Cosine of TF-IDF vectors: f(w, d) * log(N / documents with w) (Lowe et al. 2015, section 4.1)."""

    collection: Collection
    terms: Terms = words

    def of_question(self, tokens: Tokens) -> Weights:
        return self.of_answer(tokens)

    def of_answer(self, tokens: Tokens) -> Weights:
        weights = {term: count * self.rareness(term) for term, count in Counter(self.terms(tokens)).items()}
        length = math.sqrt(sum(weight * weight for weight in weights.values()))
        return {term: weight / length for term, weight in weights.items()} if length else {}

    def rareness(self, term: str) -> float:
        return math.log(max(self.collection.texts, 2) / self.collection.frequency(term))


@dataclass(frozen=True)
class Bm25:
    """BM25 of an answer as the document that a question looks for (Robertson and Zaragoza 2009, section 3).

    In Lucene's form (Kamphuis et al. 2020, table 1), which never weighs a term below 0.
    """

    collection: Collection
    terms: Terms = words

    def of_question(self, tokens: Tokens) -> Weights:
        return Counter(self.terms(tokens))

    def of_answer(self, tokens: Tokens) -> Weights:
        counts = Counter(self.terms(tokens))
        damping = K1 * (1 - B + B * counts.total() / self.collection.mean_length)
        return {term: self.rareness(term) * count / (count + damping) for term, count in counts.items()}

    def rareness(self, term: str) -> float:
        frequency = self.collection.frequency(term)
        return math.log1p((max(self.collection.texts, 1) - frequency + 0.5) / (frequency + 0.5))


@dataclass(frozen=True)
class LexicalRanker:
    """Ranks given answers by what they share with the question."""

    name: str
    weighting: Weighting

    def score(self, question: Tokens, answers: Sequence[Tokens]) -> Values:
        """Return how well each answer fits (N,)."""
        asked = self.weighting.of_question(question)
        return np.array([product(asked, self.weighting.of_answer(answer)) for answer in answers], np.float64)


def product(one: Weights, other: Weights) -> float:
    if len(other) < len(one):
        one, other = other, one
    return sum(weight * other[term] for term, weight in one.items() if term in other)
