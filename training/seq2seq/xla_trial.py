"""Compiled steps on a CPU, tried in a process that can be ended: for some networks XLA finds no end.

`python -m training.seq2seq.xla_trial FOLDER` measures what lies in FOLDER and writes the seconds there.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from training.parameters import Hyperparameters
from training.seq2seq.batches import Batch
from training.seq2seq.export_child import PROJECT_DIRECTORY

# Importing TensorFlow, tracing and a few steps included; more where the settings ask for XLA.
MOST_SECONDS, MOST_SECONDS_WANTED = 60.0, 600.0
LOOK_SECONDS = 0.2
SETTINGS, FOUND, LOG = "settings.json", "seconds.json", "log.txt"


def timed_apart(
    hyperparameters: Hyperparameters,
    vocabulary_size: int,
    batches: Sequence[Batch],
    look_up: Callable[[], None],
    most_seconds: float = MOST_SECONDS,
) -> tuple[float, float]:
    """Return the seconds of the first compiled rehearsal, and of a step's gradients thereafter.

    Args:
        look_up: called all the while, and may raise.

    Raises:
        ValueError: it took too long, or this network cannot be compiled.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        settings = {
            "hyperparameters": hyperparameters.as_json(),
            "vocabulary_size": vocabulary_size,
            "most_seconds": most_seconds,
        }
        (folder / SETTINGS).write_text(json.dumps(settings), encoding="utf-8")
        for number, batch in enumerate(batches):
            np.savez(folder / f"{number}.npz", **batch._asdict())
        has_ended = run_watched(folder, look_up, time.monotonic() + most_seconds)
        if not (folder / FOUND).exists():
            raise ValueError(failure_of(folder) if has_ended else f"It took more than {most_seconds:.0f} s.")
        first, later = json.loads((folder / FOUND).read_text(encoding="utf-8"))
        return first, later


def run_watched(folder: Path, look_up: Callable[[], None], deadline: float) -> bool:
    """Let a process measure; return whether it ended by itself before the deadline."""
    command = [sys.executable, "-m", __name__, str(folder)]
    environment = {**os.environ, "CUDA_VISIBLE_DEVICES": ""}
    # It runs in the project's folder, so that it finds the packages.
    with (
        (folder / LOG).open("wb") as log,
        subprocess.Popen(command, cwd=PROJECT_DIRECTORY, env=environment, stdout=log, stderr=log) as process,
    ):
        try:
            while process.poll() is None and time.monotonic() < deadline:
                look_up()
                time.sleep(LOOK_SECONDS)
            return process.poll() is not None
        finally:
            process.kill()


def failure_of(folder: Path) -> str:
    lines = (folder / LOG).read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return lines[-1] if lines else "The trial ended without a word."


def measure(folder: Path) -> None:
    """Measure in a process that is made as a trainer makes its own, and write what was found."""
    from training.seq2seq.architectures import make_network
    from training.seq2seq.determinism import compute_alike
    from training.seq2seq.precision import set_precision
    from training.seq2seq.training_step import TrainingStep
    from training.seq2seq.xla import timed

    settings = json.loads((folder / SETTINGS).read_text(encoding="utf-8"))
    # Whoever started this may be killed; the signal ends also what never comes back to Python.
    signal.alarm(int(settings["most_seconds"]) + 1)
    hyperparameters = Hyperparameters.from_json(settings["hyperparameters"])
    compute_alike()
    set_precision(hyperparameters.precision)
    step = TrainingStep(make_network(hyperparameters, settings["vocabulary_size"]), hyperparameters)
    step.is_compiled = True
    batches = [Batch(**np.load(path)) for path in sorted(folder.glob("*.npz"))]
    seconds = timed(step, batches, lambda: None)
    (folder / FOUND).write_text(json.dumps(seconds), encoding="utf-8")


if __name__ == "__main__":
    measure(Path(sys.argv[1]))
