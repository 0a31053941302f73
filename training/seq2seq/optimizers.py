"""The optimisers that a run can be told: a new one is a line here."""

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from training.parameters import Hyperparameters

Make = Callable[[Hyperparameters], keras.optimizers.Optimizer]
MOMENTUM = 0.9


class FewPasses:
    """Adam's step as one kernel a variable: Keras goes over all numbers a dozen times.

    The same formula on Keras' own variables, so that checkpoints stay what they are.
    """

    def _clip_gradients(self: Any, gradients):
        return tf.clip_by_global_norm(gradients, self.global_clipnorm)[0]

    def update_step(self: Any, gradient, variable, learning_rate) -> None:
        place = self._get_variable_index(variable)
        steps = tf.cast(self.iterations + 1, variable.dtype)
        tf.raw_ops.ResourceApplyAdam(
            var=variable.handle,
            m=self._momentums[place].value.handle,
            v=self._velocities[place].value.handle,
            beta1_power=self.beta_1**steps,
            beta2_power=self.beta_2**steps,
            lr=tf.cast(learning_rate, variable.dtype),
            beta1=self.beta_1,
            beta2=self.beta_2,
            epsilon=self.epsilon,
            grad=tf.cast(gradient, variable.dtype),
        )


class Adam(FewPasses, keras.optimizers.Adam):
    """Kingma & Ba 2015."""


class AdamW(FewPasses, keras.optimizers.AdamW):
    """Loshchilov & Hutter 2019: weights decay apart from the gradients."""


OPTIMIZERS: dict[str, Make] = {
    "adam": lambda given: Adam(given.learning_rate, global_clipnorm=given.clip_norm),
    "adamw": lambda given: AdamW(
        given.learning_rate, weight_decay=given.weight_decay, global_clipnorm=given.clip_norm
    ),
    "sgd": lambda given: keras.optimizers.SGD(
        given.learning_rate, momentum=MOMENTUM, nesterov=True, global_clipnorm=given.clip_norm
    ),
}


def make_optimizer(hyperparameters: Hyperparameters) -> keras.optimizers.Optimizer:
    return OPTIMIZERS[hyperparameters.optimizer](hyperparameters)
