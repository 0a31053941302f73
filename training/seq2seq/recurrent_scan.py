"""A loop over time that remembers little and whose weights learn behind it.

T steps, B batch, N rows: those of all steps, step behind step. I numbers go into a product, O come out.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import tensorflow as tf

Tensors = Mapping[str, Any]
Arrays = dict[str, tf.TensorArray]


class Products:
    """A step's products by name: what goes in (B, I) times a matrix (I, O), or each row's own one (B, I, O).

    To each an addend (B, O) is added, such as a bias; one without a matrix is its addend.
    """

    def __init__(self, addends: Tensors, kernels: Tensors) -> None:
        self._addends = addends
        self._kernels = kernels
        self.outputs: dict[str, Any] = {}

    def __call__(self, name: str, inputs=None):
        output = self._addends[name]
        if name in self._kernels:
            output += times(inputs, self._kernels[name])
        self.outputs[name] = output
        return output


class Replay:
    """The products of a step that was taken before: their outputs are known, only gradients are computed."""

    def __init__(self, outputs: Tensors, kernels: Tensors) -> None:
        self._outputs = outputs
        self._kernels = kernels
        # What went into each product that has a matrix.
        self.inputs: dict[str, Any] = {}

    def __call__(self, name: str, inputs=None):
        if name not in self._kernels:
            return self._outputs[name]
        self.inputs[name] = inputs
        kernel = self._kernels[name]

        @tf.custom_gradient
        def output_of(inputs, output):
            return tf.identity(output), lambda upstream: (times_transposed(upstream, kernel), upstream)

        return output_of(inputs, self._outputs[name])


# Takes a step's products and the states (B, ...) before it, returns the states behind it.
Step = Callable[[Any, Sequence[Any]], Sequence[Any]]


@dataclass(frozen=True)
class Turns:
    """Which rows take part in which step: `counts` (T,), the first so many, never more than a step before.

    Without `counts` all B take part in all steps.
    """

    length: Any
    batch: Any
    counts: Any = None
    # Where each step's rows begin.
    starts: Any = None
    # Rows behind those of the last step that take part in none.
    spare: Any = 0

    def rows(self, values, number):
        """Return a step's rows of (N, I)."""
        if self.counts is None:
            return tf.slice(values, [number * self.batch, 0], [self.batch, -1])
        return tf.slice(values, [self.starts[number], 0], [self.counts[number], -1])

    def taking_part(self, states, number):
        """Return the states (B, ...) of the step's rows alone."""
        return states if self.counts is None else [state[: self.counts[number]] for state in states]

    def merged(self, changed, states, number):
        """Return the states of all (B, ...): those of the step's rows have changed."""
        if self.counts is not None:
            pairs = zip(changed, states, strict=True)
            changed = [tf.concat([new, old[self.counts[number] :]], axis=0) for new, old in pairs]
        # A loop wants shapes to be known as before, but cannot tell that they are.
        return [tf.ensure_shape(new, old.shape) for new, old in zip(changed, states, strict=True)]

    def empty(self, like) -> tf.TensorArray:
        """Return an array of tensors to come, one a step, as wide as this one."""
        return tf.TensorArray(
            like.dtype,
            self.length if self.counts is None else self.length + 1,
            element_shape=[None, like.shape[-1]],
            infer_shape=False,
            clear_after_read=False,
        )

    def joined(self, array: tf.TensorArray, like):
        """Return the rows (N, ...) of all steps, as wide as `like`; what is spare is 0."""
        width = like.shape[-1] or tf.shape(like)[-1]
        if self.counts is None:
            return tf.reshape(array.stack(), [-1, width])
        rest = tf.zeros([self.spare, width], like.dtype)
        return tf.reshape(array.write(self.length, rest).concat(), [-1, width])


def scan(
    step: Step, addends: Tensors, kernels: Tensors, states: Sequence[Any], turns: Turns, kept: Sequence[int]
) -> tuple[list[Any], list[Any]]:
    """Take T steps; return the states with the numbers `kept` behind each (N, ...), and the last ones.

    Only states and the outputs of products are remembered: going backwards the rest of a step is computed
    anew, in a fraction of the memory. What reaches an output y = a + x W reaches the addend a, so that W's
    gradient, the sum of x^T a' over all steps, is one product behind the loop.

    Args:
        step: what learns must come to it through the other arguments alone.
        addends: (N, O) of each product.
        kernels: the matrices, (I, O), or (B, I, O) where all rows take part in all steps.
        states: before the first step.
    """

    @tf.custom_gradient
    def run(*given):
        rest = iter(given)
        own_addends = dict(zip(addends, islice(rest, len(addends)), strict=True))
        own_kernels = dict(zip(kernels, islice(rest, len(kernels)), strict=True))
        results, last, past = take_steps(step, own_addends, own_kernels, list(rest), turns, kept)

        def gradient(*upstream):
            of_results = dict(zip(kept, upstream, strict=False))
            slopes = list(upstream[len(kept) :])
            of_addends, inputs, of_states = retrace_steps(
                step, past, own_addends, own_kernels, slopes, of_results, turns
            )
            of_kernels = [
                kernel_gradient(inputs[name], of_addends[name], kernel, turns)
                for name, kernel in own_kernels.items()
            ]
            return [*of_addends.values(), *of_kernels, *of_states]

        return [*results, *last], gradient

    found = run(*addends.values(), *kernels.values(), *states)
    return list(found[: len(kept)]), list(found[len(kept) :])


@dataclass(frozen=True)
class Past:
    """What is remembered of each step: the states before it, the outputs of its products."""

    states: list[tf.TensorArray]
    outputs: Arrays


def take_steps(
    step: Step, addends: Tensors, kernels: Tensors, states: Sequence[Any], turns: Turns, kept: Sequence[int]
) -> tuple[list[Any], list[Any], Past]:
    def turn(number, states, before, outputs, results):
        taking = turns.taking_part(states, number)
        products = Products({name: turns.rows(values, number) for name, values in addends.items()}, kernels)
        changed = list(step(products, taking))
        return (
            number + 1,
            turns.merged(changed, states, number),
            [array.write(number, state) for array, state in zip(before, taking, strict=True)],
            {name: array.write(number, products.outputs[name]) for name, array in outputs.items()},
            [array.write(number, changed[place]) for array, place in zip(results, kept, strict=True)],
        )

    _, last, before, outputs, results = tf.while_loop(
        lambda number, *_: number < turns.length,
        turn,
        (
            tf.constant(0),
            list(states),
            [turns.empty(state) for state in states],
            {name: turns.empty(values) for name, values in addends.items()},
            [turns.empty(states[place]) for place in kept],
        ),
        maximum_iterations=turns.length,
    )
    together = [turns.joined(array, states[place]) for array, place in zip(results, kept, strict=True)]
    return together, last, Past(before, outputs)


def retrace_steps(
    step: Step,
    past: Past,
    addends: Tensors,
    kernels: Tensors,
    slopes: Sequence[Any],
    of_results: Mapping[int, Any],
    turns: Turns,
) -> tuple[dict[str, Any], dict[str, Any], list[Any]]:
    """Go through the steps from the last to the first.

    Args:
        slopes: the gradients of the last states.
        of_results: those of the states behind each step (N, ...), by their numbers.

    Returns:
        the gradients of the addends (N, O), what went into each product (N, I), the gradients of the states
        before the first step.
    """

    def turn(number, slopes, of_addends, inputs):
        taking = [array.read(number) for array in past.states]
        outputs = {name: array.read(number) for name, array in past.outputs.items()}
        upstream = [
            slope + turns.rows(of_results[place], number) if place in of_results else slope
            for place, slope in enumerate(turns.taking_part(slopes, number))
        ]
        found, of_outputs, went_in = retrace(step, taking, outputs, kernels, upstream)
        return (
            number - 1,
            turns.merged(found, slopes, number),
            {name: array.write(number, of_outputs[name]) for name, array in of_addends.items()},
            {name: array.write(number, went_in[name]) for name, array in inputs.items()},
        )

    _, slopes, of_addends, inputs = tf.while_loop(
        lambda number, *_: number >= 0,
        turn,
        (
            turns.length - 1,
            list(slopes),
            {name: turns.empty(values) for name, values in addends.items()},
            {name: turns.empty(kernel[..., 0]) for name, kernel in kernels.items()},
        ),
        maximum_iterations=turns.length,
    )
    return (
        {name: turns.joined(array, addends[name]) for name, array in of_addends.items()},
        {name: turns.joined(array, kernels[name][..., 0]) for name, array in inputs.items()},
        list(slopes),
    )


def retrace(step: Step, states: Sequence[Any], outputs: Tensors, kernels: Tensors, upstream: Sequence[Any]):
    """Take a step again; return the gradients of its states and outputs, and what went into its products."""
    replay = Replay(outputs, kernels)
    with tf.GradientTape() as tape:
        tape.watch([states, outputs])
        changed = list(step(replay, states))
    found, of_outputs = tape.gradient(changed, [states, outputs], upstream, unconnected_gradients="zero")
    return found, of_outputs, replay.inputs


def times(inputs, kernel):
    """Return inputs (B, I) times a matrix (I, O), or times each row's own one (B, I, O)."""
    if kernel.shape.rank == 2:
        return tf.matmul(inputs, kernel)
    return each_times(inputs[:, tf.newaxis], kernel)[:, 0]


def times_transposed(outputs, kernel):
    """Return outputs (B, O) times the transposed matrix."""
    if kernel.shape.rank == 2:
        return tf.matmul(outputs, kernel, transpose_b=True)
    return each_times(kernel, outputs[:, :, tf.newaxis])[:, :, 0]


def kernel_gradient(inputs, slopes, kernel, turns: Turns):
    """Return the gradient of a matrix from what went in (N, I) and what came back (N, O)."""
    if kernel.shape.rank == 2:
        return tf.matmul(inputs, slopes, transpose_a=True)  # (I, O)
    return each_times(by_rows(inputs, turns), by_rows(slopes, turns), transposed=True)  # (B, I, O)


def each_times(left, right, *, transposed: bool = False):
    """Return the products of two batches of matrices, those on the left transposed if wanted.

    On a CPU `tf.matmul` keeps 0.35 MB for each new shape, and questions and answers have many lengths.
    """
    if left.dtype != tf.float32:
        return tf.matmul(left, right, transpose_a=transposed)
    return tf.raw_ops.BatchMatMulV3(x=left, y=right, Tout=left.dtype, adj_x=transposed)


def by_rows(values, turns: Turns):
    """Return (N, I) as (B, T, I)."""
    size = values.shape[-1] or tf.shape(values)[-1]
    return tf.transpose(tf.reshape(values, [-1, turns.batch, size]), [1, 0, 2])
