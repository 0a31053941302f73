"""The best of many scores, best first: of tokens, answers, exchanges."""

import numpy as np
import numpy.typing as npt

# Partitioning a million scores takes 20 ms where most are equal; the best of each block are soon found.
BLOCKS = 1024


def highest(scores: npt.NDArray[np.float32], number: int, *, above: float = -np.inf) -> npt.NDArray[np.int64]:
    """Return the places of the `number` highest scores, best first, equal ones in their order.

    >>> highest(np.array([0.5, 0.9, 0.5, 0.1], np.float32), 2).tolist()
    [1, 0]

    Args:
        above: what is no higher is left out, and so is -inf.
    """
    is_among = scores > above
    if number < len(scores):
        is_among &= scores >= floor_of_best(scores, number)
    places = np.flatnonzero(is_among)
    return places[np.argsort(-scores[places], kind="stable")][:number]


def floor_of_best(scores: npt.NDArray[np.float32], number: int) -> float:
    """Return what at least `number` scores reach."""
    size = max(len(scores) // BLOCKS, 1)
    blocks = len(scores) // size
    if blocks < number:
        return float(np.partition(scores, -number)[-number])
    maxima = scores[: blocks * size].reshape(blocks, size).max(axis=1)
    return float(np.partition(maxima, -number)[-number])
