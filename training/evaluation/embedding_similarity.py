"""How close an answer is in meaning to what was really said: by vectors of their words. NumPy only.

V words with a vector, E numbers of a vector, Q questions. Words without a vector are passed over; a text of
such words alone has nothing in common with any other, which is 0.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from training.evaluation.metrics import Values
from training.evaluation.overlap import require_references

Tokens = Sequence[str]
# The vectors of a text's words, (words, E).
Vectors = npt.NDArray[np.float64]


@dataclass(frozen=True)
class WordVectors:
    """`rows` says in which row of `matrix` (V, E) a word stands."""

    rows: Mapping[str, int]
    matrix: npt.NDArray[np.floating[Any]]

    def of(self, tokens: Tokens) -> Vectors:
        """Return the vectors (words, E) of the words that have one, in their order."""
        rows = [self.rows[token] for token in tokens if token in self.rows]
        found: Vectors = self.matrix[rows].astype(np.float64)
        return found


def embedding_average(
    answers: Sequence[Tokens], references: Sequence[Sequence[Tokens]], vectors: WordVectors
) -> Values:
    """Return the cosine (Q,) of the mean vectors of answer and reference (Liu et al. 2016, section 3.2.2)."""
    return closest(average_cosine, answers, references, vectors)


def greedy_matching(
    answers: Sequence[Tokens], references: Sequence[Sequence[Tokens]], vectors: WordVectors
) -> Values:
    """Return how close (Q,) each word's best partner on the other side is, on average over both directions.

    Liu et al. 2016, section 3.2.1, after Rus and Lintean 2012.
    """
    return closest(greedy_cosine, answers, references, vectors)


def vector_extrema(
    answers: Sequence[Tokens], references: Sequence[Sequence[Tokens]], vectors: WordVectors
) -> Values:
    """Return the cosine (Q,) of the extreme vectors: of each number the one farthest from 0 among the words'.

    Liu et al. 2016, section 3.2.3, after Forgues et al. 2014: what is common lies near 0 and drops out.
    """
    return closest(extrema_cosine, answers, references, vectors)


MEASURES = {"average": embedding_average, "greedy": greedy_matching, "extrema": vector_extrema}


def closest(
    similarity: Callable[[Vectors, Vectors], float],
    answers: Sequence[Tokens],
    references: Sequence[Sequence[Tokens]],
    vectors: WordVectors,
) -> Values:
    """Return how similar each answer is to the closest of its references (Q,)."""
    require_references(answers, references)
    values = np.zeros(len(answers))
    for question, (answer, expected) in enumerate(zip(answers, references, strict=True)):
        said = vectors.of(answer)
        known = [found for found in map(vectors.of, expected) if len(found)]
        if len(said) and known:
            values[question] = max(similarity(said, reference) for reference in known)
    return values


def average_cosine(one: Vectors, other: Vectors) -> float:
    return cosine(one.mean(axis=0), other.mean(axis=0))


def greedy_cosine(one: Vectors, other: Vectors) -> float:
    cosines = unit_rows(one) @ unit_rows(other).T  # (words of one, words of the other)
    return float(cosines.max(axis=1).mean() + cosines.max(axis=0).mean()) / 2


def extrema_cosine(one: Vectors, other: Vectors) -> float:
    return cosine(extreme(one), extreme(other))


def extreme(vectors: Vectors) -> Values:
    """Return of each number the one farthest from 0 (E,); of two as far, the negative one (as the paper)."""
    most, least = vectors.max(axis=0), vectors.min(axis=0)
    found: Values = np.where(most > np.abs(least), most, least)
    return found


def cosine(one: Values, other: Values) -> float:
    lengths = np.linalg.norm(one) * np.linalg.norm(other)
    return float(one @ other / lengths) if lengths else 0.0


def unit_rows(vectors: Vectors) -> Vectors:
    """Return rows of length 1; rows of zeros stay as they are."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    found: Vectors = vectors / np.where(lengths == 0, 1.0, lengths)
    return found
