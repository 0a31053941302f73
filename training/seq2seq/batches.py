"""Batches of similar length, in an order that (seed, epoch) alone decide. NumPy only."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from preprocessing.dataset import Dataset
from preprocessing.vocabulary import EOS_ID, GO_ID, PAD_ID

# Rows are sorted by length within pools of so many batches: little padding, yet another mix each epoch.
BATCHES_IN_POOL = 32

Rows = npt.NDArray[np.int64]
Ids = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Batch:
    """questions (B, S); inputs (B, T) begin with <go>, targets (B, T) end with <eos>; padded with 0."""

    questions: Ids
    inputs: Ids
    targets: Ids


class BatchSource:
    """The rows of one split, batch by batch."""

    def __init__(self, dataset: Dataset, rows: Rows, batch_size: int) -> None:
        self._dataset = dataset
        self._rows = rows
        self._batch_size = batch_size
        questions, answers = dataset.exchanges.questions.lengths(), dataset.exchanges.answers.lengths()
        # The decoder's steps cost most, so answers decide first.
        self._lengths = answers[rows] * 10_000 + questions[rows]
        # A weight of 2.5 means: twice an epoch, and once more in half of the epochs.
        weights = dataset.exchanges.weights[rows].astype(np.float64)
        self._repeats = np.floor(weights).astype(np.int64)
        self._chances = weights - self._repeats
        self._extras = round(float(self._chances.sum()))
        if not self._extras and not self._repeats.any():
            self._extras = 1

    def __len__(self) -> int:
        """The number of batches in an epoch."""
        return -(-(int(self._repeats.sum()) + self._extras) // self._batch_size)

    def in_order(self) -> Iterator[Batch]:
        """Yield every row once, shortest first: for measuring, where order does not matter."""
        order = np.argsort(self._lengths, kind="stable")
        for start in range(0, len(order), self._batch_size):
            yield self._batch(self._rows[order[start : start + self._batch_size]])

    def shuffled(self, seed: int, epoch: int, first: int = 0) -> Iterator[Batch]:
        """Yield the batches of an epoch from the one numbered `first` on."""
        for chosen in self._shuffled_rows(seed, epoch)[first:]:
            yield self._batch(self._rows[chosen])

    def _shuffled_rows(self, seed: int, epoch: int) -> list[Rows]:
        generator = np.random.Generator(np.random.Philox([seed, epoch]))
        drawn = self._drawn(generator)
        order = drawn[generator.permutation(len(drawn))]
        pool = self._batch_size * BATCHES_IN_POOL
        pools = [order[start : start + pool] for start in range(0, len(order), pool)]
        ordered = np.concatenate([part[np.argsort(self._lengths[part], kind="stable")] for part in pools])
        starts = range(0, len(ordered), self._batch_size)
        batches = [ordered[start : start + self._batch_size] for start in starts]
        return [batches[number] for number in generator.permutation(len(batches))]

    def _drawn(self, generator: np.random.Generator) -> Rows:
        """Return the places that an epoch takes: each as often as its weight says."""
        places = np.repeat(np.arange(len(self._rows)), self._repeats)
        if not self._extras:
            return places
        # One comb for all: a row is hit as often as its chance says, and none is hit by accident twice.
        order = generator.permutation(len(self._rows))
        reached = np.cumsum(self._chances[order])
        teeth = (np.arange(self._extras) + generator.random()) * (reached[-1] / self._extras)
        return np.concatenate([places, order[np.searchsorted(reached, teeth, "right")]])

    def _batch(self, rows: Rows) -> Batch:
        questions = [self._dataset.question(row) for row in rows]
        answers = [self._dataset.answer(row) for row in rows]
        return Batch(
            padded(questions),
            padded([np.concatenate([[GO_ID], answer]) for answer in answers]),
            padded([np.concatenate([answer, [EOS_ID]]) for answer in answers]),
        )


def padded(rows: list[Ids]) -> Ids:
    """Return rows of different lengths as one array (B, longest), padded on the right."""
    result = np.full((len(rows), max(map(len, rows))), PAD_ID, np.int32)
    for number, row in enumerate(rows):
        result[number, : len(row)] = row
    return result
