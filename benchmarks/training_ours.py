"""This project's trainer as a contestant, and its batches for all: the one place that knows its interface.

`python -m benchmarks.training_ours SIZES BATCHES HELD_OUT` is the contestant; see `benchmarks.peers.contest`.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.peers.contest import Arrays, Loss, Sizes, serve, summed
from preprocessing.dataset import Dataset
from preprocessing.pipeline import preprocess
from preprocessing.progress import NullMonitor
from preprocessing.request import PreprocessRequest
from training.parameters import Hyperparameters
from training.seq2seq.batches import Batch, BatchOrder, BatchSource
from training.seq2seq.exchange_ids import ExchangeIds
from training.seq2seq.learning_rate import learning_rate_at

VOCABULARY, BATCH_SIZE = 8000, 64


class Ours:
    def __init__(self, sizes: Sizes) -> None:
        import keras

        from training.seq2seq.architectures import make_network
        from training.seq2seq.training_step import TrainingStep

        self._hyperparameters = hyperparameters_of(sizes)
        keras.utils.set_random_seed(sizes.seed)
        network = make_network(self._hyperparameters, sizes.vocabulary)
        self._step = TrainingStep(network, self._hyperparameters)
        self._number, self._steps_in_all = 0, sizes.steps_an_epoch * self._hyperparameters.epochs
        self.weights = int(network.count_params())

    def train(self, batches: Sequence[Arrays]) -> Loss:
        return summed(self._train_on(batch) for batch in batches)

    def measure(self, batches: Sequence[Arrays]) -> Loss:
        with self._step.average.in_place():
            return summed(Loss(*self._step.measure(Batch(**batch))) for batch in batches)

    def _train_on(self, batch: Arrays) -> Loss:
        self._step.learning_rate = learning_rate_at(
            self._number, self._hyperparameters, steps_in_all=self._steps_in_all, reductions=0
        )
        total, tokens = self._step(Batch(**batch), self._number)
        self._number += 1
        return Loss(total, tokens)


def hyperparameters_of(sizes: Sizes) -> Hyperparameters:
    """Return the defaults, but for the sizes and for what must be alike."""
    return Hyperparameters(
        architecture=sizes.architecture,
        layers=sizes.layers,
        hidden_size=sizes.hidden,
        embedding_size=sizes.embedding,
        heads=sizes.heads,
        dropout=sizes.dropout,
        clip_norm=sizes.clip_norm,
        seed=sizes.seed,
        batch_size=BATCH_SIZE,
        softmax_samples=0,
        label_smoothing=0.0,
    )


def make_dataset(corpus: Path, directory: Path) -> Dataset:
    request = PreprocessRequest.of_corpus("bench", corpus, directory, vocabulary_size=VOCABULARY)
    return Dataset.open(preprocess(request, NullMonitor()).directory)


def training_batches(dataset: Dataset, epochs: int) -> Iterator[Arrays]:
    """Yield the batches of so many epochs, in the order of our trainer."""
    source = batch_source(dataset, "train")
    for epoch in range(epochs):
        yield from (batch._asdict() for batch in source.shuffled(0, epoch))


def steps_an_epoch(dataset: Dataset) -> int:
    return len(batch_source(dataset, "train"))


def held_out_batches(dataset: Dataset) -> Iterator[Arrays]:
    return (batch._asdict() for batch in batch_source(dataset, "validation").in_order())


def batch_source(dataset: Dataset, split: str) -> BatchSource:
    return BatchSource(ExchangeIds(dataset), dataset.indices(split), BatchOrder(BATCH_SIZE))


if __name__ == "__main__":
    serve(Ours)
