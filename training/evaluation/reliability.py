"""Whether an answer that is said to be right with 80 % is right in 80 of 100 cases. NumPy only.

Q questions, M bins.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from preprocessing.errors import DatasetError, SettingsError
from training.evaluation.metrics import Values
from training.evaluation.resampling import interval_of

BINS = 10
NO_FIGURE = float("nan")
Bins = npt.NDArray[np.int64]


@dataclass(frozen=True)
class ReliabilityBin:
    """Questions of about the same confidence: from above `low` up to `high`."""

    low: float
    high: float
    count: int
    mean_confidence: float
    share_right: float


@dataclass(frozen=True)
class Reliability:
    """Confidences (Q,) from 0 to 1, whether each was right (Q,), in which bin it lies (Q,), edges (M + 1,).

    `without_confidence` counts the questions that had none; they stand in no figure.
    """

    confidences: Values
    right: Values
    bins: Bins
    edges: Values
    without_confidence: int

    @cached_property
    def curve(self) -> list[ReliabilityBin]:
        """The bins that hold any question, from the least confident (Guo et al. 2017, section 2)."""
        found = []
        for number in np.unique(self.bins).tolist():
            of_bin = self.bins == number
            found.append(
                ReliabilityBin(
                    low=float(self.edges[number]),
                    high=float(self.edges[number + 1]),
                    count=int(of_bin.sum()),
                    mean_confidence=float(self.confidences[of_bin].mean()),
                    share_right=float(self.right[of_bin].mean()),
                )
            )
        return found

    @property
    def calibration_error(self) -> float:
        """The expected calibration error (Guo et al. 2017, section 2): 0 where confidences are kept."""
        return expected_error(self.gaps.sum(axis=0), len(self.bins))

    def calibration_error_interval(
        self, *, share: float = 0.95, resamples: int = 1000, seed: int = 0
    ) -> tuple[float, float]:
        """Return its bootstrap interval, which lies high: noise adds to an error. The bins stay."""
        if not len(self.bins):
            return NO_FIGURE, NO_FIGURE
        number = len(self.bins)
        return interval_of(
            lambda sums: expected_error(sums, number), self.gaps, share=share, resamples=resamples, seed=seed
        )

    @cached_property
    def gaps(self) -> Values:
        """How far each question is from its confidence, in the column of its bin (Q, M)."""
        gaps = np.zeros((len(self.bins), len(self.edges) - 1))
        gaps[np.arange(len(self.bins)), self.bins] = self.right - self.confidences
        return gaps

    @property
    def brier_score(self) -> float:
        """The mean squared error of the confidences (Brier 1950), 0 at best; NaN without any."""
        return float(self.squared_errors.mean()) if len(self.bins) else NO_FIGURE

    @property
    def squared_errors(self) -> Values:
        """What each question with a confidence adds to the Brier score (Q,)."""
        errors: Values = (self.confidences - self.right) ** 2
        return errors


def reliability_of(
    confidences: Iterable[float | None],
    right: Sequence[bool] | npt.NDArray[np.bool_],
    *,
    bins: int = BINS,
    equal_mass: bool = False,
) -> Reliability:
    """Compare confidences with whether the answers were right; those that are None or NaN are only counted.

    The bins are as wide as each other (Guo et al. 2017, section 2), or with `equal_mass` hold about as many
    questions each (Nixon et al. 2019, adaptive bins), equal confidences together.

    Raises:
        DatasetError: a confidence is not from 0 to 1, or not as many are given as answers.
    """
    if bins < 1:
        raise SettingsError(f"Bins must be at least 1. Received {bins}. Take 10.")
    given = np.array([NO_FIGURE if one is None else one for one in confidences], np.float64)
    is_known = ~np.isnan(given)
    require_confidences(given[is_known], len(given), len(right))
    known = given[is_known]
    edges = equal_mass_edges(known, bins) if equal_mass else np.linspace(0, 1, bins + 1)
    return Reliability(
        confidences=known,
        right=np.asarray(right, np.float64)[is_known],
        # A bin ends with its upper edge; 0 lies in the first.
        bins=np.maximum(np.searchsorted(edges, known, "left") - 1, 0),
        edges=edges,
        without_confidence=int((~is_known).sum()),
    )


def equal_mass_edges(confidences: Values, bins: int) -> Values:
    """Return edges between which about as many confidences lie."""
    if not len(confidences):
        return np.array([0.0, 1.0])
    inner = np.quantile(confidences, np.linspace(0, 1, bins + 1)[1:-1], method="inverted_cdf")
    return np.unique(np.concatenate([[0.0], inner, [1.0]]))


def expected_error(sums: Values, number: int) -> float:
    """Return the error from the summed gaps of the bins (M,)."""
    return float(np.abs(sums).sum() / number) if number else NO_FIGURE


def require_confidences(known: Values, confidences: int, right: int) -> None:
    if confidences != right:
        raise DatasetError(
            "Each confidence must belong to an answer that is right or wrong. "
            f"Received {confidences:,} confidences and {right:,} answers. Take the same questions."
        )
    if len(known) and not (known.min() >= 0 and known.max() <= 1):
        raise DatasetError(
            f"Confidences must be from 0 to 1. Received {known.min():g} to {known.max():g}. "
            "Take calibrated confidences, not scores."
        )
