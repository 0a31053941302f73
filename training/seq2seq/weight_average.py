"""An average of the weights over the steps, less noisy than the last ones (Polyak & Juditsky 1992)."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np
import tensorflow as tf


class WeightAverage:
    """An exponential moving average; nothing at all where `decay` is 0.

    Made in a strategy's scope, each device has its own copy and takes its own weights into it.
    """

    def __init__(self, variables: Sequence[Any], decay: float) -> None:
        self._variables = list(variables) if decay else []
        self._decay = decay
        self._strategy = tf.distribute.get_strategy()
        self.averages = [tf.Variable(variable, trainable=False) for variable in self._variables]

    def update(self, step) -> None:
        """Take the weights into the average after the step with that number, a scalar tensor from 0.

        At first the last weights count for more, since the first ones are random. To be called for all
        replicas together, not by each.
        """
        number = tf.cast(step, tf.float32)
        decay = tf.minimum(self._decay, (1.0 + number) / (10.0 + number))
        for average, variable in zip(self.averages, self._variables, strict=True):
            weight = variable.value if isinstance(variable, keras.Variable) else variable
            self._strategy.extended.update(average, take_in, args=(weight, decay))

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """Let the network have the averages as its weights, for measuring."""
        kept = [np.asarray(variable) for variable in self._variables]
        for variable, average in zip(self._variables, self.averages, strict=True):
            variable.assign(average)
        try:
            yield
        finally:
            for variable, values in zip(self._variables, kept, strict=True):
                variable.assign(values)


def take_in(average, weight, decay) -> None:
    average.assign(decay * average + (1.0 - decay) * weight)
