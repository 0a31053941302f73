"""`transformer`: an encoder and a decoder of attention alone.

B batch, S question length, T answer length, t tokens said before, D hidden size, L layers, h heads,
d = D / h, V vocabulary. Padding is id 0, on the right.
"""

from typing import Any

import keras
import tensorflow as tf

from preprocessing.errors import SettingsError
from training.seq2seq.generator import Encoding, Generator
from training.seq2seq.network import PAD_ID, NetworkConfiguration
from training.seq2seq.transformer_layers import (
    DecoderLayer,
    EncoderLayer,
    KeysValues,
    Tokens,
    dense,
    norm,
    position_codes,
    split_heads,
)

# Each layer draws its dropout from so many places of its own.
PLACES = 3


class Transformer(Generator):
    """Vaswani et al. 2017, with the normalisation before each layer's parts (Xiong et al. 2020).

    Question, answer and output share one table of embeddings (section 3.4), so their size is the hidden one;
    `embedding_size` is not read. Positions are sinusoids: no answer is too long.
    What the decoder sees of a question are all its layers' keys and values, so that a step projects the new
    token alone. The states are the keys and values of what was said so far, (B, h, t, d) each, by layers.
    Masking: nothing attends to padding in a question; padding in an answer is the loss's business.
    """

    def __init__(self, configuration: NetworkConfiguration) -> None:
        super().__init__(configuration, name="transformer")
        require_whole_heads(configuration)
        size, heads, layers = configuration.hidden_size, configuration.heads, configuration.layers
        self.embedding = keras.layers.Embedding(
            configuration.vocabulary_size,
            size,
            embeddings_initializer=keras.initializers.RandomNormal(stddev=size**-0.5),
            name="embedding",
        )
        self.embedding.build((None,))
        self.output_kernel = self.embedding.embeddings  # (V, D)
        self.output_bias = self.add_weight(
            shape=(configuration.vocabulary_size,), initializer="zeros", name="output_bias"
        )
        self.encoder_layers = [EncoderLayer(size, heads, name=f"encoder_{n}") for n in range(layers)]
        self.encoder_norm = norm(size, "encoder_norm")
        self.memory = dense(size, 2 * layers * size, "memory")
        self.decoder_layers = [DecoderLayer(size, heads, name=f"decoder_{n}") for n in range(layers)]
        self.decoder_norm = norm(size, "decoder_norm")
        self.built = True

    def encode(self, question, dropout_seed=None) -> Encoding:
        mask = tf.not_equal(question, PAD_ID)  # (B, S)
        tokens = Tokens(mask)
        rows = self.drop(tokens.pack(self.embedded(question)), dropout_seed, 0)  # (N, D)
        for number, layer in enumerate(self.encoder_layers):
            rows = layer(rows, mask, tokens=tokens, drop=self.drop_in(dropout_seed, number))
        memory = self.memory(self.encoder_norm(rows))  # (N, 2 L D)
        outputs = tf.reshape(tokens.unpack(memory), [*tf.unstack(tf.shape(question)), memory.shape[-1]])
        heads, _, size = self.state_shapes()[0]
        nothing = tf.zeros([tf.shape(question)[0], heads, 0, size], outputs.dtype)
        return Encoding(outputs, mask, [nothing for _ in self.state_shapes()])

    def decode(self, inputs, encoding: Encoding, dropout_seed=None):
        length = tf.shape(inputs)[1]
        positions = tf.range(length)
        may_see = positions[tf.newaxis] <= positions[:, tf.newaxis]  # (T, T)
        past = [None] * self.configuration.layers
        rows, _, _ = self.run_decoder(inputs, encoding, past, may_see, dropout_seed)
        return tf.reshape(rows, [*tf.unstack(tf.shape(inputs)), rows.shape[-1]])  # (B, T, D)

    def step(self, token, encoding: Encoding):
        past = list(map(KeysValues, encoding.states[::2], encoding.states[1::2]))
        rows, said, weights = self.run_decoder(token[:, tf.newaxis], encoding, past)  # (B, D)
        states = [state for layer in said for state in layer]
        return self.project(rows), states, tf.reduce_mean(weights[:, :, 0], axis=1)

    def run_decoder(self, inputs, encoding: Encoding, past, may_see=None, dropout_seed=None):
        """Run answers (B, T) that continue `past` through all layers.

        Returns:
            rows (B * T, D), each layer's keys and values, the last layer's weights (B, h, T, S).
        """
        layers = self.configuration.layers
        first = 0 if past[0] is None else tf.shape(past[0].keys)[2]
        rows = self.drop(self.embedded(inputs, first), dropout_seed, PLACES * layers + 1)
        memory = split_heads(encoding.outputs, 2 * layers, self.configuration.heads, tf.shape(inputs)[0])
        said: list[KeysValues] = []
        weights: Any = None
        for number, layer in enumerate(self.decoder_layers):
            question = KeysValues(*memory[2 * number : 2 * number + 2])
            drop = self.drop_in(dropout_seed, layers + 1 + number)
            rows, both, weights = layer(rows, past[number], question, may_see, encoding.mask, drop=drop)
            said.append(both)
        return self.decoder_norm(rows), said, weights

    def embedded(self, ids, first=0):
        """Return rows (B * T, D) of ids (B, T): embeddings and the codes of positions from `first` on.

        Embeddings are made as large as the codes (section 3.4).
        """
        size = self.configuration.hidden_size
        embeddings = self.embedding(ids)  # (B, T, D)
        codes = position_codes(first, tf.shape(ids)[1], size)  # (T, D)
        return tf.reshape(embeddings * size**0.5 + tf.cast(codes, embeddings.dtype), [-1, size])

    def drop_in(self, seed, layer: int):
        """Return the dropout of a layer, the network's n-th, with places of its own."""
        return lambda values, place: self.drop(values, seed, PLACES * layer + 1 + place)

    def state_shapes(self) -> list[tuple[int | None, ...]]:
        heads = self.configuration.heads
        return [(heads, None, self.configuration.hidden_size // heads)] * (2 * self.configuration.layers)


def require_whole_heads(configuration: NetworkConfiguration) -> None:
    if configuration.hidden_size % configuration.heads:
        raise SettingsError(
            "hidden_size must be a multiple of heads. "
            f"Received {configuration.hidden_size} and {configuration.heads}. Change one of them."
        )
