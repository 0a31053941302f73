"""How sure distinct-n and the entropies are: answers drawn anew.

Q answers, V different n-grams, R resamples.
"""

from collections.abc import Callable, Hashable, Sequence

import numpy as np

from training.evaluation.metrics import Values, grams_of, middle_of
from training.evaluation.resampling import resampled_sums

SHARE, RESAMPLES = 0.95, 400
Counts = Values


def distinct_share(counts: Counts) -> Values:
    """Return distinct-n of each line of counts (R, V) of n-grams."""
    found: Values = (counts > 0).sum(axis=1) / np.maximum(counts.sum(axis=1), 1)
    return found


def entropy(counts: Counts) -> Values:
    """Return the entropy in nats of each line of counts (R, V) of n-grams."""
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    logarithms = np.log(np.where(shares > 0, shares, 1.0))
    # Minus 0 where there is but one n-gram.
    found: Values = np.abs((shares * logarithms).sum(axis=1))
    return found


# Of which figure of n-grams, and of how long ones.
FIGURES: dict[str, tuple[Callable[[Counts], Values], int]] = {
    "distinct-1": (distinct_share, 1),
    "distinct-2": (distinct_share, 2),
    "entropy of words": (entropy, 1),
    "entropy of pairs": (entropy, 2),
}


def varied_interval(
    answers: Sequence[Sequence[Hashable]], figure: Callable[[Counts], Values], n: int
) -> tuple[float, float]:
    """Return the bootstrap interval of a figure of all answers' n-grams.

    An answer that is drawn twice brings nothing new, so resamples vary less than answers do: what they are
    lower by on average is added again (Efron and Tibshirani 1993, section 10.3).
    """
    counts = counts_of(answers, n)
    if not counts.size:
        return 0.0, 0.0
    [value] = figure(counts.sum(axis=0, keepdims=True))
    figures = figure(resampled_sums(counts, RESAMPLES, seed=0))
    low, high = middle_of(figures + (value - figures.mean()), SHARE)
    most = 1.0 if figure is distinct_share else np.inf
    return max(low, 0.0), min(high, most)


def counts_of(answers: Sequence[Sequence[Hashable]], n: int) -> Counts:
    """Return how often each answer has each n-gram (Q, V)."""
    numbers: dict[tuple[Hashable, ...], int] = {}
    rows = [[numbers.setdefault(gram, len(numbers)) for gram in grams_of(answer, n)] for answer in answers]
    counts = np.zeros((len(answers), len(numbers)))
    for row, grams in zip(counts, rows, strict=True):
        np.add.at(row, grams, 1.0)
    return counts
