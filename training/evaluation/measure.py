"""One figure of an evaluation: what was measured of whom, on how many questions, and how sure it is."""

from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from training.evaluation.metrics import bootstrap_interval

# Whose figure it is where no other system is named.
OWN = "trained model"
DIGITS = 5


@dataclass(frozen=True, kw_only=True)
class Measure:
    """`low` and `high` are the 95 % bootstrap interval; None where a figure is no mean of questions.

    `larger_is_better` None is for what is only told, such as a length.
    """

    name: str
    value: float
    samples: int
    system: str = OWN
    low: float | None = None
    high: float | None = None
    larger_is_better: bool | None = True
    # Whether it is that of somebody who learned nothing of how to answer.
    is_baseline: bool = False
    group: str = ""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def as_own(self) -> "Measure":
        """Return the same figure as that of the trained model as a whole."""
        return replace(self, system=OWN)

    @classmethod
    def mean_of(cls, name: str, values: npt.NDArray[Any], **told: Any) -> "Measure":
        """Return the mean of questions' values with its interval."""
        low, high = bootstrap_interval(values)
        return cls(
            name=name,
            value=rounded(float(np.mean(values))),
            low=rounded(low),
            high=rounded(high),
            samples=len(values),
            **told,
        )


def rounded(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")
