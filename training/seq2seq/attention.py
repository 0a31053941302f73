"""Attention over the question's outputs.

B batch, S question length, T answer length, U units.
"""

import keras
import tensorflow as tf

# Larger than any score, small enough for float16.
MASKED_SCORE = -6e4


class LuongAttention(keras.layers.Layer):
    """Global attention with the "general" score (Luong et al. 2015, section 3.1, equations 5 to 8).

    Inputs:
        queries (B, T, U): the decoder's outputs.
        memory (B, S, U): the encoder's outputs.
        mask (B, S): True where the question has a token; the others get no weight.

    Outputs:
        attentional hidden states (B, T, U) and weights (B, T, S), which sum to 1 over S.
    """

    def __init__(self, units: int, **kwargs) -> None:
        super().__init__(**kwargs)
        self.units = units
        self.score = keras.layers.Dense(units, use_bias=False, name="score")
        self.combine = keras.layers.Dense(units, activation="tanh", use_bias=False, name="combine")

    def call(self, queries, memory, mask):
        scores = tf.matmul(self.score(queries), memory, transpose_b=True)  # (B, T, S)
        scores = tf.where(mask[:, tf.newaxis, :], scores, MASKED_SCORE)  # (B, T, S)
        # In 32 bits, whatever the network computes in.
        weights = tf.cast(tf.nn.softmax(tf.cast(scores, tf.float32)), memory.dtype)  # (B, T, S)
        context = tf.matmul(weights, memory)  # (B, T, U)
        hidden = self.combine(tf.concat([context, queries], axis=-1))  # (B, T, U)
        return hidden, weights

    def get_config(self):
        return {**super().get_config(), "units": self.units}
