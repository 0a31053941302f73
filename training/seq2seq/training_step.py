"""One step of training: gradients, optimiser, average; on whatever devices the strategy has.

B batch, R replicas (devices) in all, P parts that a replica works through one after the other.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from training.parameters import Hyperparameters
from training.seq2seq.batches import Batch
from training.seq2seq.network import LossSum, Network, seed_at
from training.seq2seq.optimizers import make_optimizer
from training.seq2seq.precision import with_loss_scale
from training.seq2seq.strategy import noticing_who_left
from training.seq2seq.weight_average import WeightAverage
from training.seq2seq.xla import compiling, with_few_shapes

TOKENS = tf.TensorSpec((None, None), tf.int32)
BATCH = Batch(TOKENS, TOKENS, TOKENS, tf.TensorSpec((None,), tf.float32), TOKENS)
SEED = tf.TensorSpec((2,), tf.int32)
UNITS = tf.TensorSpec((), tf.float32)
WISHES = tf.TensorSpec((None,), tf.float32)
LOSS_SCALE = "loss_scale"


class TrainingStep:
    """Changes a network's weights by a batch, and measures without changing them.

    Every replica is given the whole batch and takes its own rows, so one function serves one device, several
    and several machines: the gradients are those of the joint batch. With several parts a replica works
    through its rows in as many turns, in a fraction of the memory. Rows are filled up to a multiple of R x P
    by repeating one with weight 0. Where a network's rows see each other (dual_encoder, mechanism), they see
    only those of their own replica and part, and must leave out those of weight 0.

    Randomness comes from (seed, step number) alone, so that a resumed run takes the same steps; replicas and
    parts draw apart from each other.
    """

    def __init__(self, network: Network, hyperparameters: Hyperparameters) -> None:
        self.network = network
        # The norm of the last step's gradients before they were clipped; inf where a mixed step overflowed.
        self.gradient_norm = 0.0
        # What any worker wished in the last step.
        self.agreed: list[bool] = []
        self._hyperparameters = hyperparameters
        self._strategy = tf.distribute.get_strategy()
        with self._strategy.scope():
            self._inner_optimizer = make_optimizer(hyperparameters)
            leave_summing_to_the_step(self._inner_optimizer)
            self._optimizer = with_loss_scale(self._inner_optimizer)
            self._optimizer.build(network.trainable_variables)
            self.average = WeightAverage(network.trainable_variables, hyperparameters.average_decay)
        self._accumulation = hyperparameters.accumulation
        self._is_compiled = False
        # Either way of computing gradients, so that to try the other one costs no new start.
        self._gradient_functions = {
            compiled: tf.function(
                self._gradients_of_part, input_signature=[BATCH, SEED, UNITS], jit_compile=compiled or None
            )
            for compiled in (False, True)
        }
        self._make_functions()

    def __call__(self, batch: Batch, number: int, wishes: Sequence[bool] = ()) -> tuple[float, float]:
        """Take the step with that number, counted from 0.

        Args:
            wishes: what this worker wants, such as to stop, as many on each; `agreed` then says for each
                whether any worker wants it. That costs nothing beside the step.

        Returns:
            the summed loss, and over how many units.
        """
        arguments = (self._tensors(batch), self._seed(number), tf.constant(list(wishes), tf.float32))
        with noticing_who_left(self._strategy):
            figures = self._step(*arguments).numpy()
        total, count, self.gradient_norm = map(float, figures[:3])
        self.agreed = [bool(wish) for wish in figures[3:]]
        return total, count

    def measure(self, batch: Batch) -> tuple[float, float]:
        """Return summed loss and units without dropout, sampling and smoothing; every worker must call it."""
        with noticing_who_left(self._strategy):
            total, count = self._measure(as_tensors(filled(batch, self._parts_in_all))).numpy()
        return float(total), float(count)

    def rehearse(self, batch: Batch) -> float:
        """Compute the gradients of one part on one device, without changing or sending anything.

        Returns:
            their norm, so that nothing of them is left out.
        """
        part = part_of(self._tensors(batch), 0, self._parts_in_all)
        _, gradients = self._part_gradients(part, self._seed(0), tf.constant(1.0))
        return float(tf.linalg.global_norm(gradients))

    @property
    def accumulation(self) -> int:
        """The parts that a replica works through; to set it makes the step's functions anew."""
        return self._accumulation

    @accumulation.setter
    def accumulation(self, parts: int) -> None:
        self._accumulation = parts
        self._make_functions()

    @property
    def is_compiled(self) -> bool:
        """Whether XLA compiles the gradients; to set it makes the step's functions anew."""
        return self._is_compiled

    @is_compiled.setter
    def is_compiled(self, wanted: bool) -> None:
        self._is_compiled = wanted
        self._make_functions()

    @property
    def learning_rate(self) -> float:
        # Of several devices' copies, which are equal; only an array is made of them.
        return float(np.asarray(self._optimizer.learning_rate))

    @learning_rate.setter
    def learning_rate(self, rate: float) -> None:
        self._optimizer.learning_rate.assign(rate)

    def variables(self) -> list[tuple[str, list[Any]]]:
        """Return all that a checkpoint must hold, in groups with a name each.

        The group `loss_scale` is there in mixed precision only: a run may go on with another precision.
        """
        optimizer = self._inner_optimizer.variables
        groups = [
            ("network", self.network.variables),
            ("optimizer", optimizer),
            ("average", self.average.averages),
        ]
        own = self._optimizer.variables[: len(self._optimizer.variables) - len(optimizer)]
        return [*groups, (LOSS_SCALE, own)] if own else groups

    @property
    def _parts_in_all(self) -> int:
        return int(self._strategy.num_replicas_in_sync) * self._accumulation

    def _make_functions(self) -> None:
        self._step = tf.function(self._joint_step, input_signature=[BATCH, SEED, WISHES])
        self._measure = tf.function(self._joint_measure, input_signature=[BATCH])

    def _part_gradients(self, part: Batch, seed, units):
        with compiling(self._is_compiled):
            return self._gradient_functions[self._is_compiled](part, seed, units)

    def _tensors(self, batch: Batch) -> Batch:
        if self._is_compiled:
            batch = with_few_shapes(filled(batch, self._hyperparameters.batch_size))
        return as_tensors(filled(batch, self._parts_in_all))

    def _seed(self, number: int):
        return tf.constant([self._hyperparameters.seed, number], tf.int32)

    # On all replicas together

    def _joint_step(self, batch: Batch, seed, wishes):
        figures = self._strategy.run(self._replica_step, args=(batch, seed, wishes))
        self.average.update(seed[1])
        return self._strategy.reduce("SUM", figures, axis=None)

    def _joint_measure(self, batch: Batch):
        return self._strategy.reduce("SUM", self._strategy.run(self._replica_loss, args=(batch,)), axis=None)

    # On one replica

    def _replica_step(self, batch: Batch, seed, wishes):
        """Change the weights; return loss, units, a share of the norm and wishes, to be summed."""
        replica = tf.distribute.get_replica_context()
        units = self.network.batch_count(batch)
        scale = self._optimizer.scale_loss(tf.constant(1.0))
        loss, gradients = self._summed_over_parts(
            batch,
            lambda part, number: self._part_gradients(part, seed_of(seed, number), units),
            zeros=(
                no_loss(),
                [tf.zeros(found.shape, found.dtype) for found in self.network.trainable_variables],
            ),
        )
        gradients = replica.all_reduce("SUM", gradients)
        norm = tf.linalg.global_norm(gradients) / scale
        self._optimizer.apply(gradients, self.network.trainable_variables)
        return tf.concat([[loss.total, loss.count, norm / replica.num_replicas_in_sync], wishes], axis=0)

    def _replica_loss(self, batch: Batch):
        loss = self._summed_over_parts(batch, lambda part, _: self.network.batch_loss(part), zeros=no_loss())
        return tf.stack(loss)

    def _gradients_of_part(self, part: Batch, seed, units) -> tuple[LossSum, list[Any]]:
        """Return a part's loss, and its share of the gradients of the joint batch's mean loss."""
        with tf.GradientTape() as tape:
            loss = self.network.batch_loss(
                part,
                seed,
                samples=self._hyperparameters.softmax_samples,
                smoothing=self._hyperparameters.label_smoothing,
            )
            # Divided by all units, the parts' gradients add up to those of the joint batch.
            mean = self._optimizer.scale_loss(tf.math.divide_no_nan(loss.total, units))
        variables = self.network.trainable_variables
        gradients = tape.gradient(mean, variables, unconnected_gradients="zero")
        return loss, [dense(*pair) for pair in zip(gradients, variables, strict=True)]

    def _summed_over_parts(self, batch: Batch, work: Callable[..., Any], *, zeros: Any) -> Any:
        """Return the sum of what `work(part, its number)` gives for this replica's parts of the batch.

        The parts take turns in a loop that begins with `zeros`: what one of them needs is free again when
        the next begins.
        """
        first = tf.distribute.get_replica_context().replica_id_in_sync_group * self._accumulation
        in_all = self._parts_in_all
        if self._accumulation == 1:
            return work(part_of(batch, first, in_all), first)

        def turn(number, sums):
            found = work(part_of(batch, number, in_all), number)
            return number + 1, tf.nest.map_structure(tf.add, sums, found)

        _, sums = tf.while_loop(
            lambda number, _: number < first + self._accumulation,
            turn,
            (tf.convert_to_tensor(first), zeros),
            parallel_iterations=1,
            maximum_iterations=self._accumulation,
        )
        return sums


@dataclass(frozen=True)
class MemoryReport:
    """What a training holds on each device from step to step, in bytes; activations come on top."""

    parameters: int
    weights: int
    gradients: int
    optimizer: int
    average: int

    @property
    def total(self) -> int:
        return self.weights + self.gradients + self.optimizer + self.average

    def __str__(self) -> str:
        shares = ", ".join(
            f"{name} {getattr(self, name) / 1e6:,.1f}"
            for name in ("weights", "gradients", "optimizer", "average")
        )
        return f"{self.parameters:,} parameters; {self.total / 1e6:,.1f} MB on each device: {shares}."


def memory_report(network: Network, step: TrainingStep) -> MemoryReport:
    """Return how large a network and all that is kept to train it are."""
    groups = dict(step.variables())
    trainable = network.trainable_variables
    return MemoryReport(
        parameters=sum(int(np.prod(variable.shape)) for variable in trainable),
        weights=size_of(network.variables),
        gradients=size_of(trainable),
        optimizer=size_of(groups["optimizer"]),
        average=size_of(groups["average"]),
    )


def size_of(variables: Sequence[Any]) -> int:
    """Return the bytes of variables."""
    return sum(int(np.prod(variable.shape)) * tf.as_dtype(variable.dtype).size for variable in variables)


def leave_summing_to_the_step(optimizer: Any) -> None:
    """Let an optimiser take gradients as they are: the step has summed them over the replicas.

    Keras would do that itself, but after each replica has clipped its own by their norm: that of the joint
    batch is another one.
    """
    optimizer._all_reduce_sum_gradients = lambda gradients_and_variables: gradients_and_variables


def dense(gradient, variable):
    """Return a gradient that an embedding left as slices as one tensor of the variable's shape.

    Slices name a row as often as it was looked up; Keras takes their norm without summing those first.
    """
    if not isinstance(gradient, tf.IndexedSlices):
        return gradient
    return tf.math.unsorted_segment_sum(gradient.values, gradient.indices, num_segments=variable.shape[0])


def no_loss() -> LossSum:
    return LossSum(tf.constant(0.0), tf.constant(0.0))


def part_of(batch: Batch, number, parts: int) -> Batch:
    """Return the rows (B / parts) of the part with that number; all distractors are in every part."""
    if parts == 1:
        return batch
    size = tf.shape(batch.weights)[0] // parts
    return with_rows(batch, slice(number * size, (number + 1) * size))


def seed_of(seed, number):
    """Return a part's own seed (2,); the first has the step's."""
    return tf.where(tf.equal(number, 0), seed, seed_at(seed, number))


def filled(batch: Batch, multiple: int) -> Batch:
    """Return a batch whose number of rows is a multiple, the last one repeated with weight 0.

    A repeated row has tokens: cuDNN takes no empty sequence.
    """
    missing = -len(batch.weights) % multiple
    if not missing:
        return batch
    rows = np.minimum(np.arange(len(batch.weights) + missing), len(batch.weights) - 1)
    weights = np.concatenate([batch.weights, np.zeros(missing, np.float32)])
    return with_rows(batch, rows)._replace(weights=weights)


def with_rows(batch: Batch, rows: Any) -> Batch:
    """Return a batch of some rows; the distractors are no rows, but wrong for each."""
    return Batch(
        batch.questions[rows], batch.inputs[rows], batch.targets[rows], batch.weights[rows], batch.distractors
    )


def as_tensors(batch: Batch) -> Batch:
    return Batch(*(tf.constant(np.ascontiguousarray(array)) for array in batch))
