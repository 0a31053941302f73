"""The figures that tell how good answers are. NumPy only.

Q questions, N answers to choose from; the true answer is in column 0.
"""

import math
from collections.abc import Hashable, Iterable, Iterator, Sequence
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt

from preprocessing.errors import DatasetError, SettingsError

# exp overflows from 710 on; beyond this a perplexity says no more than "none".
MOST_LOSS = 50.0
# Resampling holds an index and a value for each: 16 MB.
MOST_DRAWN_AT_ONCE = 1_000_000
Scores = npt.NDArray[np.number[Any]]
Counts = npt.NDArray[np.int64]
Values = npt.NDArray[np.float64]


def perplexity(summed_loss: float, tokens: float) -> float:
    """Return the perplexity per token (Jelinek et al. 1977) from a loss in nats.

    With the number of words or of characters instead of tokens it is per word or per character, which
    can be compared between vocabularies. Tokens that are weighted may sum up to a fraction.
    """
    if not tokens > 0:
        raise DatasetError(
            f"Perplexity must be measured over some tokens. Received {tokens}. Take more answers."
        )
    return math.exp(min(summed_loss / tokens, MOST_LOSS))


def recall_at_k(scores: Scores, k: int) -> float:
    """Return recall@k of N (Lowe et al. 2015): how often the true answer is among the k best.

    A tie counts what breaking it at random gives on average (McSherry and Najork 2008), so equal scores
    throughout give k / N. A score that is NaN can only cost: a true answer's is never a hit, and a
    distractor's is taken for better than the true answer's.

    >>> recall_at_k(np.array([[0.9, 0.1, 0.2], [0.5, 0.5, 0.1]]), 1)
    0.75
    """
    return float(hits_at_k(scores, k).mean())


def hits_at_k(scores: Scores, k: int) -> Values:
    """Return for each question (Q,) from 0 to 1 how surely its true answer is among the k best."""
    before, tied = places_of_truth(scores)
    number = scores.shape[1]
    if not 1 <= k <= number:
        raise SettingsError(
            f"k must be from 1 to {number}, the number of answers to choose from. Received {k}. "
            "Take a smaller k or more distractors."
        )
    return without_unknown(scores, np.clip(k - before, 0, tied) / tied)


def mean_reciprocal_rank(scores: Scores) -> float:
    """Return the mean of 1 / rank of the true answer (Voorhees 1999).

    Ties count what breaking them at random gives on average; NaN can only cost, as in `recall_at_k`.
    """
    return float(reciprocal_ranks(scores).mean())


def reciprocal_ranks(scores: Scores) -> Values:
    """Return the expected 1 / rank of each question's true answer (Q,)."""
    before, tied = places_of_truth(scores)
    harmonic = np.concatenate([[0.0], np.cumsum(1.0 / np.arange(1, scores.shape[1] + 1))])  # (N + 1,)
    return without_unknown(scores, (harmonic[before + tied] - harmonic[before]) / tied)


def places_of_truth(scores: Scores) -> tuple[Counts, Counts]:
    """Return how many answers stand before the true one, and how many share its place, itself included."""
    if scores.ndim != 2 or 0 in scores.shape:
        raise DatasetError(
            "Scores must have a row for each question and the true answer's in column 0. "
            f"Received shape {scores.shape}. Take at least one question."
        )
    true, others = scores[:, :1], scores[:, 1:]  # (Q, 1), (Q, N - 1)
    before = ((others > true) | np.isnan(others)).sum(axis=1, dtype=np.int64)  # (Q,)
    return before, 1 + (others == true).sum(axis=1, dtype=np.int64)


def without_unknown(scores: Scores, values: Values) -> Values:
    """Return 0 where the true answer's score is NaN."""
    return np.where(np.isnan(scores[:, 0]), 0.0, values)


def distinct_n(answers: Iterable[Sequence[Hashable]], n: int) -> float:
    """Return the distinct n-grams of all answers over all their n-grams; 0 where no answer is so long.

    After Li et al. (2016, section 5), who divide by the number of tokens: the same for n = 1, smaller for
    longer n-grams.
    """
    if n < 1:
        raise SettingsError(f"n must be at least 1. Received {n}. Take 1 for words, 2 for pairs of words.")
    seen: set[tuple[Hashable, ...]] = set()
    total = 0
    for gram in chain.from_iterable(grams_of(answer, n) for answer in answers):
        seen.add(gram)
        total += 1
    return len(seen) / total if total else 0.0


def grams_of(answer: Sequence[Hashable], n: int) -> Iterator[tuple[Hashable, ...]]:
    return zip(*(answer[start:] for start in range(n)), strict=False)


def bootstrap_interval(
    values: npt.NDArray[Any], *, share: float = 0.95, resamples: int = 1000, seed: int = 0
) -> tuple[float, float]:
    """Return where the mean lies in `share` of all resamples (Efron and Tibshirani 1993, section 13.3).

    The same values and seed give the same interval. Memory stays at some 16 MB, or twice the values'.
    """
    require_resampling(values, share, resamples)
    return middle_of(resampled_means(values, resamples, seed), share)


def resampled_means(values: npt.NDArray[Any], resamples: int, seed: int) -> Values:
    """Return the means (resamples,) of as many values, drawn with replacement."""
    random = np.random.default_rng(seed)
    rows = max(1, MOST_DRAWN_AT_ONCE // len(values))
    return np.concatenate(
        [means_of_drawn(values, min(rows, resamples - done), random) for done in range(0, resamples, rows)]
    )


def means_of_drawn(values: npt.NDArray[Any], number: int, random: np.random.Generator) -> Values:
    drawn = random.integers(len(values), size=(number, len(values)))
    means: Values = values[drawn].mean(axis=1, dtype=np.float64)
    return means


def middle_of(figures: Values, share: float) -> tuple[float, float]:
    """Return between which two figures the given share of them lies, as many below as above."""
    low, high = np.quantile(figures, [(1 - share) / 2, (1 + share) / 2]).tolist()
    return low, high


def require_resampling(values: npt.NDArray[Any], share: float, resamples: int) -> None:
    if values.ndim != 1 or not len(values):
        raise DatasetError(
            f"An interval must be that of at least one value. Received shape {values.shape}. "
            "Take at least one question."
        )
    if not 0 < share < 1 or resamples < 1:
        raise SettingsError(
            f"The share must be between 0 and 1, of at least one resample. Received {share} of {resamples}. "
            "Take 0.95 of 1000."
        )
