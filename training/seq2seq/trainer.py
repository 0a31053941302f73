"""The training loop: steps, epochs, and going back where a step went wrong. All else is a callback's."""

import json
import logging
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, NoReturn

import keras
import numpy as np
import tensorflow as tf

from preprocessing.dataset import Dataset
from preprocessing.progress import Monitor, StoppedError, stop_if_requested
from training.architectures import ARCHITECTURES
from training.errors import CorruptRunError, TrainingError
from training.parameters import Hyperparameters
from training.run_files import CHECKPOINTS
from training.seq2seq.architectures import make_network
from training.seq2seq.batches import Batch, BatchOrder, BatchSource
from training.seq2seq.callbacks.callback import Callback
from training.seq2seq.checkpoint import Arrays, CheckpointFolder, TrainingState
from training.seq2seq.determinism import compute_alike
from training.seq2seq.exchange_ids import ExchangeIds
from training.seq2seq.exploded_loss import ExplodedLossError, follow_loss
from training.seq2seq.network import Network
from training.seq2seq.out_of_memory import is_out_of_memory
from training.seq2seq.precision import set_precision
from training.seq2seq.prefetch import Prefetch
from training.seq2seq.run_vocabulary import renumbering, surface_forms_of, vocabulary_of
from training.seq2seq.strategy import Strategy, has_workers, is_chief, share_variables, text_from_chief
from training.seq2seq.training_step import LOSS_SCALE, TrainingStep
from training.seq2seq.validation import Validation, judged_metric
from training.seq2seq.weights import load_weights

logger = logging.getLogger(__name__)
RATE_AFTER_RESTART = 0.5
MOST_RESTARTS = 1


class Trainer:
    """One run: `train()` returns when it is done; asked to stop, it saves all and raises StoppedError."""

    def __init__(
        self,
        dataset: Dataset,
        run_directory: Path,
        hyperparameters: Hyperparameters,
        monitor: Monitor,
        callbacks: Iterable[Callback] = (),
        *,
        begin: Callable[[Network], None] | None = None,
    ) -> None:
        """`begin` gives the network of a new run its first weights, where it shall not start at random."""
        self.dataset = dataset
        self.hyperparameters = hyperparameters
        self.monitor = monitor
        self.state = TrainingState(fingerprint=dataset.fingerprint)
        self.saved_step = 0
        self.figures: dict[str, Any] = {}
        self.vocabulary = vocabulary_of(run_directory, dataset)
        self.surface_forms = surface_forms_of(run_directory, dataset)
        self.exchanges = ExchangeIds(
            dataset,
            reverse=hyperparameters.reverse,
            renumbering=renumbering(dataset.vocabulary, self.vocabulary),
        )
        self._training = BatchSource(self.exchanges, dataset.indices("train"), order_of(hyperparameters))
        self.checkpoints = CheckpointFolder(
            run_directory / CHECKPOINTS,
            metric=judged_metric(hyperparameters, dataset),
            keep_last=hyperparameters.keep_last,
            keep_best=hyperparameters.keep_best,
        )
        found = self.checkpoints.newest()
        self._strategy = tf.distribute.get_strategy()
        compute_alike()
        keras.utils.set_random_seed(hyperparameters.seed)
        set_precision(hyperparameters.precision)
        self.network = make_network(hyperparameters, len(self.vocabulary))
        self.network.read_vocabulary(self.vocabulary)
        if begin is not None and found is None:
            begin(self.network)
        self.step = TrainingStep(self.network, hyperparameters)
        self._validation = Validation(
            dataset, self.exchanges, self.network, self.step, hyperparameters, self.look_up
        )
        self._callbacks = list(callbacks)
        self._is_over = False
        if found is not None:
            self._restore(*found)
        self._share()
        self._begun_at = time.monotonic() - self.state.elapsed_seconds
        self._epoch_begun_at, self._waited_seconds = time.monotonic(), 0.0

    # The loop

    def train(self) -> TrainingState:
        """Train to the end: epochs, patience or minutes, whichever comes first."""
        try:
            self._tell("at_start")
            # The chief's death watch may have halved its batches.
            self._share_state()
            while not self.state.is_finished:
                self._train_epoch_with_care()
        finally:
            self._tell("at_end")
        return self.state

    def _train_epoch_with_care(self) -> None:
        try:
            self._train_epoch()
        except ExplodedLossError as error:
            self._start_again_slower(error)
        except (MemoryError, tf.errors.OpError) as error:
            if not is_out_of_memory(error):
                raise
            self._start_again_smaller(error)

    def _train_epoch(self) -> None:
        self._epoch_begun_at, self._waited_seconds = time.monotonic(), 0.0
        with Prefetch(self.batches()) as batches:
            for batch in batches:
                self._waited_seconds = batches.waited_seconds
                self._train_batch(batch)
                wants_stop, self._is_over = self._decisions()
                if wants_stop:
                    self._stop()
                if self._is_over:
                    break
        self._end_epoch()

    def _train_batch(self, batch: Batch) -> None:
        state = self.state
        self._tell("before_step")
        # What this worker wishes; all of them hear of it with the step.
        wishes = self._wishes() if has_workers(self._strategy) else ()
        total, count = self.step(batch, state.step, wishes)
        loss = total / count
        follow_loss(state, loss)
        state.step += 1
        state.batch += 1
        state.epoch_loss += total
        state.epoch_tokens += count
        self._tell("after_step", loss)

    def _decisions(self) -> Sequence[bool]:
        """Return whether to stop and whether the time is over: with several workers, once for all of them."""
        return self.step.agreed if has_workers(self._strategy) else self._wishes()

    def _wishes(self) -> tuple[bool, bool]:
        return self.monitor.stop_requested(), self._is_out_of_time()

    def _end_epoch(self) -> None:
        state = self.state
        metrics = {"training_loss": state.epoch_loss / max(state.epoch_tokens, 1.0)}
        metrics |= self._measured()
        # Unlike machines differ by a hair, which must not end the training on one of them alone.
        state.metrics = json.loads(text_from_chief(self._strategy, json.dumps(metrics)))
        state.epoch += 1
        state.batch, state.epoch_loss, state.epoch_tokens = 0, 0.0, 0.0
        state.is_finished = state.epoch >= self.hyperparameters.epochs or self._is_over
        self._tell("after_epoch")

    def _measured(self) -> dict[str, float]:
        """Measure held-out exchanges; stopped meanwhile, the epoch's end is left to the resumed run."""
        try:
            return self._validation.measure()
        except StoppedError:
            self._stop()

    def _stop(self) -> NoReturn:
        self._tell("at_stop")
        raise StoppedError(f"Training was asked to stop at step {self.state.step}.")

    def _tell(self, moment: str, *values: Any) -> None:
        for callback in self._callbacks:
            getattr(callback, moment)(self, *values)

    # When a step went wrong

    def _start_again_slower(self, error: ExplodedLossError) -> None:
        if self.state.restarts >= MOST_RESTARTS:
            raise TrainingError(
                f"The loss must be a number that does not explode; {error}, also at half the rate. "
                "Use a lower learning rate, or gradients clipped to a smaller norm."
            )
        self._go_back()
        self.state.restarts += 1
        self.state.rate_factor *= RATE_AFTER_RESTART
        logger.warning(
            "The loss exploded: %s. Once, training goes back to step %s and on from there at %s of the rate.",
            error,
            self.state.step,
            RATE_AFTER_RESTART,
        )

    def _start_again_smaller(self, error: Exception) -> None:
        if has_workers(self._strategy):
            # The others wait within the step, where they hear nothing of it.
            raise TrainingError(
                "A batch must fit into the memory of every worker; it does not into this one's. "
                f"Use more accumulation, a smaller batch or a smaller network. {one_line(error)}"
            )
        parts = self.state.more_parts
        if parts > 1:
            raise TrainingError(
                "A batch must fit into memory; it does not, also halved. "
                f"Use a smaller batch or network. {one_line(error)}"
            )
        self._go_back()
        self.halve_batch("Memory ran out")

    def halve_batch(self, reason: str) -> None:
        """Work through batches in twice as many parts from now on, and say so."""
        self.state.more_parts *= 2
        self._use_parts()
        logger.warning(
            "%s: each batch is worked through in %s parts from step %s on.",
            reason,
            self.step.accumulation,
            self.state.step,
        )

    def _use_parts(self) -> None:
        self.step.accumulation = self.hyperparameters.accumulation * self.state.more_parts

    def _go_back(self) -> None:
        """Be again where the newest checkpoint was, with this process' clock and what went wrong so far."""
        elapsed_seconds, before = self.elapsed_seconds(), self.state
        found = self.checkpoints.newest()
        if found is not None:
            self._restore(*found)
            self.state.restarts, self.state.rate_factor = before.restarts, before.rate_factor
            self.state.more_parts, self.state.is_compiled = before.more_parts, before.is_compiled
            self._use_parts()
        elif is_chief(self._strategy):
            raise TrainingError("A run must have a checkpoint to go back to; this one has none. Start anew.")
        self._share()
        self._begun_at = time.monotonic() - elapsed_seconds
        self._tell("after_return")

    # What callbacks ask for

    @property
    def strategy(self) -> Strategy:
        """The one that network and step were made in: outside its scope TensorFlow tells of another."""
        return self._strategy

    @property
    def steps_an_epoch(self) -> int:
        return len(self._training)

    def whole_epoch(self) -> Iterator[Batch]:
        return self._training.shuffled(self.hyperparameters.seed, self.state.epoch)

    def batches(self) -> Iterator[Batch]:
        """Return what is left of this epoch."""
        return self._training.shuffled(self.hyperparameters.seed, self.state.epoch, first=self.state.batch)

    @property
    def input_share(self) -> float:
        """The share of this epoch's time that the loop waited for batches."""
        seconds = time.monotonic() - self._epoch_begun_at
        return self._waited_seconds / seconds if seconds else 0.0

    def steps_in_all(self, seconds_a_step: float | None = None) -> int:
        """Return how many steps the run will have, by its epochs and by its minutes."""
        total = self.hyperparameters.epochs * self.steps_an_epoch
        seconds_left = self.seconds_left()
        if seconds_left is not None and seconds_a_step:
            total = min(total, self.state.step + round(seconds_left / seconds_a_step))
        return total

    def seconds_left(self) -> float | None:
        """Return how long the run may go on; None where it has all the time it needs."""
        minutes = self.hyperparameters.max_minutes
        return None if minutes is None else max(minutes * 60 - self.elapsed_seconds(), 0.0)

    def look_up(self) -> None:
        """Between two things that are measured: report, and raise StoppedError where that is asked for."""
        self.tell_measuring()
        # Several workers must measure all of it together.
        if not has_workers(self._strategy):
            stop_if_requested(self.monitor)

    def tell_measuring(self) -> None:
        self._tell("while_measuring")

    def elapsed_seconds(self) -> float:
        return time.monotonic() - self._begun_at

    def leave_out(self, seconds: float) -> None:
        """Let time in which nothing could be done not count as training."""
        self._begun_at += seconds

    def save(self) -> None:
        """Write a checkpoint, unless its weights are no numbers: the last good one must stay.

        The next step's loss is none either, and that is dealt with.
        """
        arrays = dict(self._arrays())
        if not all(map(is_finite, arrays.values())):
            logger.warning("Step %s is not saved: weights are no numbers any more.", self.state.step)
            return
        self.state.elapsed_seconds = self.elapsed_seconds()
        self.checkpoints.save(self.state, arrays)
        self.saved_step = self.state.step

    def _arrays(self) -> Iterator[tuple[str, np.ndarray[Any, Any]]]:
        for prefix, variables in self.step.variables():
            for number, variable in enumerate(variables):
                yield f"{prefix}_{number}", np.asarray(variable)

    def _is_out_of_time(self) -> bool:
        return self.seconds_left() == 0

    def _restore(self, state: TrainingState, arrays: Arrays) -> None:
        if state.fingerprint != self.dataset.fingerprint:
            raise CorruptRunError(
                "A run must be resumed with the dataset it began with; this one has another fingerprint. "
                "Start a new training."
            )
        for prefix, variables in self.step.variables():
            # A run may go on in another precision, whose loss scale is then new.
            if prefix != LOSS_SCALE or f"{prefix}_0" in arrays:
                load_weights(variables, arrays, prefix)
        self.state = state
        self._use_parts()
        self.saved_step = state.step
        logger.info("Resumed at step %s.", state.step)

    def _share(self) -> None:
        """Let every worker be where the first one is; each must come here."""
        if has_workers(self._strategy):
            share_variables(self._strategy, self.step.variables())
            self._share_state()

    def _share_state(self) -> None:
        if not has_workers(self._strategy):
            return
        text = text_from_chief(self._strategy, json.dumps(asdict(self.state)))
        self.state = TrainingState.from_json(json.loads(text))
        if self.state.fingerprint != self.dataset.fingerprint:
            raise CorruptRunError("All workers must train on the same dataset; this one has another.")
        self._use_parts()


def order_of(hyperparameters: Hyperparameters) -> BatchOrder:
    architecture = ARCHITECTURES[hyperparameters.architecture]
    return BatchOrder(
        hyperparameters.batch_size,
        weighs_loss=architecture.weighs_loss,
        distractors=hyperparameters.distractors,
        mixes_lengths=architecture.mixes_lengths,
    )


def is_finite(array: np.ndarray[Any, Any]) -> bool:
    return not np.issubdtype(array.dtype, np.floating) or bool(np.isfinite(array).all())


def one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
