"""`rnn2`: deep recurrent encoder and decoder with attention and input feeding.

B batch, S question length, T answer length, E embedding size, U units, V vocabulary, N rows: tokens, the
first ones of all answers first. Padding is id 0, on the right.
"""

from typing import Any

import keras
import tensorflow as tf

from training.seq2seq.attention import MASKED_SCORE
from training.seq2seq.generator import Encoding, Generator
from training.seq2seq.network import PAD_ID, NetworkConfiguration
from training.seq2seq.recurrent_layers import (
    CELLS,
    Bidirectional,
    PackedTokens,
    PaddedTokens,
    like,
    masked,
    normalised,
)
from training.seq2seq.recurrent_scan import Products, Turns, scan

# Where dropout is drawn; a layer's place is counted from the first of its side.
QUESTION, ANSWER, COMBINED, HIDDEN, ENCODER, DECODER = 0, 1, 2, 3, 100, 200


class DeepRecurrentNetwork(Generator):
    """Luong et al. 2015 with a bidirectional encoder (Bahdanau et al. 2015), deep by residual connections."""

    def __init__(self, configuration: NetworkConfiguration) -> None:
        super().__init__(configuration, name="rnn2")
        size, units = configuration.embedding_size, configuration.hidden_size
        numbers = range(configuration.layers)
        self.embedding = keras.layers.Embedding(
            configuration.vocabulary_size,
            size,
            embeddings_initializer=keras.initializers.RandomNormal(stddev=size**-0.5),
            name="embedding",
        )
        self.embedding.build((None,))
        self.encoder_layers = [
            Bidirectional(
                configuration.cell,
                2 * units if number else size,
                units,
                use_cudnn=configuration.use_cudnn,
                name=f"encoder_{number}",
            )
            for number in numbers
        ]
        self.cells = [
            CELLS[configuration.cell](0 if number else size, units, units, name=f"decoder_{number}")
            for number in numbers
        ]
        self.bridges = [
            [
                dense(2 * units, units, f"bridge_{number}_{state}", activation=None if state else "tanh")
                for state in range(cell.states)
            ]
            for number, cell in enumerate(self.cells)
        ]
        # Keys and values in one product.
        self.memory = dense(2 * units, 2 * units, "memory", use_bias=False)
        self.combine = dense(units, units, "combine")
        self.to_embedding = dense(units, size, "to_embedding") if units != size else None
        self.output_bias = self.add_weight(
            shape=(configuration.vocabulary_size,), initializer="zeros", name="output_bias"
        )
        # Without padding the encoder has a third less to do; cuDNN and ONNX want it in.
        self.is_packed = bool(configuration.use_cudnn) and not tf.config.list_physical_devices("GPU")
        self.build_all()

    @property
    def output_kernel(self):
        return self.embedding.embeddings

    def encode(self, question, dropout_seed=None) -> Encoding:
        tokens = PackedTokens(question) if self.is_packed else PaddedTokens(question)
        batch = tf.shape(question)[0]
        size, units = self.configuration.embedding_size, self.configuration.hidden_size
        outputs = self.embedded(tokens.ids)
        outputs = self.spread_mask(outputs, tokens, (batch, size), dropout_seed, QUESTION)
        states: list[Any] = []
        for number, layer in enumerate(self.encoder_layers):
            own, last = layer(normalised(outputs) if number else outputs, tokens=tokens)
            own = self.spread_mask(own, tokens, (batch, 2 * units), dropout_seed, ENCODER + number)
            outputs = outputs + own if number else own
            states.extend(bridge(state) for bridge, state in zip(self.bridges[number], last, strict=True))
        memory = tokens.padded(self.memory(outputs))  # (B, S, 2U)
        return Encoding(memory, tf.not_equal(question, PAD_ID), [*states, tf.zeros_like(states[0])])

    def decode(self, inputs, encoding: Encoding, dropout_seed=None):
        batch, length = tf.unstack(tf.shape(inputs))
        units = self.configuration.hidden_size
        rows = self.embedded(tf.transpose(inputs))
        rows = masked(rows, self.mask((batch, rows.shape[-1]), dropout_seed, ANSWER, rows.dtype))
        masks = self.masks(batch, dropout_seed, rows.dtype)
        (fed,), _ = scan(
            lambda products, states: self.turn(products, states, masks)[0],
            self.addends(tf.reshape(rows, [-1, rows.shape[-1]]), encoding),
            self.kernels(encoding),
            encoding.states,
            Turns(length, batch),
            kept=[len(encoding.states) - 1],
        )  # (N, U)
        fed = tf.reshape(fed, [length, batch, units])
        fed = masked(fed, self.mask((batch, units), dropout_seed, HIDDEN, rows.dtype))
        return self.shown(tf.transpose(fed, [1, 0, 2]))

    def step(self, token, encoding: Encoding):
        products = Products(self.addends(self.embedded(token), encoding), self.kernels(encoding))
        states, weights = self.turn(products, encoding.states, [None] * (len(self.cells) + 1))
        return self.project(self.shown(states[-1])), states, weights

    def turn(self, products: Products, states, masks):
        """Take one decoder step; return the states behind it and the attention (B, S)."""
        *rest, fed = states
        following: list[Any] = []
        outputs = fed
        for number, cell in enumerate(self.cells):
            own, rest = rest[: cell.states], rest[cell.states :]
            own = cell.turn(products, own, normalised(outputs) if number else outputs, masks[number])
            outputs = outputs + own[0] if number else own[0]
            following.extend(own)
        weights = tf.nn.softmax(products("keys", outputs))  # (B, S)
        combined = products("combine", masked(outputs, masks[-1])) + products("values", weights)  # (B, U)
        return [*following, tf.tanh(combined)], weights

    def addends(self, rows, encoding: Encoding):
        number = tf.shape(rows)[0]
        scores = tf.where(encoding.mask, 0.0, MASKED_SCORE)
        nothing = tf.zeros([number, self.configuration.hidden_size], rows.dtype)
        found = {
            "keys": tf.tile(like(rows, scores), [number // tf.shape(scores)[0], 1]),
            "values": nothing,
            "combine": nothing + like(rows, self.combine.bias),
        }
        for cell in self.cells:
            found |= cell.addends(rows)
        return found

    def kernels(self, encoding):
        memory = encoding.outputs
        keys, values = tf.split(memory, 2, axis=-1)  # (B, S, U)
        found = {
            "keys": tf.transpose(keys, [0, 2, 1]),
            "values": values,
            "combine": like(memory, self.combine.kernel),
        }
        for cell in self.cells:
            found |= cell.kernels(memory.dtype)
        return found

    def shown(self, hidden):
        return hidden if self.to_embedding is None else self.to_embedding(hidden)

    def embedded(self, ids):
        return self.embedding(ids) * self.configuration.embedding_size**0.5

    def spread_mask(self, values, tokens, shape, seed, place):
        mask = self.mask(shape, seed, place, values.dtype)
        return values if mask is None else values * tokens.spread(mask)

    def masks(self, batch, seed, dtype):
        units = self.configuration.hidden_size
        found = [
            self.mask((batch, 2 * units), seed, DECODER + number, dtype) for number in range(len(self.cells))
        ]
        return [*found, self.mask((batch, units), seed, COMBINED, dtype)]

    def mask(self, shape, seed, place: int, dtype):
        if seed is None or not self.configuration.dropout:
            return None
        return self.drop(tf.ones(shape, dtype), seed, place)


def dense(inputs: int, units: int, name: str, **kwargs: Any) -> Any:
    layer = keras.layers.Dense(units, name=name, **kwargs)
    layer.build((None, inputs))
    return layer
