"""Saves a run: at each epoch, each so many steps, every two minutes, and when it is asked to stop."""

import logging
import time

from preprocessing.progress import Progress, StoppedError
from training.seq2seq.callbacks.callback import Callback
from training.seq2seq.callbacks.recording import FULL_DISK
from training.seq2seq.trainer import Trainer

logger = logging.getLogger(__name__)
SECONDS_BETWEEN = 120
SECONDS_UNTIL_NEXT_TRY = 5.0


class Checkpointing(Callback):
    """Where the disk is full the run waits, its last checkpoint untouched, until there is room again."""

    def __init__(self, save_every: int) -> None:
        self._save_every = save_every
        self._saved_at = time.monotonic()

    def at_start(self, run: Trainer) -> None:
        # A loss that explodes in the first epoch must have something to go back to.
        if run.state.step == 0 and not run.checkpoints.states():
            self._save(run)

    def after_step(self, run: Trainer, loss: float) -> None:
        is_due = time.monotonic() - self._saved_at >= SECONDS_BETWEEN
        # The end of an epoch saves too.
        is_last = run.state.batch == run.steps_an_epoch
        if (is_due or run.state.step % self._save_every == 0) and not is_last:
            self._save(run)

    def after_epoch(self, run: Trainer) -> None:
        self._save(run)

    def at_stop(self, run: Trainer) -> None:
        self._save(run)

    def _save(self, run: Trainer) -> None:
        while True:
            try:
                run.save()
            except OSError as error:
                # NumPy tells of a file that was cut short without a number.
                if error.errno not in (None, *FULL_DISK):
                    raise
                self._wait_for_room(run, error)
            else:
                self._saved_at = time.monotonic()
                return

    def _wait_for_room(self, run: Trainer, error: OSError) -> None:
        """Pause until the next try; asked to stop, give up with what was saved before."""
        message = "paused: the disk is full, free space and it goes on; the last checkpoint is kept"
        logger.warning("Training is %s (%s).", message, error)
        run.monitor.report(Progress(run.state.step, run.steps_in_all(), "steps", message))
        begun = time.monotonic()
        while time.monotonic() < begun + SECONDS_UNTIL_NEXT_TRY:
            if run.monitor.stop_requested():
                raise StoppedError("Training was asked to stop while it waited for room on the disk.")
            time.sleep(0.2)
        run.leave_out(time.monotonic() - begun)
