"""One step of training: gradients, optimiser, average; on whatever devices the strategy has."""

from typing import Any

import numpy as np
import tensorflow as tf

from training.parameters import Hyperparameters
from training.seq2seq.batches import Batch
from training.seq2seq.network import LossSum, Network
from training.seq2seq.optimizers import make_optimizer
from training.seq2seq.weight_average import WeightAverage

TOKENS = tf.TensorSpec((None, None), tf.int32)
BATCH = Batch(TOKENS, TOKENS, TOKENS, tf.TensorSpec((None,), tf.float32), TOKENS)
SEED = tf.TensorSpec((2,), tf.int32)


class TrainingStep:
    """Changes a network's weights by a batch, and measures without changing them.

    Randomness comes from (seed, step number) alone, so that a resumed run takes the same steps.
    """

    def __init__(self, network: Network, hyperparameters: Hyperparameters) -> None:
        self.network = network
        self._hyperparameters = hyperparameters
        self._strategy = tf.distribute.get_strategy()
        with self._strategy.scope():
            self._optimizer = make_optimizer(hyperparameters)
            self._optimizer.build(network.trainable_variables)
            self.average = WeightAverage(network.trainable_variables, hyperparameters.average_decay)
        self._step = tf.function(self._joint_step, input_signature=[BATCH, SEED])
        self._measure = tf.function(network.batch_loss, input_signature=[BATCH])

    def __call__(self, batch: Batch, number: int) -> tuple[float, float]:
        """Take the step with that number, counted from 0.

        Returns:
            the summed loss, and over how many units.
        """
        seed = tf.constant([self._hyperparameters.seed, number], tf.int32)
        total, count = self._step(as_tensors(batch), seed)
        return float(total), float(count)

    def measure(self, batch: Batch) -> tuple[float, float]:
        total, count = self._measure(as_tensors(batch))
        return float(total), float(count)

    @property
    def learning_rate(self) -> float:
        return float(self._optimizer.learning_rate)

    @learning_rate.setter
    def learning_rate(self, rate: float) -> None:
        self._optimizer.learning_rate.assign(rate)

    def variables(self) -> list[tuple[str, list[Any]]]:
        """Return all that a checkpoint must hold, in groups with a name each."""
        return [
            ("network", self.network.variables),
            ("optimizer", self._optimizer.variables),
            ("average", self.average.averages),
        ]

    def _joint_step(self, batch: Batch, seed) -> LossSum:
        total, count = self._strategy.run(self._replica_step, args=(batch, seed))
        reduce = self._strategy.reduce
        return LossSum(reduce("SUM", total, axis=None), reduce("SUM", count, axis=None))

    def _replica_step(self, batch: Batch, seed) -> LossSum:
        # Divided by all replicas' units, gradients add up to those of the joint batch.
        all_units = tf.distribute.get_replica_context().all_reduce("SUM", self.network.batch_count(batch))
        with tf.GradientTape() as tape:
            loss = self.network.batch_loss(
                batch,
                seed,
                samples=self._hyperparameters.softmax_samples,
                smoothing=self._hyperparameters.label_smoothing,
            )
            mean = loss.total / all_units
        variables = self.network.trainable_variables
        self._optimizer.apply_gradients(zip(tape.gradient(mean, variables), variables, strict=True))
        self.average.update(seed[1])
        return loss


def as_tensors(batch: Batch) -> Batch:
    return Batch(*(tf.constant(np.ascontiguousarray(array)) for array in batch))
