"""Batches of similar length, in an order that (seed, epoch) alone decide. NumPy only."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from preprocessing.vocabulary import EOS_ID, GO_ID, PAD_ID
from training.seq2seq.exchange_ids import ExchangeIds

# Rows are sorted by length within pools of so many batches: little padding, yet another mix each epoch.
BATCHES_IN_POOL = 32

Rows = npt.NDArray[np.int64]
Ids = npt.NDArray[np.int32]


@dataclass(frozen=True)
class BatchOrder:
    """How rows become batches."""

    batch_size: int
    # A row's weight is a factor of its loss; else it says how often an epoch takes the row.
    weighs_loss: bool = False
    # Wrong answers that are drawn for each batch.
    distractors: int = 0
    # Rows are not sorted by length within their pool.
    mixes_lengths: bool = False


class Batch(NamedTuple):
    """A training step's exchanges, padded with 0 on the right.

    questions (B, S); inputs (B, T) begin with <go>, targets (B, T) end with <eos>; weights (B,).
    distractors (K, T): more answers that are wrong for every question, <eos> included; K is 0 where an
    architecture has no use for them.
    """

    questions: Any
    inputs: Any
    targets: Any
    weights: Any
    distractors: Any


class BatchSource:
    """The rows of one split, batch by batch."""

    def __init__(self, exchanges: ExchangeIds, rows: Rows, order: BatchOrder) -> None:
        self._exchanges = exchanges
        self._rows = rows
        self._batch_size = order.batch_size
        self._distractors = order.distractors
        self._mixes_lengths = order.mixes_lengths
        # The decoder's steps cost most, so answers decide first.
        self._lengths = exchanges.answer_lengths()[rows] * 10_000 + exchanges.question_lengths()[rows]
        weights = exchanges.weights[rows].astype(np.float64)
        self._loss_weights = (
            weights.astype(np.float32) if order.weighs_loss else np.ones(len(rows), np.float32)
        )
        # A weight of 2.5 means: twice an epoch, and once more in half of the epochs.
        taken = np.ones_like(weights) if order.weighs_loss else weights
        self._repeats = np.floor(taken).astype(np.int64)
        self._chances = taken - self._repeats
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
            yield self._batch(order[start : start + self._batch_size])

    def shuffled(self, seed: int, epoch: int, first: int = 0) -> Iterator[Batch]:
        """Yield the batches of an epoch from the one numbered `first` on."""
        for number, chosen in enumerate(self._shuffled_places(seed, epoch)[first:], first):
            yield self._batch(chosen, self._drawn_distractors([seed, epoch, number]))

    def candidates(self, question_row: int, answer_rows: Sequence[int]) -> Batch:
        """Return one question with each of several answers."""
        questions = [self._exchanges.question(question_row)] * len(answer_rows)
        answers = [self._exchanges.answer(row) for row in answer_rows]
        return padded_batch(questions, answers, np.ones(len(answer_rows), np.float32))

    def _shuffled_places(self, seed: int, epoch: int) -> list[Rows]:
        generator = np.random.Generator(np.random.Philox([seed, epoch]))
        drawn = self._drawn(generator)
        order = drawn[generator.permutation(len(drawn))]
        if self._mixes_lengths:
            return self._cut(order)
        pool = self._batch_size * BATCHES_IN_POOL
        pools = [order[start : start + pool] for start in range(0, len(order), pool)]
        ordered = np.concatenate([part[np.argsort(self._lengths[part], kind="stable")] for part in pools])
        batches = self._cut(ordered)
        return [batches[number] for number in generator.permutation(len(batches))]

    def _cut(self, places: Rows) -> list[Rows]:
        return [places[start : start + self._batch_size] for start in range(0, len(places), self._batch_size)]

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

    def _batch(self, places: Rows, distractors: Rows | None = None) -> Batch:
        rows = self._rows[places]
        questions = [self._exchanges.question(row) for row in rows]
        answers = [self._exchanges.answer(row) for row in rows]
        batch = padded_batch(questions, answers, self._loss_weights[places])
        return batch if distractors is None else batch._replace(distractors=self._wrong_answers(distractors))

    def _drawn_distractors(self, key: list[int]) -> Rows | None:
        if not self._distractors:
            return None
        generator = np.random.Generator(np.random.Philox(np.random.SeedSequence(key)))
        return generator.integers(0, len(self._rows), self._distractors)

    def _wrong_answers(self, places: Rows) -> Ids:
        answers = [self._exchanges.answer(row) for row in self._rows[places]]
        return padded([np.concatenate([answer, [EOS_ID]]) for answer in answers])


def padded_batch(questions: list[Ids], answers: list[Ids], weights: npt.NDArray[np.float32]) -> Batch:
    return Batch(
        padded(questions),
        padded([np.concatenate([[GO_ID], answer]) for answer in answers]),
        padded([np.concatenate([answer, [EOS_ID]]) for answer in answers]),
        weights,
        np.zeros((0, 1), np.int32),
    )


def padded(rows: list[Ids]) -> Ids:
    """Return rows of different lengths as one array (B, longest), padded on the right."""
    result = np.full((len(rows), max(map(len, rows))), PAD_ID, np.int32)
    for number, row in enumerate(rows):
        result[number, : len(row)] = row
    return result
