"""The training loop: one step function, checkpoints, validation, early stopping."""

import logging
import math
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from preprocessing.dataset import Dataset
from preprocessing.progress import Monitor, Progress, StoppedError
from training.architectures import ARCHITECTURES
from training.errors import CorruptRunError, TrainingError
from training.parameters import Hyperparameters
from training.seq2seq.architectures import make_network
from training.seq2seq.batches import Batch, BatchOrder, BatchSource
from training.seq2seq.checkpoint import CheckpointFolder, TrainingState
from training.seq2seq.exchange_ids import ExchangeIds
from training.seq2seq.learning_rate import learning_rate_at
from training.seq2seq.network import Network
from training.seq2seq.pace import Pace
from training.seq2seq.record import RunRecord
from training.seq2seq.training_step import TrainingStep

logger = logging.getLogger(__name__)
STEPS_BETWEEN_LINES = 10
SECONDS_BETWEEN_CHECKPOINTS = 120
SMOOTHING = 0.95
AVERAGE = "average"


class Trainer:
    """One run: `train()` returns when it is done; asked to stop, it saves all and raises StoppedError."""

    def __init__(
        self, dataset: Dataset, run_directory: Path, hyperparameters: Hyperparameters, monitor: Monitor
    ) -> None:
        self.hyperparameters = hyperparameters
        self.state = TrainingState(fingerprint=dataset.fingerprint)
        self._monitor = monitor
        exchanges = ExchangeIds(dataset, reverse=hyperparameters.reverse)
        order = BatchOrder(
            hyperparameters.batch_size,
            weighs_loss=ARCHITECTURES[hyperparameters.architecture].weighs_loss,
            distractors=hyperparameters.distractors,
        )
        self._training = BatchSource(exchanges, dataset.indices("train"), order)
        held_out = dataset.indices("validation")
        self._validation = BatchSource(exchanges, held_out, order) if len(held_out) else None
        with tf.distribute.get_strategy().scope():
            keras.utils.set_random_seed(hyperparameters.seed)
            self.network = make_network(hyperparameters, len(dataset.vocabulary))
        self._step = TrainingStep(self.network, hyperparameters)
        self._checkpoints = CheckpointFolder(run_directory / "checkpoints")
        self._restore_newest()
        self._record = RunRecord(run_directory, resumed_step=self.state.step)
        self._saved_at, self._saved_step = time.monotonic(), self.state.step
        self._begun_at = time.monotonic() - self.state.elapsed_seconds
        self._smooth_loss: float | None = None
        self._pace = Pace()

    # The loop

    def train(self) -> TrainingState:
        """Train to the end: epochs, patience or minutes, whichever comes first."""
        logger.info("Training on %s.", device_name())
        try:
            while not self.state.is_finished:
                self._train_epoch()
        finally:
            self._record.close()
        return self.state

    def _train_epoch(self) -> None:
        seed = self.hyperparameters.seed
        for batch in self._training.shuffled(seed, self.state.epoch, first=self.state.batch):
            self._train_batch(batch)
            if self._monitor.stop_requested():
                self._save()
                raise StoppedError(f"Training was asked to stop at step {self.state.step}.")
            if self._is_out_of_time():
                break
            self._save_when_due()
        self._end_epoch()

    def _train_batch(self, batch: Batch) -> None:
        self._step.learning_rate = self._learning_rate()
        loss, tokens = self._step(batch, self.state.step)
        self.state.step += 1
        self.state.batch += 1
        self.state.epoch_loss += loss
        self.state.epoch_tokens += tokens
        self._notice(loss / tokens)

    def _learning_rate(self) -> float:
        return learning_rate_at(
            self.state.step,
            self.hyperparameters,
            steps_in_all=self.hyperparameters.epochs * len(self._training),
            reductions=self.state.reductions,
        )

    # The end of an epoch

    def _end_epoch(self) -> None:
        state = self.state
        training_loss = state.epoch_loss / max(state.epoch_tokens, 1.0)
        state.validation_loss = self._validation_loss()
        state.epoch += 1
        state.batch, state.epoch_loss, state.epoch_tokens = 0, 0.0, 0.0
        self._judge(training_loss)
        is_over = state.epoch >= self.hyperparameters.epochs or self._is_out_of_time()
        state.is_finished = is_over or state.epochs_without_better >= self.hyperparameters.patience
        self._record_epoch(training_loss)
        self._save()

    def _judge(self, training_loss: float) -> None:
        """Remember the best checkpoint by the loss that is to choose it."""
        chosen = self.state.validation_loss if self.hyperparameters.select == "validation" else training_loss
        judged = training_loss if chosen is None else chosen
        if judged < self.state.best_loss:
            self.state.best_loss, self.state.best_step = judged, self.state.step
            self.state.epochs_without_better = 0
        else:
            self.state.epochs_without_better += 1
            self.state.reductions += 1

    def _validation_loss(self) -> float | None:
        if self._validation is None:
            return None
        total, tokens = 0.0, 0.0
        with self._step.average.in_place():
            for batch in self._validation.in_order():
                loss, number = self._step.measure(batch)
                total, tokens = total + loss, tokens + number
        return total / tokens

    # Telling others

    def _notice(self, loss: float) -> None:
        if not math.isfinite(loss):
            raise TrainingError(
                f"The loss must be a finite number; at step {self.state.step} it is {loss}. "
                "Use a lower learning rate, or gradients clipped to a smaller norm."
            )
        before = self._smooth_loss
        self._smooth_loss = loss if before is None else SMOOTHING * before + (1 - SMOOTHING) * loss
        if self.state.step % STEPS_BETWEEN_LINES == 0:
            self._record.write(
                self.state.step,
                epoch=self.state.epoch,
                loss=round(self._smooth_loss, 5),
                learning_rate=self._step.learning_rate,
            )
        self._report()

    def _record_epoch(self, training_loss: float) -> None:
        state = self.state
        values: dict[str, Any] = {"training_loss": training_loss}
        if state.validation_loss is not None:
            values |= {
                "validation_loss": state.validation_loss,
                "perplexity": math.exp(min(state.validation_loss, 50)),
            }
        self._record.write(state.step, epoch=state.epoch, **values)
        logger.info(
            "Epoch %s: training loss %.3f, validation loss %s.",
            state.epoch,
            training_loss,
            "not measured" if state.validation_loss is None else f"{state.validation_loss:.3f}",
        )

    def _report(self) -> None:
        state, epochs = self.state, self.hyperparameters.epochs
        seconds_a_step = self._pace.seconds_a_step(state.step)
        total, left = self._steps_in_all(seconds_a_step), None
        metrics: dict[str, Any] = {
            "loss": round(self._smooth_loss or 0.0, 4),
            "epoch": state.epoch + 1,
            "epochs": epochs,
            "checkpoint_step": self._saved_step,
        }
        if state.validation_loss is not None:
            metrics["validation_loss"] = round(state.validation_loss, 4)
            metrics["perplexity"] = round(math.exp(min(state.validation_loss, 50)), 2)
        if seconds_a_step:
            left = (total - state.step) * seconds_a_step
            metrics |= {"steps_per_second": round(1 / seconds_a_step, 2), "seconds_left": round(left)}
        message = f"epoch {min(state.epoch + 1, epochs)} of {epochs}"
        self._monitor.report(Progress(state.step, total, "steps", message, metrics))

    def _steps_in_all(self, seconds_a_step: float | None) -> int:
        """Return how many steps the run will have, by its epochs and by its minutes."""
        total = self.hyperparameters.epochs * len(self._training)
        if self.hyperparameters.max_minutes and seconds_a_step:
            left = max(self.hyperparameters.max_minutes * 60 - self._elapsed_seconds(), 0)
            total = min(total, self.state.step + round(left / seconds_a_step))
        return total

    # Time and checkpoints

    def _elapsed_seconds(self) -> float:
        return time.monotonic() - self._begun_at

    def _is_out_of_time(self) -> bool:
        limit = self.hyperparameters.max_minutes
        return limit is not None and self._elapsed_seconds() >= limit * 60

    def _save_when_due(self) -> None:
        is_due = time.monotonic() - self._saved_at >= SECONDS_BETWEEN_CHECKPOINTS
        if is_due or self.state.step % self.hyperparameters.save_every == 0:
            self._save()

    def _save(self) -> None:
        self.state.elapsed_seconds = self._elapsed_seconds()
        self._checkpoints.save(self.state, dict(self._arrays()))
        self._saved_at, self._saved_step = time.monotonic(), self.state.step

    def _arrays(self) -> Iterator[tuple[str, np.ndarray]]:
        for prefix, variables in self._step.variables():
            for number, variable in enumerate(variables):
                yield f"{prefix}_{number}", np.asarray(variable)

    def _restore_newest(self) -> None:
        found = self._checkpoints.newest()
        if found is None:
            return
        state, arrays = found
        if state.fingerprint != self.state.fingerprint:
            raise CorruptRunError(
                "A run must be resumed with the dataset it began with; this one has another fingerprint. "
                "Start a new training."
            )
        for prefix, variables in self._step.variables():
            assign(variables, arrays, prefix)
        self.state = state
        logger.info("Resumed at step %s.", state.step)


def assign(variables: list[Any], arrays: dict[str, np.ndarray], prefix: str) -> None:
    """Put the arrays of a checkpoint into the variables they came from."""
    for number, variable in enumerate(variables):
        array = arrays.get(f"{prefix}_{number}")
        if array is None or tuple(array.shape) != tuple(variable.shape):
            raise CorruptRunError(
                f"A checkpoint must fit its network; {variable.path} does not. "
                "It belongs to another configuration."
            )
        variable.assign(array)


def load_network(run_directory: Path, step: int, make: Callable[[], Network]) -> Network:
    """Return a network with the weights of one checkpoint."""
    _, arrays = CheckpointFolder(run_directory / "checkpoints").load(step)
    network = make()
    assign(network.variables, arrays, "network")
    if f"{AVERAGE}_0" in arrays:
        assign(network.trainable_variables, arrays, AVERAGE)
    return network


def device_name() -> str:
    gpus = tf.config.list_physical_devices("GPU")
    if not gpus:
        return "CPU"
    details = tf.config.experimental.get_device_details(gpus[0])
    return f"GPU {details.get('device_name', gpus[0].name)}"
