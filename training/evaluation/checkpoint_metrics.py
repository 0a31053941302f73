"""The metrics that may choose a checkpoint, and which way each is better. Pure Python."""

import math
from enum import Enum

from preprocessing.errors import SettingsError


class Direction(Enum):
    """Which of two values is the better one."""

    SMALLER = "smaller is better"
    LARGER = "larger is better"


METRICS: dict[str, Direction] = {
    "loss": Direction.SMALLER,
    # Where nothing is held out.
    "training_loss": Direction.SMALLER,
    "perplexity": Direction.SMALLER,
    "token_accuracy": Direction.LARGER,
    "recall@1": Direction.LARGER,
    "recall@2": Direction.LARGER,
    "recall@5": Direction.LARGER,
    "distinct-1": Direction.LARGER,
    "distinct-2": Direction.LARGER,
}


def direction_of(name: str) -> Direction:
    """Return which way a metric is better; what stands before its last slash does not matter.

    >>> direction_of("validation/recall@1").value
    'larger is better'

    Raises:
        SettingsError: there is no such metric.
    """
    direction = METRICS.get(name.rpartition("/")[2])
    if direction is None:
        raise SettingsError(
            f"A metric must be one of {', '.join(METRICS)}, maybe after a prefix such as validation/. "
            f"Received {name!r}. Choose one of these."
        )
    return direction


def is_better(name: str, one: float, other: float) -> bool:
    """Return whether `one` beats `other`; equal values do not, and any number beats NaN."""
    direction = direction_of(name)
    if math.isnan(one) or math.isnan(other):
        return not math.isnan(one)
    return one < other if direction is Direction.SMALLER else one > other
