"""What people prefer of two things shown blind: rates, whether they differ, agreement. NumPy only.

P pairs; each holds what every one of its people chose for it, one label a person.
"""

import math
from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from preprocessing.errors import DatasetError, SettingsError
from training.evaluation.metrics import Values, bootstrap_interval

SHARE = 0.95
WILSON, BOOTSTRAP = "Wilson", "bootstrap over pairs"
# What people chose for a pair.
Chosen = Sequence[Hashable]


@dataclass(frozen=True)
class Rate:
    """A share from 0 to 1 with the interval that it lies in, and how that was found."""

    rate: float
    low: float
    high: float
    method: str


@dataclass(frozen=True)
class Wins:
    """Of how many pairs most people preferred the one thing, or the other, or neither."""

    one: int
    other: int
    tied: int


def win_rate(pairs: Sequence[Chosen], wanted: Hashable, *, share: float = SHARE) -> Rate:
    """Return how often people chose `wanted`, each pair counting once, however many people chose for it.

    Choices of several people for one pair hang together, so whole pairs are drawn anew (a cluster bootstrap:
    Davison and Hinkley 1997, section 3.8). Where no pair has several people the interval is Wilson's; it
    is so as well where all pairs have the same value, of which resampling would say that it is certain.
    """
    values = shares_of(pairs, wanted)
    if max(map(len, pairs)) == 1 or values.min() == values.max():
        low, high = wilson_interval(float(values.sum()), len(values), share=share)
        return Rate(float(values.mean()), low, high, WILSON)
    low, high = bootstrap_interval(values, share=share)
    return Rate(float(values.mean()), low, high, BOOTSTRAP)


def shares_of(pairs: Sequence[Chosen], wanted: Hashable) -> Values:
    """Return for each pair (P,) the share of its people who chose `wanted`."""
    if not pairs or not all(pairs):
        raise DatasetError(
            "A win rate must be that of at least one pair, with a choice for each. "
            f"Received {sum(map(bool, pairs))} choices for {len(pairs)} pairs. Choose first."
        )
    return np.array([sum(label == wanted for label in chosen) / len(chosen) for chosen in pairs])


def wilson_interval(wins: float, number: int, *, share: float = SHARE) -> tuple[float, float]:
    """Return the score interval of a share of independent cases (Wilson 1927).

    >>> [round(end, 4) for end in wilson_interval(5, 10)]
    [0.2366, 0.7634]
    """
    if not 0 <= wins <= number or number < 1 or not 0 < share < 1:
        raise SettingsError(
            "Wins must be from 0 to the number of cases, at least 1, and the share between 0 and 1. "
            f"Received {wins} of {number}, {share}. Take 0.95 of at least one case."
        )
    z = NormalDist().inv_cdf((1 + share) / 2)
    rate, z2 = wins / number, z * z
    middle = (rate + z2 / (2 * number)) / (1 + z2 / number)
    half = z / (1 + z2 / number) * math.sqrt(rate * (1 - rate) / number + z2 / (4 * number * number))
    # Rounding must not leave 0 and 1 outside where nothing, or everything, was won.
    return max(0.0, min(rate, middle - half)), min(1.0, max(rate, middle + half))


def pairs_won(pairs: Sequence[Chosen], one: Hashable, other: Hashable) -> Wins:
    """Give each pair to what more of its people chose: their choices do not count as several cases."""
    leads = [sum((label == one) - (label == other) for label in chosen) for chosen in pairs]
    won = sum(lead > 0 for lead in leads)
    lost = sum(lead < 0 for lead in leads)
    return Wins(won, lost, len(leads) - won - lost)


def sign_test(won: int, lost: int) -> float:
    """Return how likely so uneven a result is by chance: two-sided, exact (Dixon and Mood 1946).

    Ties are left out before. Without any case nothing speaks for a difference: 1.

    >>> sign_test(5, 0), sign_test(2, 2)
    (0.0625, 1.0)
    """
    if won < 0 or lost < 0:
        raise SettingsError(f"Wins must be counts of 0 or more. Received {won} and {lost}. Count again.")
    number = won + lost
    as_few = sum(math.comb(number, fewer) for fewer in range(min(won, lost) + 1))
    # Whole numbers divide without overflow, however large.
    return min(1.0, 2 * as_few / (1 << number))


def agreement(pairs: Sequence[Chosen]) -> tuple[float, int] | None:
    """Return how often two people chose the same (Fleiss 1971, the observed agreement), over how many pairs.

    A pair with several people counts once, with the share of its couples of people that agree. None where
    no pair has two people.
    """
    several = [chosen for chosen in pairs if len(chosen) > 1]
    if not several:
        return None
    return sum(map(agreeing_share, several)) / len(several), len(several)


def agreeing_share(chosen: Chosen) -> float:
    couples = sum(count * (count - 1) for count in Counter(chosen).values())
    return couples / (len(chosen) * (len(chosen) - 1))
