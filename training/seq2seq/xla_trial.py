"""Compiled steps on a CPU, tried in a process that can be ended: for some networks XLA finds no end.

`python -m training.seq2seq.xla_trial FOLDER` measures what lies in FOLDER and writes the seconds there.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from training.parameters import Hyperparameters
from training.seq2seq.batches import Batch

# Importing TensorFlow, tracing and a few steps included.
MOST_SECONDS = 60.0
LOOK_SECONDS = 0.2
SETTINGS, FOUND = "settings.json", "seconds.json"


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
        settings = {"hyperparameters": hyperparameters.as_json(), "vocabulary_size": vocabulary_size}
        (folder / SETTINGS).write_text(json.dumps(settings), encoding="utf-8")
        for number, batch in enumerate(batches):
            np.savez(folder / f"{number}.npz", **batch._asdict(), allow_pickle=False)
        run_watched(folder, look_up, time.monotonic() + most_seconds)
        if not (folder / FOUND).exists():
            raise ValueError(f"XLA had not compiled it after {most_seconds:.0f} s, or it failed.")
        first, later = json.loads((folder / FOUND).read_text(encoding="utf-8"))
        return first, later


def run_watched(folder: Path, look_up: Callable[[], None], deadline: float) -> None:
    """Let a process measure until it ends or its time is over."""
    command = [sys.executable, "-m", __name__, str(folder)]
    environment = {**os.environ, "CUDA_VISIBLE_DEVICES": ""}
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            while process.poll() is None and time.monotonic() < deadline:
                look_up()
                time.sleep(LOOK_SECONDS)
        finally:
            process.kill()


def measure(folder: Path) -> None:
    from training.seq2seq.architectures import make_network
    from training.seq2seq.training_step import TrainingStep
    from training.seq2seq.xla import timed

    settings = json.loads((folder / SETTINGS).read_text(encoding="utf-8"))
    hyperparameters = Hyperparameters.from_json(settings["hyperparameters"])
    step = TrainingStep(make_network(hyperparameters, settings["vocabulary_size"]), hyperparameters)
    step.is_compiled = True
    batches = [Batch(**np.load(path)) for path in sorted(folder.glob("*.npz"))]
    seconds = timed(step, batches, lambda: None)
    (folder / FOUND).write_text(json.dumps(seconds), encoding="utf-8")


if __name__ == "__main__":
    measure(Path(sys.argv[1]))
