"""What the networks that write answers have in common.

B batch, S question length, T answer length, H size of a hidden state, V vocabulary, M size of a memory's row.
Padding is id 0, on the right.
"""

from dataclasses import dataclass
from typing import Any

import tensorflow as tf

from training.parameters import Hyperparameters
from training.seq2seq.loss import scores_at_once, weighted_loss
from training.seq2seq.network import PAD_ID, LossSum, Network, seed_at

# A hidden state, its gates and their gradients live at once; so do logits, their softmax and its gradient.
COPIES_OF_STATES, COPIES_OF_LOGITS = 12, 3


@dataclass(frozen=True)
class Encoding:
    """What the decoder needs of a question: outputs (B, S, M), mask (B, S), states, each (B, ...)."""

    outputs: Any
    mask: Any
    states: list[Any]


class Generator(Network):
    """An encoder and a decoder that is called on whole answers to learn, and token by token to answer.

    One description serves training, stepping and export: `decode` and repeated `step` agree.
    """

    # (V, H): rows are looked up by sampled softmax.
    output_kernel: Any
    output_bias: Any

    def encode(self, question, dropout_seed=None) -> Encoding:
        """Read questions (B, S)."""
        raise NotImplementedError

    def decode(self, inputs, encoding: Encoding, dropout_seed=None):
        """Return hidden states (B, T, H) for answers (B, T) that begin with <go>: all positions at once."""
        raise NotImplementedError

    def step(self, token, encoding: Encoding):
        """Take one decoder step from tokens (B,) and `encoding.states`.

        Returns:
            logits (B, V), the next states, attention (B, S).
        """
        raise NotImplementedError

    def build_all(self) -> None:
        """Make every weight now, so that checkpoints can be restored into them."""
        one = tf.ones((1, 1), tf.int32)
        self.decode(one, self.encode(one))
        self.built = True

    def project(self, hidden):
        """Return logits (..., V) of hidden states (..., H): in 32 bits, also where their product has 16."""
        kernel = tf.cast(self.output_kernel, hidden.dtype)  # (V, H)
        return tf.cast(tf.matmul(hidden, kernel, transpose_b=True), tf.float32) + self.output_bias

    def batch_loss(self, batch, seed=None, *, samples: int = 0, smoothing: float = 0.0) -> LossSum:
        hidden = self.decode(batch.inputs, self.encode(batch.questions, seed), seed)  # (B, T, H)
        return weighted_loss(self, hidden, batch, samples=samples, smoothing=smoothing, seed=seed)

    def answer_losses(self, batch):
        """Return the loss of each answer (B,), a mean over its tokens: what ranks answers to a question."""
        hidden = self.decode(batch.inputs, self.encode(batch.questions))  # (B, T, H)
        is_token = tf.cast(tf.not_equal(batch.targets, PAD_ID), tf.float32)  # (B, T)
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(batch.targets, self.project(hidden))  # (B, T)
        return tf.reduce_sum(losses * is_token, axis=1) / tf.reduce_sum(is_token, axis=1)

    def right_tokens(self, batch):
        """Return how many tokens are the likeliest ones after the true ones before, and of how many."""
        hidden = self.decode(batch.inputs, self.encode(batch.questions))  # (B, T, H)
        found = tf.argmax(self.project(hidden), axis=-1, output_type=tf.int32)  # (B, T)
        is_token = tf.not_equal(batch.targets, PAD_ID)  # (B, T)
        is_right = tf.logical_and(tf.equal(found, batch.targets), is_token)  # (B, T)
        return tf.math.count_nonzero(is_right), tf.math.count_nonzero(is_token)

    def batch_count(self, batch):
        lengths = tf.reduce_sum(tf.cast(tf.not_equal(batch.targets, PAD_ID), tf.float32), axis=1)  # (B,)
        return tf.reduce_sum(lengths * batch.weights)

    def activations(self, rows: float, question: float, answer: float, settings: Hyperparameters) -> float:
        states = rows * (question + answer) * self.configuration.hidden_size * self.configuration.layers
        size = self.configuration.vocabulary_size
        logits = scores_at_once(rows * answer, size, settings.softmax_samples)
        return states * COPIES_OF_STATES + logits * COPIES_OF_LOGITS

    def state_shapes(self) -> list[tuple[int | None, ...]]:
        """Return the shape of each state without its batch; None for a length that grows."""
        return [tuple(state.shape[1:]) for state in self.encode(tf.ones((1, 1), tf.int32)).states]

    def memory_size(self) -> int:
        """Return M."""
        return int(self.encode(tf.ones((1, 1), tf.int32)).outputs.shape[-1])

    def part_settings(self) -> dict[str, Any]:
        """Return what the part of a bundle must say of this network beyond its graphs."""
        return {}

    def encoder_extras(self, encoding: Encoding) -> dict[str, Any]:
        """Return what the encoder's graph is to tell beside its outputs and states, by name."""
        return {}

    def drop(self, values, seed, place: int):
        """Leave out a share of the values; each `place` in the network draws its own."""
        rate = self.configuration.dropout
        if seed is None or not rate:
            return values
        return tf.nn.experimental.stateless_dropout(values, rate, seed=seed_at(seed, place), rng_alg="philox")
