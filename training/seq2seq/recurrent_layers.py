"""Recurrent layers that run by `scan`, or by Keras and cuDNN from the same weights.

B batch, S longest question, N rows: the tokens of the whole batch; I numbers that go in, U units, G gates.
"""

from typing import Any, Protocol

import keras
import tensorflow as tf

from training.seq2seq.network import PAD_ID
from training.seq2seq.recurrent_scan import Turns, scan

EPSILON = 1e-6
# oneDNN compiles for each number of rows and keeps that: of so many numbers only the multiples occur.
GRAIN = 16
GLOROT, ORTHOGONAL = keras.initializers.GlorotUniform, keras.initializers.Orthogonal


# The arithmetic of a cell, with the gates in Keras' order


def lstm(gates, output, cell):
    """Return output and cell of an LSTM (Gers et al. 2000), (B, U) each, from gates (B, 4U)."""
    opened, forgotten, candidate, shown = tf.split(gates, 4, axis=1)  # (B, U) each
    cell = tf.sigmoid(forgotten) * cell + tf.sigmoid(opened) * tf.tanh(candidate)
    return [tf.sigmoid(shown) * tf.tanh(cell), cell]


def gru(gates, own_gates, output):
    """Return the output (B, U) of a GRU (Cho et al. 2014) from gates (B, 3U) of what goes in and of itself.

    The reset gate works on the product with the output, as in cuDNN.
    """
    kept, reset, candidate = tf.split(gates, 3, axis=1)  # (B, U) each
    own_kept, own_reset, own_candidate = tf.split(own_gates, 3, axis=1)
    candidate = tf.tanh(candidate + tf.sigmoid(reset + own_reset) * own_candidate)
    return [candidate + tf.sigmoid(kept + own_kept) * (output - candidate)]


# Cells of a decoder


class LstmCell(keras.layers.Layer):
    """An LSTM in a loop: what goes in is partly known before it, as embeddings are, partly made in it.

    States: output and cell. One product makes all gates, of what goes in and the output side by side.
    """

    states = 2

    def __init__(self, known: int, inputs: int, units: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.known = known_weight(self, known, 4 * units)
        self.kernel = self.add_weight(
            shape=(inputs + units, 4 * units), initializer=recurrent_start, name="kernel"
        )
        self.bias = self.add_weight(shape=(4 * units,), initializer=open_forget_gate, name="bias")

    def addends(self, rows):
        """Return the addends of its products, from what is known (N, known)."""
        return {self.name: projected(rows, self.known, self.bias)}

    def kernels(self, dtype):
        return {self.name: tf.cast(self.kernel, dtype)}

    def turn(self, products, states, inputs, mask=None):
        """Return the states behind a step; `mask` is of inputs and output side by side."""
        joined = masked(tf.concat([inputs, states[0]], axis=1), mask)  # (B, I + U)
        return lstm(products(self.name, joined), *states)


class GruCell(keras.layers.Layer):
    """A GRU in a loop, in the way of `LstmCell`; its state is the output."""

    states = 1

    def __init__(self, known: int, inputs: int, units: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.known = known_weight(self, known, 3 * units)
        self.kernel = self.add_weight(shape=(inputs, 3 * units), initializer=GLOROT(), name="kernel")
        self.own_kernel = self.add_weight(
            shape=(units, 3 * units), initializer=ORTHOGONAL(), name="own_kernel"
        )
        self.bias = self.add_weight(shape=(3 * units,), initializer="zeros", name="bias")
        self.own_bias = self.add_weight(shape=(3 * units,), initializer="zeros", name="own_bias")

    def addends(self, rows):
        gates = projected(rows, self.known, self.bias)  # (N, 3U)
        return {self.name: gates, f"{self.name}_own": tf.zeros_like(gates) + like(gates, self.own_bias)}

    def kernels(self, dtype):
        named = {self.name: self.kernel, f"{self.name}_own": self.own_kernel}
        return {name: tf.cast(kernel, dtype) for name, kernel in named.items()}

    def turn(self, products, states, inputs, mask=None):
        size = inputs.shape[1]
        inputs = masked(inputs, None if mask is None else mask[:, :size])  # (B, I)
        output = masked(states[0], None if mask is None else mask[:, size:])  # (B, U)
        return gru(products(self.name, inputs), products(f"{self.name}_own", output), *states)


CELLS: dict[str, Any] = {"lstm": LstmCell, "gru": GruCell}


def known_weight(layer, known: int, gates: int) -> Any:
    """Return a cell's matrix for what is known before the loop; None where nothing is."""
    return layer.add_weight(shape=(known, gates), initializer=GLOROT(), name="known") if known else None


def recurrent_start(shape, dtype=None):
    """Return a matrix (I + U, G U) that begins as Keras begins its two parts."""
    units = shape[1] // 4
    own = ORTHOGONAL()((units, shape[1]), dtype)  # (U, G U)
    return tf.concat([GLOROT()((shape[0] - units, shape[1]), dtype), own], axis=0)


def open_forget_gate(shape, dtype=None):
    """Return a bias that lets an LSTM remember at first (Jozefowicz et al. 2015, section 5)."""
    units = shape[0] // 4
    return tf.concat([tf.zeros(units, dtype), tf.ones(units, dtype), tf.zeros(2 * units, dtype)], axis=0)


# Layers of an encoder


class Tokens(Protocol):
    """The tokens of a batch of questions, in the order in which layers take them."""

    ids: Any

    def run(self, layer, sequence) -> tuple[Any, list[Any]]:
        """Return the outputs of a Keras layer for each token, and its last states, (B, U) each."""

    def reversed(self, sequence):
        """Return each question from its end to its beginning."""

    def spread(self, values):
        """Return what belongs to a question (B, I) so that it can be multiplied with its tokens."""

    def padded(self, sequence):
        """Return (B, S, I) in the order of the questions, 0 for padding."""


class PaddedTokens:
    """As they come, padding among them (B, S): for Keras' loop and cuDNN's kernel."""

    def __init__(self, question) -> None:
        self.ids = question
        self._mask = tf.not_equal(question, PAD_ID)  # (B, S)
        self._lengths = tf.math.count_nonzero(self._mask, axis=1, dtype=tf.int32)  # (B,)

    def run(self, layer, sequence):
        outputs, *states = layer(sequence, mask=self._mask)  # (B, S, U)
        return outputs, states

    def reversed(self, sequence):
        return tf.reverse_sequence(sequence, self._lengths, seq_axis=1)

    def spread(self, values):
        return values[:, tf.newaxis]

    def padded(self, sequence):
        return sequence


class PackedTokens:
    """Without padding (N,), first the first ones of all questions, the longest question's first.

    Behind them come a few ids of padding, so that N is one of few numbers.
    Answers decide which exchanges come together, so that a third of a batch of questions is padding.
    """

    def __init__(self, question) -> None:
        mask = tf.not_equal(question, PAD_ID)  # (B, S)
        lengths = tf.math.count_nonzero(mask, axis=1, dtype=tf.int32)  # (B,)
        order = tf.argsort(lengths, direction="DESCENDING", stable=True)  # (B,)
        steps = tf.transpose(tf.gather(mask, order))  # (S, B)
        number, rank = tf.unstack(tf.cast(tf.where(steps), tf.int32), axis=1)  # (N,) each
        rows = tf.gather(order, rank)  # (N,)
        counts = tf.math.count_nonzero(steps, axis=1, dtype=tf.int32)  # (S,)
        starts = tf.cumsum(counts, exclusive=True)  # (S,)
        mirrored = tf.gather(starts, tf.gather(lengths, rows) - 1 - number) + rank  # (N,)
        spare = -tf.size(rows) % GRAIN
        self._shape = tf.shape(question)
        self._order, self._ranks = order, tf.argsort(order)  # (B,) each
        self._places = tf.stack([rows, number], axis=1)  # (N, 2)
        self._rows = tf.pad(rows, [[0, spare]])
        self._mirrored = tf.concat([mirrored, tf.size(rows) + tf.range(spare)], axis=0)
        self._turns = Turns(tf.reduce_max(lengths), self._shape[0], counts, starts, spare)
        self.ids = tf.pad(tf.gather_nd(question, self._places), [[0, spare]])

    def run(self, layer, sequence):
        run = self._run_lstm if isinstance(layer, keras.layers.LSTM) else self._run_gru
        (outputs, *_), last = run(layer.cell, sequence, self._nothing(sequence, layer.units))
        return outputs, [permuted(state, self._ranks, self._order) for state in last]

    def _run_lstm(self, cell, sequence, nothing):
        return scan(
            lambda products, states: lstm(products("gates", states[0]), *states),
            {"gates": projected(sequence, cell.kernel, cell.bias)},
            {"gates": like(sequence, cell.recurrent_kernel)},
            [nothing, nothing],
            self._turns,
            kept=[0],
        )

    def _run_gru(self, cell, sequence, nothing):
        bias, own_bias = tf.unstack(tf.convert_to_tensor(cell.bias))  # (3U,) each
        gates = projected(sequence, cell.kernel, bias)  # (N, 3U)
        return scan(
            lambda products, states: gru(products("gates"), products("own_gates", states[0]), *states),
            {"gates": gates, "own_gates": tf.zeros_like(gates) + like(gates, own_bias)},
            {"own_gates": like(sequence, cell.recurrent_kernel)},
            [nothing],
            self._turns,
            kept=[0],
        )

    def _nothing(self, sequence, units: int):
        return tf.zeros([self._shape[0], units], sequence.dtype)  # (B, U)

    def reversed(self, sequence):
        return permuted(sequence, self._mirrored, self._mirrored)

    def spread(self, values):
        return tf.gather(values, self._rows)

    def padded(self, sequence):
        values = sequence[: tf.shape(self._places)[0]]
        return tf.scatter_nd(self._places, values, [*tf.unstack(self._shape), sequence.shape[1]])


class Bidirectional(keras.layers.Layer):
    """Two recurrent layers, one from the beginning, one from the end (Schuster & Paliwal 1997).

    Inputs: a sequence and the tokens in whose order it is.
    Outputs: the outputs of both side by side, 2U for each token, and their last states, (B, 2U) each.
    Masking: padding changes nothing but the outputs at its own places.
    """

    def __init__(self, cell: str, inputs: int, units: int, *, use_cudnn: bool | str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        layer = keras.layers.LSTM if cell == "lstm" else keras.layers.GRU
        self.directions = [
            layer(units, return_sequences=True, return_state=True, use_cudnn=use_cudnn, name=name)
            for name in ("forward", "backward")
        ]
        with keras.name_scope(self.name):
            for direction in self.directions:
                direction.build((None, None, inputs))

    def call(self, sequence, *, tokens: Tokens):
        forward, states = tokens.run(self.directions[0], sequence)
        backward, others = tokens.run(self.directions[1], tokens.reversed(sequence))
        outputs = tf.concat([forward, tokens.reversed(backward)], axis=-1)
        return outputs, [tf.concat(pair, axis=-1) for pair in zip(states, others, strict=True)]


# What they share


def projected(rows, kernel, bias):
    """Return rows (N, I) times a matrix, and a bias; the bias alone where there is no matrix."""
    if kernel is None:
        return tf.tile(like(rows, bias)[tf.newaxis], [tf.shape(rows)[0], 1])
    return tf.nn.bias_add(tf.matmul(rows, like(rows, kernel)), like(rows, bias))


def permuted(values, there, back):
    """Return the rows in the order `there`; gradients come `back` as rows, not as slices to be added up."""

    @tf.custom_gradient
    def rows_of(values):
        return tf.gather(values, there), lambda upstream: tf.gather(upstream, back)

    return rows_of(values)


def normalised(values):
    """Layer normalisation (Ba et al. 2016) without weights: those of the product that follows do as well."""
    values = values - tf.reduce_mean(values, axis=-1, keepdims=True)
    return values * tf.math.rsqrt(tf.reduce_mean(tf.square(values), axis=-1, keepdims=True) + EPSILON)


def masked(values, mask):
    return values if mask is None else values * mask


def like(values, weight):
    """Return a weight in the precision of the values."""
    return tf.cast(weight, values.dtype)
