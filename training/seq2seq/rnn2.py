"""`rnn2`: deep recurrent encoder and decoder with attention and input feeding.

B batch, S question length, T answer length, E embedding size, U units, V vocabulary, N rows: the tokens
of all answers, first the first ones. Padding is id 0, on the right.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
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
    Tokens,
    like,
    masked,
    normalised,
)
from training.seq2seq.recurrent_scan import Products, Turns, scan
from training.seq2seq.xla import is_compiling

# Where dropout is drawn; a layer's place is counted from the first one of its side.
QUESTION, ANSWER, COMBINED, HIDDEN, ENCODER, DECODER = 0, 1, 2, 3, 100, 200


class DeepRecurrentNetwork(Generator):
    """Luong et al. 2015 (sections 3.1 and 3.3) with an encoder that reads both ways (Bahdanau et al. 2015).

    The encoder's layers have U units a direction, the decoder's U. From the second layer on a layer adds to
    what goes into it (He et al. 2016), which is normalised first (Ba et al. 2016). The decoder begins with
    what the encoder's layers end with, projected. The attentional hidden state goes into the next step.
    Question, answer and output share one embedding (Press & Wolf 2017): made as large as a cell's inputs
    where it goes in, as small as an output's weights where it comes out.
    Dropout leaves out the same at every step of a sequence (Gal & Ghahramani 2016), also in the decoder's
    recurrent inputs; not in the encoder's, whose kernel on a GPU knows nothing of it.
    Masking: padding in a question changes nothing; padding in an answer is the loss's business.

    What attention needs of the question does not change from step to step: W and the memory are multiplied
    before the loop, keys as in h (W m), values as in (sum a m) W = sum a (m W). `Encoding.outputs` are both.
    """

    def __init__(self, configuration: NetworkConfiguration) -> None:
        super().__init__(configuration, name="rnn2")
        size, units, layers = configuration.embedding_size, configuration.hidden_size, configuration.layers
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
            for number in range(layers)
        ]
        self.cells = [
            CELLS[configuration.cell](0 if number else size, units, units, name=f"decoder_{number}")
            for number in range(layers)
        ]
        # From each state of an encoder's layer to that of the decoder's: output, then cell.
        self.bridges = [
            [
                dense(2 * units, units, f"bridge_{number}_{state}", activation=None if state else "tanh")
                for state in range(cell.states)
            ]
            for number, cell in enumerate(self.cells)
        ]
        self.memory = dense(2 * units, 2 * units, "memory", use_bias=False)
        self.combine = dense(units, units, "combine")
        self.to_embedding = dense(units, size, "to_embedding") if units != size else None
        self.output_bias = self.add_weight(
            shape=(configuration.vocabulary_size,), initializer="zeros", name="output_bias"
        )
        # cuDNN and ONNX want the padding in.
        self._may_pack = bool(configuration.use_cudnn) and not tf.config.list_physical_devices("GPU")
        self.build_all()

    @property
    def output_kernel(self):
        return self.embedding.embeddings  # (V, E)

    def encode(self, question, dropout_seed=None) -> Encoding:
        packs = self._may_pack and not is_compiling()
        tokens: Tokens = PackedTokens(question) if packs else PaddedTokens(question)
        outputs = self.embedded(tokens.ids)  # (..., E)
        masks = Masks(self, tf.shape(question)[0], outputs.dtype, dropout_seed)
        outputs = masked(outputs, masks.draw(outputs.shape[-1], QUESTION, tokens.spread))
        states: list[Any] = []
        for number, layer in enumerate(self.encoder_layers):
            own, last = layer(normalised(outputs) if number else outputs, tokens=tokens)  # (..., 2U)
            own = masked(own, masks.draw(own.shape[-1], ENCODER + number, tokens.spread))
            outputs = outputs + own if number else own
            states.extend(bridge(state) for bridge, state in zip(self.bridges[number], last, strict=True))
        memory = tokens.padded(self.memory(outputs))  # (B, S, 2U)
        return Encoding(memory, tf.not_equal(question, PAD_ID), [*states, tf.zeros_like(states[0])])

    def decode(self, inputs, encoding: Encoding, dropout_seed=None):
        batch, length = tf.unstack(tf.shape(inputs))
        units = self.configuration.hidden_size
        embedded = self.embedded(tf.transpose(inputs))  # (T, B, E)
        masks = Masks(self, batch, embedded.dtype, dropout_seed)
        embedded = masked(embedded, masks.draw(embedded.shape[-1], ANSWER))
        drawn = [masks.draw(2 * units, DECODER + number) for number in range(len(self.cells))]
        combined = masks.draw(units, COMBINED)
        (fed,), _ = scan(
            lambda products, states: self.turn(products, states, drawn, combined)[0],
            self.addends(flat(embedded), encoding),
            self.kernels(encoding),
            encoding.states,
            Turns(length, batch),
            kept=[len(encoding.states) - 1],
        )  # (N, U)
        fed = masked(tf.reshape(fed, [length, batch, units]), masks.draw(units, HIDDEN))  # (T, B, U)
        return self.as_embedding(tf.transpose(fed, [1, 0, 2]))

    def step(self, token, encoding: Encoding):
        products = Products(self.addends(self.embedded(token), encoding), self.kernels(encoding))
        states, weights = self.turn(products, encoding.states, [None] * len(self.cells))
        return self.project(self.as_embedding(states[-1])), states, weights

    def turn(self, products, states, masks: Sequence[Any], combined_mask=None):
        """Take one step of the decoder.

        Args:
            states: those of the cells, and the attentional hidden state.
            masks: of what goes into each cell.
            combined_mask: of what goes into the attentional hidden state.

        Returns:
            the next states, attention (B, S).
        """
        *rest, outputs = states
        following: list[Any] = []
        for number, (cell, mask) in enumerate(zip(self.cells, masks, strict=True)):
            own, rest = rest[: cell.states], rest[cell.states :]
            own = cell.turn(products, own, normalised(outputs) if number else outputs, mask)
            outputs = outputs + own[0] if number else own[0]  # (B, U)
            following.extend(own)
        weights = tf.nn.softmax(products("keys", outputs))  # (B, S)
        combined = products("combine", masked(outputs, combined_mask)) + products("values", weights)  # (B, U)
        return [*following, tf.tanh(combined)], weights

    def addends(self, embedded, encoding: Encoding) -> dict[str, Any]:
        """Return what the products of `turn` begin with, from embeddings (N, E)."""
        number, batch = tf.shape(embedded)[0], tf.shape(encoding.mask)[0]
        nothing = tf.zeros([number, self.configuration.hidden_size], embedded.dtype)  # (N, U)
        scores = tf.where(encoding.mask, 0.0, MASKED_SCORE)  # (B, S)
        found = {
            "keys": tf.tile(like(embedded, scores), [number // batch, 1]),  # (N, S)
            "values": nothing,
            "combine": nothing + like(embedded, self.combine.bias),
        }
        for cell in self.cells:
            found |= cell.addends(embedded)
        return found

    def kernels(self, encoding: Encoding) -> dict[str, Any]:
        """Return the matrices of the products of `turn`."""
        keys, values = tf.split(encoding.outputs, 2, axis=-1)  # (B, S, U) each
        found = {
            "keys": tf.transpose(keys, [0, 2, 1]),  # (B, U, S)
            "values": values,
            "combine": like(values, self.combine.kernel),
        }
        for cell in self.cells:
            found |= cell.kernels(values.dtype)
        return found

    def embedded(self, ids):
        return self.embedding(ids) * self.configuration.embedding_size**0.5

    def as_embedding(self, hidden):
        """Return hidden states (..., U) in the size of embeddings."""
        return hidden if self.to_embedding is None else self.to_embedding(hidden)


@dataclass(frozen=True)
class Masks:
    """Draws what is left out of each sequence of a batch, once for all its steps; None where nothing is."""

    network: Generator
    batch: Any
    dtype: Any
    seed: Any

    def draw(self, size: int, place: int, spread: Callable[[Any], Any] = lambda mask: mask) -> Any:
        """Return a mask (B, size), or what `spread` makes of it."""
        if self.seed is None or not self.network.configuration.dropout:
            return None
        return spread(self.network.drop(tf.ones([self.batch, size], self.dtype), self.seed, place))


def dense(inputs: int, units: int, name: str, **kwargs: Any) -> Any:
    layer = keras.layers.Dense(units, name=name, **kwargs)
    layer.build((None, inputs))
    return layer


def flat(values):
    return tf.reshape(values, [-1, values.shape[-1]])
