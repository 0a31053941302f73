"""Whether one system is better than another on the same questions. NumPy only.

Q questions.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from preprocessing.errors import DatasetError
from training.evaluation.metrics import Values, middle_of, require_resampling, resampled_means

SHARE = 0.95
RESAMPLES = 1000


@dataclass(frozen=True, kw_only=True)
class Difference:
    """How much larger one system's mean is than another's, and the interval that this lies in.

    `p_value` is how often chance alone would make so clear a difference, `samples` the number of questions.
    """

    mean: float
    low: float
    high: float
    p_value: float
    samples: int
    share: float = SHARE

    @property
    def is_significant(self) -> bool:
        """Whether chance would make it in less than 1 - `share` of cases; the interval then leaves 0 out."""
        return self.p_value < 1 - self.share


def paired_difference(
    one: npt.NDArray[Any],
    other: npt.NDArray[Any],
    *,
    share: float = SHARE,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Difference:
    """Compare two systems' values (Q,) for the same questions (Koehn 2004, paired bootstrap resampling).

    Questions are drawn anew with both values, since a hard one is hard for both (Berg-Kirkpatrick et al.
    2012, section 2). The p value is two-sided: twice the share of resamples in which the other system is as
    good or better, counting the sample itself, so that it is never 0 (Davison and Hinkley 1997, section 4.2).
    Memory stays at some 16 MB, or twice the values'; the same values and seed give the same result.

    Raises:
        DatasetError: the questions are not the same number, or a value is not a number.
    """
    differences = differences_of(one, other)
    require_resampling(differences, share, resamples)
    means = resampled_means(differences, resamples, seed)
    low, high = middle_of(means, share)
    return Difference(
        mean=float(differences.mean()),
        low=low,
        high=high,
        p_value=p_value_of(means),
        samples=len(differences),
        share=share,
    )


def differences_of(one: npt.NDArray[Any], other: npt.NDArray[Any]) -> Values:
    if one.shape != other.shape:
        raise DatasetError(
            f"Two systems must be compared on the same questions. Received values of shape {one.shape} and "
            f"{other.shape}. Take the questions that both were asked."
        )
    differences = one.astype(np.float64) - other.astype(np.float64)
    if np.isnan(differences).any():
        raise DatasetError(
            "Each question must have a number for both systems. "
            f"{int(np.isnan(differences).sum()):,} have none. Leave these questions out."
        )
    return differences


def p_value_of(means: Values) -> float:
    fewer = min(int((means <= 0).sum()), int((means >= 0).sum()))
    return min(1.0, 2 * (1 + fewer) / (1 + len(means)))
