"""One figure of an evaluation: what was measured of whom, on how many questions, and how sure it is."""

import math
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from training.evaluation.metrics import bootstrap_interval

# Whose figure it is where no other system is named.
OWN = "trained model"
DIGITS = 5


@dataclass(frozen=True, kw_only=True)
class Measure:
    """`low` and `high` are the 95 % bootstrap interval; None where a figure is not one over questions.

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

    @property
    def is_number(self) -> bool:
        """Whether it was measured at all: the networks of a broken bundle may give no numbers."""
        return all(math.isfinite(one) for one in (self.value, self.low, self.high) if one is not None)

    @classmethod
    def of(cls, name: str, value: float, interval: tuple[float, float], samples: int, **told: Any) -> Self:
        low, high = map(rounded, interval)
        return cls(name=name, value=rounded(value), low=low, high=high, samples=samples, **told)

    @classmethod
    def mean_of(cls, name: str, values: npt.NDArray[Any], **told: Any) -> Self:
        """Return the mean of questions' values with its interval."""
        return cls.of(name, float(np.mean(values)), bootstrap_interval(values), len(values), **told)


def rounded(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")
