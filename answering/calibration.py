"""From the scores of an answer to the chance that it is right: logistic regression (Platt 1999).

Fitted once, where a bundle is made, on questions with a right and a wrong answer each; kept in its manifest.
C cases, F features.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from answering.errors import BundleError

# The name of the calibration that weighs a bundle's parts against each other; the others are named by a way
# of finding answers.
MIXED = "mixed"
FEWEST_OF_EACH = 5
# Keeps weights finite where right and wrong do not overlap.
PENALTY = 0.1
ROUNDS = 50
Values = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Calibration:
    """`confidence` is the logistic function of intercept + weights x scores."""

    intercept: float
    weights: dict[str, float]
    cases: int

    def confidence(self, scores: Mapping[str, float]) -> float | None:
        """Return the chance from 0 to 1; None where a score that it needs was not computed."""
        if not set(self.weights) <= set(scores):
            return None
        total = self.intercept + sum(weight * scores[name] for name, weight in self.weights.items())
        return round(1 / (1 + math.exp(-max(min(total, 50.0), -50.0))), 4)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, content: Any) -> Self:
        """Read what a manifest holds.

        Raises:
            BundleError: it is no calibration.
        """
        try:
            weights = {str(name): float(weight) for name, weight in content["weights"].items()}
            found = cls(float(content["intercept"]), weights, int(content["cases"]))
        except (TypeError, ValueError, KeyError, AttributeError) as error:
            raise BundleError(f"A calibration must have an intercept, weights and cases: {error}.") from None
        if not all(map(math.isfinite, (found.intercept, *weights.values()))):
            raise BundleError("A calibration's numbers must be finite.")
        return found


def fitted(cases: Sequence[tuple[Mapping[str, float], bool]]) -> Calibration | None:
    """Return what tells right from wrong best; None where there are too few of either to say.

    The higher a score, the better an answer.

    Args:
        cases: the scores of an answer, the same names in each, and whether it was right.
    """
    labels = np.array([is_right for _, is_right in cases], np.float64)  # (C,)
    if min(labels.sum(), len(labels) - labels.sum()) < FEWEST_OF_EACH:
        return None
    return with_names(cases, labels, list(cases[0][0]))


def with_names(
    cases: Sequence[tuple[Mapping[str, float], bool]], labels: Values, names: list[str]
) -> Calibration:
    """Fit the scores of these names; one that would speak against an answer is noise and left out."""
    values = np.array([[scores[name] for name in names] for scores, _ in cases], np.float64)
    values = values.reshape(len(cases), len(names))  # (C, F)
    means, spreads = values.mean(axis=0), np.maximum(values.std(axis=0), 1e-9)  # (F,)
    columns = np.column_stack([np.ones(len(values)), (values - means) / spreads])  # (C, 1 + F)
    found = newton(columns, softened(labels))  # (1 + F,)
    weights = found[1:] / spreads
    kept = [name for name, weight in zip(names, weights, strict=True) if weight >= 0]
    if len(kept) < len(names):
        return with_names(cases, labels, kept)
    return Calibration(
        intercept=round(float(found[0] - weights @ means), 6),
        weights={name: round(float(weight), 6) for name, weight in zip(names, weights, strict=True)},
        cases=len(cases),
    )


def softened(labels: Values) -> Values:
    """Return targets a little off 0 and 1, by the number of cases (Platt 1999, section 2.2)."""
    right = labels.sum()
    wrong = len(labels) - right
    targets: Values = np.where(labels > 0, (right + 1) / (right + 2), 1 / (wrong + 2))
    return targets


def newton(columns: Values, targets: Values) -> Values:
    """Return the weights with the smallest penalised cross entropy."""
    weights = np.zeros(columns.shape[1])
    penalty = np.diag([0.0, *[PENALTY] * (columns.shape[1] - 1)])
    for _ in range(ROUNDS):
        chances = 1 / (1 + np.exp(-np.clip(columns @ weights, -50, 50)))
        slope = columns.T @ (chances - targets) + penalty @ weights
        curvature = (columns * (chances * (1 - chances))[:, np.newaxis]).T @ columns + penalty
        change = np.linalg.solve(curvature + 1e-9 * np.eye(len(weights)), slope)
        weights -= change
        if np.abs(change).max() < 1e-8:
            break
    return np.asarray(weights, np.float64)
