"""Weights from a checkpoint back into a network."""

from typing import Any

import numpy as np

from training.errors import CorruptRunError
from training.seq2seq.checkpoint import Arrays
from training.seq2seq.network import Network

NETWORK, AVERAGE = "network", "average"


def load_network(network: Network, arrays: Arrays) -> None:
    """Give a network a checkpoint's weights: the averaged ones where there are any."""
    load_weights(network.variables, arrays, NETWORK)
    if f"{AVERAGE}_0" in arrays:
        load_weights(network.trainable_variables, arrays, AVERAGE)


def load_weights(variables: list[Any], arrays: Arrays, prefix: str) -> None:
    """Put the arrays of a checkpoint into the variables they came from.

    Raises:
        CorruptRunError: they are of another network.
    """
    for number, variable in enumerate(variables):
        array = arrays.get(f"{prefix}_{number}")
        if array is None or tuple(array.shape) != tuple(variable.shape):
            raise CorruptRunError(
                f"A checkpoint must fit its network; {variable.path} does not. "
                "It belongs to another configuration."
            )
        variable.assign(np.asarray(array))
