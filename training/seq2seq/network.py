"""The recurrent encoder-decoder with attention: one description for training, stepping and export.

B batch, S question length, T answer length, E embedding size, U units, V vocabulary.
Padding is id 0, on the right.
"""

from dataclasses import dataclass
from typing import Any, Self

import keras
import tensorflow as tf

from training.parameters import Hyperparameters
from training.seq2seq.attention import LuongAttention

PAD_ID = 0


@dataclass(frozen=True, kw_only=True)
class NetworkConfiguration:
    """All that the network's shape depends on; kept in the run directory and in the bundle."""

    vocabulary_size: int
    cell: str
    layers: int
    hidden_size: int
    embedding_size: int
    dropout: float

    @classmethod
    def of(cls, hyperparameters: Hyperparameters, vocabulary_size: int) -> Self:
        return cls(
            vocabulary_size=vocabulary_size,
            cell=hyperparameters.cell,
            layers=hyperparameters.layers,
            hidden_size=hyperparameters.hidden_size,
            embedding_size=hyperparameters.embedding_size,
            dropout=hyperparameters.dropout,
        )


@dataclass(frozen=True)
class Encoding:
    """What the decoder needs of a question: outputs (B, S, U), mask (B, S), states, each (B, U)."""

    outputs: Any
    mask: Any
    states: list[Any]


class EncoderDecoder(keras.Model):
    """Two stacks of LSTM or GRU layers (Sutskever et al. 2014, section 2) with attention between them.

    The encoder's last states are the decoder's first. Question and answer share one embedding.
    Masking: padding in a question changes neither states nor attention; padding in an answer is the
    loss's business.
    Dropout is drawn from a seed that is passed in, so that a resumed run draws the same; None means none.
    """

    def __init__(self, configuration: NetworkConfiguration, *, use_cudnn: str | bool = "auto") -> None:
        super().__init__(name="encoder_decoder")
        self.configuration = configuration
        units = configuration.hidden_size
        # Keras' own start, within 0.05 of 0, shows the gates next to nothing: on 5,000 Cornell conversations
        # the validation loss after a minute was 5.59 instead of 5.11.
        self.embedding = keras.layers.Embedding(
            configuration.vocabulary_size,
            configuration.embedding_size,
            embeddings_initializer=keras.initializers.RandomNormal(stddev=1.0),
            name="embedding",
        )
        self.encoder_layers = recurrent_layers(configuration, "encoder", use_cudnn)
        self.decoder_layers = recurrent_layers(configuration, "decoder", use_cudnn)
        self.attention = LuongAttention(units, name="attention")
        self.output_kernel = self.add_weight(
            shape=(configuration.vocabulary_size, units),
            initializer=keras.initializers.RandomNormal(stddev=units**-0.5),
            name="output_kernel",
        )  # (V, U): rows are looked up by sampled softmax
        self.output_bias = self.add_weight(
            shape=(configuration.vocabulary_size,), initializer="zeros", name="output_bias"
        )
        self.build_all()

    def build_all(self) -> None:
        """Make every weight now, so that checkpoints can be restored into them."""
        one = tf.ones((1, 1), tf.int32)
        self.decode(one, self.encode(one))
        self.built = True

    def encode(self, question, dropout_seed=None) -> Encoding:
        """Read questions (B, S)."""
        mask = tf.not_equal(question, PAD_ID)  # (B, S)
        outputs = self.drop(self.embedding(question), dropout_seed, 0)  # (B, S, E)
        states: list[Any] = []
        for number, layer in enumerate(self.encoder_layers):
            outputs, *layer_states = layer(outputs, mask=mask)  # (B, S, U)
            outputs = self.drop(outputs, dropout_seed, 1 + number)
            states.extend(layer_states)
        return Encoding(outputs, mask, states)

    def decode(self, inputs, encoding: Encoding, dropout_seed=None):
        """Return hidden states (B, T, U) for answers (B, T) that begin with <go>: all positions at once."""
        outputs = self.drop(self.embedding(inputs), dropout_seed, 100)  # (B, T, E)
        for number, (layer, states) in enumerate(self.with_states(encoding.states)):
            outputs = layer(outputs, initial_state=states)[0]  # (B, T, U)
            outputs = self.drop(outputs, dropout_seed, 101 + number)
        hidden, _ = self.attention(outputs, encoding.outputs, encoding.mask)  # (B, T, U)
        return self.drop(hidden, dropout_seed, 200)

    def step(self, token, encoding: Encoding):
        """Take one decoder step from tokens (B,) and `encoding.states`.

        Returns:
            logits (B, V), the next states, attention (B, S).
        """
        outputs = self.embedding(token)  # (B, E)
        following: list[Any] = []
        for layer, states in self.with_states(encoding.states):
            outputs, layer_states = layer.cell(outputs, states)  # (B, U)
            following.extend(layer_states)
        hidden, weights = self.attention(
            outputs[:, tf.newaxis, :], encoding.outputs, encoding.mask
        )  # (B, 1, U)
        return self.project(hidden[:, 0]), following, weights[:, 0]

    def project(self, hidden):
        """Return logits (..., V) of hidden states (..., U)."""
        return tf.matmul(hidden, self.output_kernel, transpose_b=True) + self.output_bias

    def with_states(self, states: list[Any]) -> list[tuple[Any, list[Any]]]:
        """Return each decoder layer with its part of the flat list of states."""
        per_layer = len(states) // len(self.decoder_layers)
        starts = range(0, len(states), per_layer)
        return [
            (layer, states[start : start + per_layer])
            for layer, start in zip(self.decoder_layers, starts, strict=True)
        ]

    def drop(self, values, seed, place: int):
        rate = self.configuration.dropout
        if seed is None or not rate:
            return values
        return tf.nn.experimental.stateless_dropout(
            values, rate, seed=seed + tf.constant([0, place]), rng_alg="philox"
        )


def recurrent_layers(configuration: NetworkConfiguration, name: str, use_cudnn: str | bool) -> list[Any]:
    layer = keras.layers.LSTM if configuration.cell == "lstm" else keras.layers.GRU
    return [
        layer(
            configuration.hidden_size,
            return_sequences=True,
            return_state=True,
            use_cudnn=use_cudnn,
            name=f"{name}_{number}",
        )
        for number in range(configuration.layers)
    ]
