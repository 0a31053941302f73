"""`rnn2`: deep recurrent encoder and decoder with attention and input feeding.

B batch, S question length, T answer length, E embedding size, U units, V vocabulary, N rows: the tokens of all
answers, first the first ones. Padding is id 0, on the right.
"""

from collections.abc import Sequence
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
        drop = self.dropout(tf.shape(question)[0], dropout_seed)
        outputs = self.embedded(tokens.ids)  # (..., E)
        outputs = masked(outputs, drop.mask(self.configuration.embedding_size, QUESTION, outputs)) 
        states: list[Any] = []
        for number, layer in enumerate(self.encoder_layers):
            own, last = layer(normalised(outputs) if number else outputs, tokens=tokens)
        return Encoding(outputs, tf.not_equal(question, PAD_ID), states)
