"""Tells the monitor how far a run is and how long the rest will take."""

import logging
import math
import time
from dataclasses import replace
from typing import Any

from preprocessing.progress import Progress, readable_seconds
from training.seq2seq.callbacks.callback import Callback
from training.seq2seq.pace import Pace
from training.seq2seq.trainer import Trainer

logger = logging.getLogger(__name__)
STEPS_UNTIL_ESTIMATE = 20
SECONDS_BETWEEN = 1.0


class ProgressReport(Callback):
    def __init__(self) -> None:
        self._pace = Pace()
        self._first_step = 0
        self._last: Progress | None = None
        self._told_at = time.monotonic()

    def at_start(self, run: Trainer) -> None:
        self._first_step = run.state.step

    def while_measuring(self, run: Trainer) -> None:
        if time.monotonic() - self._told_at >= SECONDS_BETWEEN:
            last = self._last or Progress(run.state.step, run.steps_in_all(), "steps")
            self._report(run, replace(last, message="measuring"))

    def after_step(self, run: Trainer, loss: float) -> None:
        seconds_a_step = self._pace.seconds_a_step(run.state.step)
        total = run.steps_in_all(seconds_a_step)
        metrics = self._metrics(run)
        if seconds_a_step:
            seconds_left = (total - run.state.step) * seconds_a_step
            metrics |= {
                "steps_per_second": round(1 / seconds_a_step, 2),
                "seconds_left": round(seconds_left),
                "input_share": round(run.input_share, 4),
            }
            if run.state.step - self._first_step == STEPS_UNTIL_ESTIMATE:
                logger.info(
                    "After %s steps: %.2f a second; the rest will take %s at most.",
                    STEPS_UNTIL_ESTIMATE,
                    1 / seconds_a_step,
                    readable_seconds(seconds_left),
                )
        epochs = run.hyperparameters.epochs
        message = f"epoch {min(run.state.epoch + 1, epochs)} of {epochs}"
        self._report(run, Progress(run.state.step, total, "steps", message, metrics))

    def _report(self, run: Trainer, progress: Progress) -> None:
        self._last, self._told_at = progress, time.monotonic()
        run.monitor.report(progress)

    def _metrics(self, run: Trainer) -> dict[str, Any]:
        measured = run.state.metrics
        metrics: dict[str, Any] = {
            "loss": round(run.state.smooth_loss or 0.0, 4),
            "epoch": run.state.epoch + 1,
            "epochs": run.hyperparameters.epochs,
            "checkpoint_step": run.saved_step,
            **run.figures,
        }
        if "loss" in measured:
            metrics["validation_loss"] = round(measured["loss"], 4)
        others = {name: value for name, value in measured.items() if name not in ("loss", "training_loss")}
        return metrics | {name: round(value, 4) for name, value in others.items() if math.isfinite(value)}
