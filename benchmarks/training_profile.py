"""Where a training step's time goes: `make bench-training-profile DATA=folder ARCHITECTURE=rnn2`.

Each part of a step is run by itself on the batches of a training, there and back: the encoder, the decoder
on what the encoder gave, the loss on what the decoder gave, the optimiser. What a whole step takes beyond
them is the rest: embeddings' gradients put together, batches handed over. DATA holds `dailydialog`.
"""

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from benchmarks.peers.contest import Sizes
from benchmarks.report import Figure, publish
from benchmarks.training_contestants import THREAD_VARIABLES, THREADS
from benchmarks.training_ours import hyperparameters_of, make_dataset, training_batches
from training.parameters import Hyperparameters
from training.seq2seq.batches import Batch

ROUNDS, WARM_UP, STEPS = 3, 10, 30
ENCODER, DECODER, LOSS, OPTIMIZER, WHOLE = "encoder", "decoder", "loss", "optimiser", "step"
Tensors = list[Any]


class Parts:
    """A step's parts as functions of a batch's tensors; encoder and decoder also return what comes next."""

    def __init__(self, hyperparameters: Hyperparameters, vocabulary: int) -> None:
        import keras
        import tensorflow as tf

        from training.seq2seq.architectures import make_network
        from training.seq2seq.optimizers import make_optimizer
        from training.seq2seq.training_step import TrainingStep

        keras.utils.set_random_seed(0)
        self._tf = tf
        self._network: Any = make_network(hyperparameters, vocabulary)
        self._variables = self._network.trainable_variables
        self._optimizer = make_optimizer(hyperparameters)
        self._optimizer.build(self._variables)
        self._seed = tf.constant([0, 1])
        self.step = TrainingStep(self._network, hyperparameters)
        self.encode = tf.function(self._encode, reduce_retracing=True)
        self.decode = tf.function(self._decode, reduce_retracing=True)
        self.lose = tf.function(self._lose, reduce_retracing=True)
        self.optimise = tf.function(self._optimise)

    def tensors(self, batch: Batch) -> Batch:
        return Batch(*map(self._tf.constant, batch))

    def some_gradients(self) -> Tensors:
        return [self._tf.fill(variable.shape, 1e-6) for variable in self._variables]

    def _encode(self, questions: Any) -> tuple[Tensors, Tensors]:
        with self._tf.GradientTape() as tape:
            encoding = self._network.encode(questions, self._seed)
            found = [encoding.outputs, *encoding.states]
        return found, self._gradients(tape, found, [])

    def _decode(self, batch: Batch, encoded: Tensors) -> tuple[Any, Tensors]:
        from training.seq2seq.generator import Encoding

        mask = self._tf.not_equal(batch.questions, 0)
        with self._tf.GradientTape() as tape:
            tape.watch(encoded)
            encoding = Encoding(encoded[0], mask, encoded[1:])
            hidden = self._network.decode(batch.inputs, encoding, self._seed)
        return hidden, self._gradients(tape, [hidden], encoded)

    def _lose(self, hidden: Any, batch: Batch) -> Tensors:
        from training.seq2seq.loss import weighted_loss

        with self._tf.GradientTape() as tape:
            tape.watch(hidden)
            total = weighted_loss(self._network, hidden, batch, seed=self._seed).total
        return self._gradients(tape, [total], [hidden])

    def _optimise(self, gradients: Tensors) -> None:
        self._optimizer.apply(gradients, self._variables)

    def _gradients(self, tape: Any, found: Tensors, given: Tensors) -> Tensors:
        """Return the gradients of the variables and of what was given, those that there are."""
        wanted = tape.gradient(found, [*self._variables, *given])
        return [gradient for gradient in wanted if gradient is not None]


def seconds_of(parts: Parts, batches: Sequence[Batch]) -> dict[str, float]:
    """Return the mean seconds of each part and of whole steps, over the batches."""
    spent: dict[str, float] = {}

    def timed(name: str, work: Callable[..., Any], *given: Any) -> Any:
        begun = time.perf_counter()
        found = work(*given)
        spent[name] = spent.get(name, 0.0) + (time.perf_counter() - begun) / len(batches)
        return found

    gradients = parts.some_gradients()
    for number, arrays in enumerate(batches):
        batch = parts.tensors(arrays)
        encoded, _ = timed(ENCODER, parts.encode, batch.questions)
        hidden, _ = timed(DECODER, parts.decode, batch, encoded)
        timed(LOSS, parts.lose, hidden, batch)
        timed(OPTIMIZER, parts.optimise, gradients)
        timed(WHOLE, parts.step, arrays, number)
    return spent


def profile(hyperparameters: Hyperparameters, vocabulary: int, batches: Sequence[Batch]) -> dict[str, float]:
    """Return the seconds of each part and of a whole step: of the rounds the median."""
    parts = Parts(hyperparameters, vocabulary)
    seconds_of(parts, batches[:WARM_UP])
    firsts = range(WARM_UP, WARM_UP + ROUNDS * STEPS, STEPS)
    rounds = [seconds_of(parts, batches[first : first + STEPS]) for first in firsts]
    return {name: statistics.median(found[name] for found in rounds) for name in rounds[0]}


def figures_of(architecture: str, seconds: dict[str, float]) -> list[Figure]:
    whole = seconds[WHOLE]
    parts = {name: seconds[name] for name in (ENCODER, DECODER, LOSS, OPTIMIZER)}
    parts["rest"] = whole - sum(parts.values())
    return [
        Figure(f"{architecture}: a step", 1000 * whole, "ms"),
        *(Figure(f"{architecture}: {name}", 100 * spent / whole, "%") for name, spent in parts.items()),
    ]


def main(data: Path, architecture: str, layers: int) -> None:
    with tempfile.TemporaryDirectory() as directory:
        dataset = make_dataset(data / "dailydialog", Path(directory))
        needed = WARM_UP + ROUNDS * STEPS
        batches = [Batch(**arrays) for arrays in islice(training_batches(dataset, 1), needed)]
        vocabulary = len(dataset.vocabulary)
    sizes = Sizes(architecture=architecture, layers=layers, vocabulary=vocabulary)
    seconds = profile(hyperparameters_of(sizes), vocabulary, batches)
    publish("training-profile", figures_of(architecture, seconds), replacing=f"{architecture}:")


if __name__ == "__main__":
    # Before TensorFlow starts.
    os.environ.update(dict.fromkeys(THREAD_VARIABLES, str(THREADS)), CUDA_VISIBLE_DEVICES="")
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("--architecture", default="rnn2", help="any that writes answers")
    parser.add_argument("--layers", type=int, default=1)
    arguments = parser.parse_args()
    main(arguments.data, arguments.architecture, arguments.layers)
