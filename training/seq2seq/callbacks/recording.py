"""What a run writes for people: metrics as JSON lines, and events for TensorBoard."""

import errno
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

import tensorflow as tf

from preprocessing.durable_file import write_text_durably
from training.run_files import EVENTS, METRICS_FILE
from training.seq2seq.callbacks.callback import Callback
from training.seq2seq.trainer import Trainer

logger = logging.getLogger(__name__)
STEPS_BETWEEN_LINES = 10
FULL_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class Recording(Callback):
    """Appends to `metrics.jsonl` and `events/`; a resumed run forgets what lies behind its checkpoint."""

    def __init__(self, run_directory: Path) -> None:
        self._path = run_directory / METRICS_FILE
        self._events = tf.summary.create_file_writer(str(run_directory / EVENTS))
        self._file: TextIO | None = None

    def at_start(self, run: Trainer) -> None:
        self._open_at(run.state.step)

    def after_return(self, run: Trainer) -> None:
        self._open_at(run.state.step)

    def after_step(self, run: Trainer, loss: float) -> None:
        if run.state.step % STEPS_BETWEEN_LINES == 0:
            self._write(
                run,
                epoch=run.state.epoch,
                loss=round(run.state.smooth_loss or loss, 5),
                learning_rate=run.step.learning_rate,
                gradient_norm=run.step.gradient_norm,
            )

    def after_epoch(self, run: Trainer) -> None:
        metrics = {("validation_loss" if n == "loss" else n): v for n, v in run.state.metrics.items()}
        self._write(run, epoch=run.state.epoch, **metrics)
        told = ", ".join(f"{name.replace('_', ' ')} {value:.3f}" for name, value in metrics.items())
        held_out = "" if "validation_loss" in metrics else "; nothing is held out"
        logger.info("Epoch %s: %s%s.", run.state.epoch, told, held_out)

    def at_end(self, run: Trainer) -> None:
        # What was not written for want of room is tried again by a close.
        with left_out_where_the_disk_is_full():
            if self._file is not None:
                self._file.close()
        with left_out_where_the_disk_is_full():
            self._events.close()

    def _open_at(self, step: int) -> None:
        if self._file is not None:
            self._file.close()
        forget_after(self._path, step)
        self._file = self._path.open("a", encoding="utf-8")

    def _write(self, run: Trainer, **values: Any) -> None:
        assert self._file is not None
        step, seconds = run.state.step, round(run.elapsed_seconds(), 1)
        with left_out_where_the_disk_is_full():
            self._file.write(json.dumps({"step": step, "seconds": seconds, **values}) + "\n")
            self._file.flush()
        with left_out_where_the_disk_is_full(), self._events.as_default():
            for name, value in values.items():
                if isinstance(value, float):
                    tf.summary.scalar(name, value, step=step)


@contextmanager
def left_out_where_the_disk_is_full() -> Iterator[None]:
    """Do without a line for people: the checkpoint is what waits for room."""
    try:
        yield
    except tf.errors.ResourceExhaustedError as error:
        logger.warning("Not recorded: %s", str(error)[:200])
    except OSError as error:
        if error.errno not in FULL_DISK:
            raise
        logger.warning("Not recorded: %s", error)


def forget_after(path: Path, step: int) -> None:
    """Drop the lines of later steps, and those that were cut short where the disk was full."""
    if not path.exists():
        return
    # Texts may hold what other line separators than \n are to Python.
    lines = path.read_text(encoding="utf-8").split("\n")
    kept = "".join(f"{line}\n" for line in lines if is_at_most(line, step))
    write_text_durably(path, kept)


def is_at_most(line: str, step: int) -> bool:
    """Whether a line is whole and tells of a step up to this one."""
    try:
        return bool(json.loads(line)["step"] <= step)
    except (ValueError, KeyError, TypeError):
        return False
