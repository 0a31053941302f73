"""What is measured after each epoch, on held-out exchanges."""

import logging
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from preprocessing.dataset import Dataset
from training.architectures import ARCHITECTURES
from training.evaluation.metrics import distinct_n, perplexity
from training.parameters import Hyperparameters
from training.seq2seq.batches import Batch, BatchOrder, BatchSource, Rows
from training.seq2seq.checkpoint import TRAINING_LOSS
from training.seq2seq.exchange_ids import ExchangeIds
from training.seq2seq.generator import Generator
from training.seq2seq.greedy import GreedyAnswers
from training.seq2seq.network import Network
from training.seq2seq.ranking_test import CANDIDATES, RankingTest, recalls
from training.seq2seq.training_step import TrainingStep, with_rows

logger = logging.getLogger(__name__)
# What a generator is asked for distinct-n, and only where that was chosen.
QUESTIONS_ANSWERED = 100
FEWEST_TO_RANK = 2 * CANDIDATES
Item = TypeVar("Item")


class Validation:
    """Measures a network by name of metric: with the averaged weights where there are such."""

    def __init__(
        self,
        dataset: Dataset,
        exchanges: ExchangeIds,
        network: Network,
        step: TrainingStep,
        hyperparameters: Hyperparameters,
        look_up: Callable[[], None] = lambda: None,
    ) -> None:
        """`look_up` is called before each thing that is measured, and may raise."""
        self._dataset, self._exchanges = dataset, exchanges
        self._network, self._step = network, step
        self._look_up = look_up
        self._rows = dataset.indices("validation")
        self._metric = hyperparameters.metric.rpartition("/")[2]
        self._batches = BatchSource(exchanges, self._rows, BatchOrder(hyperparameters.batch_size))

    def measure(self) -> dict[str, float]:
        """Return what was measured, by name; nothing where nothing is held out."""
        if not len(self._rows):
            return {}
        with self._step.average.in_place():
            return {**self._loss(), **self._others()}

    def _loss(self) -> dict[str, float]:
        total, count = 0.0, 0.0
        for batch in self._watched(self._batches.in_order()):
            loss, number = self._step.measure(batch)
            total, count = total + loss, count + number
        measured = {"loss": total / count}
        if isinstance(self._network, Generator):
            measured["perplexity"] = perplexity(total, count)
        return measured

    def _others(self) -> dict[str, float]:
        self._look_up()
        if not isinstance(self._network, Generator):
            return self._network.validation_metrics(self._dataset, self._exchanges, self._rows)
        costly: dict[str, Callable[[], dict[str, float]]] = {
            "token_accuracy": self._token_accuracy,
            "recall": self._recall,
            "distinct": self._distinct,
        }
        family = self._metric.partition("@")[0].partition("-")[0]
        return costly[family]() if family in costly else {}

    def _token_accuracy(self) -> dict[str, float]:
        assert isinstance(self._network, Generator)
        parts = self._step.accumulation
        pairs = [
            self._network.right_tokens(part)
            for batch in self._watched(self._batches.in_order())
            for part in split_rows(batch, parts)
        ]
        right, tokens = np.sum(np.array(pairs, np.float64), axis=0)
        return {"token_accuracy": float(right / tokens)}

    def _recall(self) -> dict[str, float]:
        """Rank the true answer among others by its mean log-probability a token."""
        test = RankingTest.of(self._dataset, self._rows, "generator")
        if test is None:
            return {}
        candidates = test.rows[test.places]  # (Q, 10)
        return recalls(np.array([self._scores(rows[0], rows) for rows in self._watched(candidates)]))

    def _scores(self, question_row: int, answer_rows: Rows) -> npt.NDArray[np.float32]:
        assert isinstance(self._network, Generator)
        batch = self._batches.candidates(question_row, answer_rows.tolist())
        return -np.asarray(self._network.answer_losses(batch))

    def _distinct(self) -> dict[str, float]:
        assert isinstance(self._network, Generator)
        answers = GreedyAnswers(self._network, self._exchanges.max_answer_length)
        said = [
            answers.answer(self._exchanges.question(row)).ids
            for row in self._watched(sample(self._rows, QUESTIONS_ANSWERED))
        ]
        return {f"distinct-{n}": distinct_n(said, n) for n in (1, 2)}

    def _watched(self, items: Iterable[Item]) -> Iterator[Item]:
        for item in items:
            self._look_up()
            yield item


def split_rows(batch: Batch, parts: int) -> Iterator[Batch]:
    """Yield the batch in parts, of no more rows each than a training step takes at once."""
    for rows in np.array_split(np.arange(len(batch.weights)), parts):
        if len(rows):
            yield with_rows(batch, rows)


def sample(rows: Rows, number: int) -> Rows:
    """Return so many rows from all over the split, always the same ones."""
    return rows if len(rows) <= number else rows[np.linspace(0, len(rows) - 1, number).astype(int)]


def judged_metric(hyperparameters: Hyperparameters, dataset: Dataset) -> str:
    """Return the name of the metric that chooses checkpoints; a prefix with a slash is left away.

    What the held-out answers do not allow to measure chooses none: then the loss does.
    """
    rows = dataset.indices("validation")
    if hyperparameters.select == "training" or not len(rows):
        return TRAINING_LOSS
    metric = hyperparameters.metric.rpartition("/")[2] or "loss"
    if metric.startswith("recall@") and not can_rank(dataset, rows, hyperparameters.architecture):
        logger.warning("%s cannot be measured: too few held-out answers differ. The loss judges.", metric)
        return "loss"
    return metric


def can_rank(dataset: Dataset, rows: Rows, architecture: str) -> bool:
    role = ARCHITECTURES[architecture].role
    return len(rows) >= FEWEST_TO_RANK and RankingTest.of(dataset, rows, role) is not None
