"""`rnn`: the recurrent encoder-decoder with attention, DeepQA2's model.

B batch, S question length, T answer length, E embedding size, U units, V vocabulary.
Padding is id 0, on the right.
"""

from typing import Any

import keras
import tensorflow as tf

from training.seq2seq.attention import LuongAttention
from training.seq2seq.generator import Encoding, Generator
from training.seq2seq.network import PAD_ID, NetworkConfiguration


class RecurrentNetwork(Generator):
    """Two stacks of LSTM or GRU layers (Sutskever et al. 2014, section 2) with attention between them.

    The encoder's last states are the decoder's first. Question and answer share one embedding.
    Masking: padding in a question changes neither states nor attention; padding in an answer is the
    loss's business.
    Dropout is drawn from a seed that is passed in, so that a resumed run draws the same; None means none.
    """

    def __init__(self, configuration: NetworkConfiguration) -> None:
        super().__init__(configuration, name="encoder_decoder")
        units = configuration.hidden_size
        # Keras' own start, within 0.05 of 0, shows the gates next to nothing: on 5,000 Cornell conversations
        # the validation loss after a minute was 5.59 instead of 5.11.
        self.embedding = keras.layers.Embedding(
            configuration.vocabulary_size,
            configuration.embedding_size,
            embeddings_initializer=keras.initializers.RandomNormal(stddev=1.0),
            name="embedding",
        )
        self.encoder_layers = recurrent_layers(configuration, "encoder")
        self.decoder_layers = recurrent_layers(configuration, "decoder")
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

    def encode(self, question, dropout_seed=None) -> Encoding:
        mask = tf.not_equal(question, PAD_ID)  # (B, S)
        outputs = self.drop(self.embedding(question), dropout_seed, 0)  # (B, S, E)
        states: list[Any] = []
        for number, layer in enumerate(self.encoder_layers):
            outputs, *layer_states = layer(outputs, mask=mask)  # (B, S, U)
            outputs = self.drop(outputs, dropout_seed, 1 + number)
            states.extend(layer_states)
        return Encoding(outputs, mask, states)

    def decode(self, inputs, encoding: Encoding, dropout_seed=None):
        outputs = self.drop(self.embedding(inputs), dropout_seed, 100)  # (B, T, E)
        for number, (layer, states) in enumerate(self.with_states(encoding.states)):
            outputs = layer(outputs, initial_state=states)[0]  # (B, T, U)
            outputs = self.drop(outputs, dropout_seed, 101 + number)
        hidden, _ = self.attention(outputs, encoding.outputs, encoding.mask)  # (B, T, U)
        return self.drop(hidden, dropout_seed, 200)

    def step(self, token, encoding: Encoding):
        return self.step_on(self.embedding(token), encoding)

    def step_on(self, outputs, encoding: Encoding):
        """Take one decoder step from what it reads (B, E)."""
        following: list[Any] = []
        for layer, states in self.with_states(encoding.states):
            outputs, layer_states = layer.cell(outputs, states)  # (B, U)
            following.extend(layer_states)
        hidden, weights = self.attention(
            outputs[:, tf.newaxis, :], encoding.outputs, encoding.mask
        )  # (B, 1, U)
        return self.project(hidden[:, 0]), following, weights[:, 0]

    def with_states(self, states: list[Any]) -> list[tuple[Any, list[Any]]]:
        """Return each decoder layer with its part of the flat list of states."""
        per_layer = len(states) // len(self.decoder_layers)
        starts = range(0, len(states), per_layer)
        return [
            (layer, states[start : start + per_layer])
            for layer, start in zip(self.decoder_layers, starts, strict=True)
        ]


def recurrent_layers(configuration: NetworkConfiguration, name: str) -> list[Any]:
    layer = keras.layers.LSTM if configuration.cell == "lstm" else keras.layers.GRU
    return [
        layer(
            configuration.hidden_size,
            return_sequences=True,
            return_state=True,
            use_cudnn=configuration.use_cudnn,
            name=f"{name}_{number}",
        )
        for number in range(configuration.layers)
    ]
