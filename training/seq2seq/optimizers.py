"""The optimisers that a run can be told: a new one is a line here."""

from collections.abc import Callable

import keras

from training.parameters import Hyperparameters

Make = Callable[[Hyperparameters], keras.optimizers.Optimizer]
MOMENTUM = 0.9
OPTIMIZERS: dict[str, Make] = {
    # Kingma & Ba 2015.
    "adam": lambda given: keras.optimizers.Adam(given.learning_rate, global_clipnorm=given.clip_norm),
    # Loshchilov & Hutter 2019: weights decay apart from the gradients.
    "adamw": lambda given: keras.optimizers.AdamW(
        given.learning_rate, weight_decay=given.weight_decay, global_clipnorm=given.clip_norm
    ),
    "sgd": lambda given: keras.optimizers.SGD(
        given.learning_rate, momentum=MOMENTUM, nesterov=True, global_clipnorm=given.clip_norm
    ),
}


def make_optimizer(hyperparameters: Hyperparameters) -> keras.optimizers.Optimizer:
    return OPTIMIZERS[hyperparameters.optimizer](hyperparameters)
