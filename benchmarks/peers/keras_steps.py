"""A plain Keras model with `fit` as a contestant: what one writes with Keras alone.

The same recurrent network, but without input feeding, which needs a cell of one's own.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import keras  # noqa: TID253  # in a process of its own
import numpy as np
import tensorflow as tf  # noqa: TID253

from benchmarks.peers.contest import Array, Arrays, Loss, Sizes, serve, summed

LEARNING_RATE = 0.001
IDS = tf.TensorSpec((None, None), tf.int32)
BATCH = ((IDS, IDS), IDS, tf.TensorSpec((None, None), tf.float32))


class PlainKeras:
    def __init__(self, sizes: Sizes) -> None:
        keras.utils.set_random_seed(sizes.seed)
        self._model = network(sizes)
        self._model.compile(
            optimizer=keras.optimizers.Adam(LEARNING_RATE, global_clipnorm=sizes.clip_norm),
            # The mean over real tokens, as those of the others.
            loss=keras.losses.SparseCategoricalCrossentropy(
                from_logits=True, reduction="mean_with_sample_weight"
            ),
        )
        self.weights = int(self._model.count_params())

    def train(self, batches: Sequence[Arrays]) -> Loss:
        def generate() -> Iterator[Any]:
            return map(as_keras, batches)

        data = tf.data.Dataset.from_generator(generate, output_signature=BATCH)
        history = self._model.fit(data, epochs=1, verbose=0)
        tokens = float(sum(np.count_nonzero(batch["targets"]) for batch in batches))
        return Loss(history.history["loss"][0] * tokens, tokens)

    def measure(self, batches: Sequence[Arrays]) -> Loss:
        return summed(self._measure(batch) for batch in batches)

    def _measure(self, batch: Arrays) -> Loss:
        tokens = float(np.count_nonzero(batch["targets"]))
        inputs, targets, weights = as_keras(batch)
        self._model.reset_metrics()
        return Loss(self._model.test_on_batch(inputs, targets, weights) * tokens, tokens)


def network(sizes: Sizes) -> Any:
    """Return a functional model of questions (B, S) and inputs (B, T) that gives logits (B, T, V)."""
    layers = keras.layers
    questions = keras.Input((None,), dtype="int32")
    inputs = keras.Input((None,), dtype="int32")
    embedding = layers.Embedding(sizes.vocabulary, sizes.embedding, mask_zero=True)
    encoder = layers.LSTM(sizes.hidden, return_sequences=True, return_state=True)
    embedded = layers.Dropout(sizes.dropout)(embedding(questions))
    memory, *states = layers.Bidirectional(encoder)(embedded)  # (B, S, 2U)
    memory = layers.Dropout(sizes.dropout)(memory)
    decoder = layers.LSTM(sizes.hidden, return_sequences=True)
    # Begun with what the forward half ends with.
    hidden = decoder(layers.Dropout(sizes.dropout)(embedding(inputs)), initial_state=states[:2])  # (B, T, U)
    keys = layers.Dense(sizes.hidden, use_bias=False)(memory)  # (B, S, U)
    context = layers.Attention()([hidden, memory, keys])  # (B, T, 2U)
    joined = layers.Dropout(sizes.dropout)(layers.Concatenate()([hidden, context]))  # (B, T, 3U)
    attentional = layers.Dense(sizes.hidden, activation="tanh")(joined)  # (B, T, U)
    return keras.Model([questions, inputs], layers.Dense(sizes.vocabulary)(attentional))


def as_keras(batch: Arrays) -> tuple[tuple[Array, Array], Array, Array]:
    targets = batch["targets"]
    return (batch["questions"], batch["inputs"]), targets, (targets != 0).astype(np.float32)


if __name__ == "__main__":
    serve(PlainKeras)
