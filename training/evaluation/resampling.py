"""Questions drawn anew, for figures that are no mean: a ratio, a corpus score, an error of bins. NumPy only.

Q questions, K numbers a question.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from training.evaluation.metrics import MOST_DRAWN_AT_ONCE, Values, middle_of, require_resampling


def interval_of(
    figure: Callable[[Values], float],
    statistics: npt.NDArray[Any],
    *,
    share: float = 0.95,
    resamples: int = 1000,
    seed: int = 0,
) -> tuple[float, float]:
    """Return where a figure of the questions' sums lies in `share` of all resamples.

    The percentile interval (Efron and Tibshirani 1993, section 13.3), as `bootstrap_interval` gives it for
    a mean. Whole questions are drawn, so what one question counts for stays together.

    Args:
        figure: of the sums (K,) of the statistics (Q, K) of some questions.
    """
    require_resampling(statistics[:, 0], share, resamples)
    return middle_of(np.array([figure(sums) for sums in resampled_sums(statistics, resamples, seed)]), share)


def resampled_sums(statistics: npt.NDArray[Any], resamples: int, seed: int) -> Values:
    """Return the sums (resamples, K) of statistics (Q, K) over as many questions, drawn with replacement.

    Memory stays at some 16 MB, or that of one resample.
    """
    random = np.random.default_rng(seed)
    number = len(statistics)
    sums = np.empty((resamples, statistics.shape[1]))
    rows = max(1, MOST_DRAWN_AT_ONCE // number)
    for first in range(0, resamples, rows):
        drawn = random.integers(number, size=(min(rows, resamples - first), number))
        times = np.stack([np.bincount(line, minlength=number) for line in drawn])  # (rows, Q)
        sums[first : first + rows] = times @ statistics
    return sums
