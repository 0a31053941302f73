"""What a transformer is made of: attention with many heads, its two kinds of layers, positions.

B batch, S question length, T answer length, D hidden size, h heads, d = D / h, N rows: tokens of the whole
batch, one after the other, so that every projection is one product of two matrices.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import keras
import tensorflow as tf

from training.seq2seq.attention import MASKED_SCORE

# The feed-forward layer is so many times wider (Vaswani et al. 2017, table 3).
WIDENING = 4
LONGEST_WAVE = 10_000.0
EPSILON = 1e-6

# Leaves out a share of the values; a layer numbers its places from 0.
Drop = Callable[[Any, int], Any]


class KeysValues(NamedTuple):
    """What attention looks at, both (B, h, S, d)."""

    keys: Any
    values: Any


class Tokens:
    """The tokens of a padded batch as rows (N, ...), without the padding.

    Questions of a batch differ in length, since answers decide which exchanges come together: a third of the
    encoder's work would be padding.
    """

    def __init__(self, mask) -> None:
        self._length = tf.size(mask, tf.int64)
        self._places = tf.where(tf.reshape(mask, [-1]))  # (N, 1)

    def pack(self, values):
        """Return the rows (N, ...) of tokens, of rows (B * S, ...)."""
        return tf.gather_nd(values, self._places)

    def unpack(self, rows):
        """Return rows (N, D) of tokens as rows (B * S, D), with 0 for padding."""
        return tf.scatter_nd(self._places, rows, [self._length, rows.shape[-1]])


class EncoderLayer(keras.layers.Layer):
    """Self-attention and feed-forward, each normalised before (Xiong et al. 2020, figure 1b).

    Inputs: rows (N, D), the mask (B, S), the tokens that the rows are.
    Masking: nothing attends to padding.
    """

    def __init__(self, size: int, heads: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.heads = heads
        with keras.name_scope(self.name):
            self.attention_norm = norm(size, "attention_norm")
            # Queries, keys and values in one product.
            self.projections = dense(size, 3 * size, "projections")
            self.joined = dense(size, size, "joined")
            self.feed_forward = FeedForward(size, name="feed_forward")

    def call(self, rows, mask, *, tokens: Tokens, drop: Drop):
        projected = tokens.unpack(self.projections(self.attention_norm(rows)))  # (B * S, 3 D)
        queries, keys, values = split_heads(projected, 3, self.heads, tf.shape(mask)[0])  # (B, h, S, d)
        context, _ = attend(queries, KeysValues(keys, values), mask[:, tf.newaxis, tf.newaxis])
        rows += drop(self.joined(tokens.pack(join_heads(context))), 0)  # (N, D)
        return rows + drop(self.feed_forward(rows), 1)  # (N, D)


class DecoderLayer(keras.layers.Layer):
    """Self-attention, attention to the question, feed-forward, each normalised before.

    Inputs:
        rows (B * T, D).
        past: the keys and values of what was said before, None at the beginning.
        question: its keys and values for this layer.
        may_see (T, S): the tokens that a token may see, itself included; None where it may see all.
        mask (B, S) of the question.

    Outputs:
        rows (B * T, D), the keys and values of all that was said, weights over the question (B, h, T, S).
    """

    def __init__(self, size: int, heads: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.heads = heads
        with keras.name_scope(self.name):
            self.self_norm = norm(size, "self_norm")
            self.projections = dense(size, 3 * size, "projections")
            self.joined = dense(size, size, "joined")
            self.question_norm = norm(size, "question_norm")
            self.question_queries = dense(size, size, "question_queries")
            self.question_joined = dense(size, size, "question_joined")
            self.feed_forward = FeedForward(size, name="feed_forward")

    def call(self, rows, past: KeysValues | None, question: KeysValues, may_see, mask, *, drop: Drop):
        batch = tf.shape(mask)[0]
        projected = self.projections(self.self_norm(rows))  # (B * T, 3 D)
        queries, keys, values = split_heads(projected, 3, self.heads, batch)  # each (B, h, T, d)
        said = KeysValues(keys, values) if past is None else appended(past, keys, values)
        context, _ = attend(queries, said, may_see)  # (B, h, T, d)
        rows += drop(self.joined(join_heads(context)), 0)  # (B * T, D)

        asked = self.question_queries(self.question_norm(rows))  # (B * T, D)
        (queries,) = split_heads(asked, 1, self.heads, batch)  # (B, h, T, d)
        context, weights = attend(queries, question, mask[:, tf.newaxis, tf.newaxis])
        rows += drop(self.question_joined(join_heads(context)), 1)  # (B * T, D)
        return rows + drop(self.feed_forward(rows), 2), said, weights


class FeedForward(keras.layers.Layer):
    """Two projections with a rectifier between them (Vaswani et al. 2017, section 3.3), of rows (N, D)."""

    def __init__(self, size: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        with keras.name_scope(self.name):
            self.norm = norm(size, "norm")
            self.widened = dense(size, WIDENING * size, "widened", activation="relu")
            self.narrowed = dense(WIDENING * size, size, "narrowed")

    def call(self, rows):
        return self.narrowed(self.widened(self.norm(rows)))  # (N, D)


def attend(queries, seen: KeysValues, may_see=None):
    """Scaled dot-product attention (Vaswani et al. 2017, section 3.2.1).

    Returns:
        context (B, h, T, d) and weights (B, h, T, S), which sum to 1 over S.
    """
    scores = tf.matmul(queries, seen.keys, transpose_b=True) * queries.shape[-1] ** -0.5  # (B, h, T, S)
    if may_see is not None:
        scores = tf.where(may_see, scores, tf.cast(MASKED_SCORE, scores.dtype))
    weights = tf.nn.softmax(scores)  # (B, h, T, S)
    return tf.matmul(weights, seen.values), weights


def appended(past: KeysValues, keys, values) -> KeysValues:
    return KeysValues(tf.concat([past.keys, keys], 2), tf.concat([past.values, values], 2))


def split_heads(rows, parts: int, heads: int, batch) -> list[Any]:
    """Return the parts of rows (B * T, parts * D), each (B, h, T, d)."""
    size = rows.shape[-1] // parts // heads
    divided = tf.reshape(rows, [batch, -1, parts, heads, size])
    return tf.unstack(tf.transpose(divided, [2, 0, 3, 1, 4]), num=parts)


def join_heads(values):
    """Return (B, h, T, d) as rows (B * T, D)."""
    return tf.reshape(tf.transpose(values, [0, 2, 1, 3]), [-1, values.shape[1] * values.shape[3]])


def position_codes(first, number, size: int):
    """Return sinusoids (number, size) of the positions from `first` on: no length is too long.

    Vaswani et al. 2017, section 3.5; all sines first, then all cosines, which is the same to a network.
    """
    waves = LONGEST_WAVE ** (-tf.range(0, size, 2, tf.float32) / size)  # (size / 2, rounded up)
    angles = tf.cast(first + tf.range(number), tf.float32)[:, tf.newaxis] * waves
    return tf.concat([tf.sin(angles), tf.cos(angles)], axis=1)[:, :size]


def dense(inputs: int, units: int, name: str, activation: str | None = None) -> keras.layers.Dense:
    """Return a projection without a bias: the one of the normalisation before it does the same."""
    layer = keras.layers.Dense(
        units,
        activation=activation,
        use_bias=False,
        # Glorot's start of a square matrix, for each of the matrices that stand side by side in one.
        kernel_initializer=keras.initializers.VarianceScaling(1.0, "fan_in", "uniform"),
        name=name,
    )
    layer.build((None, inputs))
    return layer


def norm(size: int, name: str) -> keras.layers.LayerNormalization:
    layer = keras.layers.LayerNormalization(epsilon=EPSILON, name=name)
    layer.build((None, size))
    return layer
