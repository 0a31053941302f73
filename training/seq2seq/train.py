"""One training from dataset to bundle, in a run directory that says all about it."""

import json
import logging
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import training
from preprocessing.dataset import Dataset
from preprocessing.errors import DatasetError
from preprocessing.progress import Monitor, Progress, StoppedError
from training.errors import ExportError
from training.parameters import Hyperparameters
from training.seq2seq.checkpoint import TrainingState
from training.seq2seq.run_files import BUNDLE, keep_configuration

logger = logging.getLogger(__name__)
POLL_SECONDS = 0.2
PROJECT_DIRECTORY = Path(training.__path__[0]).parent


@dataclass(frozen=True)
class TrainingResult:
    bundle_directory: Path
    state: TrainingState


def train_run(
    dataset_directory: Path,
    run_directory: Path,
    hyperparameters: Hyperparameters,
    monitor: Monitor,
    vectors_path: Path | None = None,
) -> TrainingResult:
    """Train, or go on where the run directory's newest checkpoint is, then export.

    Word vectors at `vectors_path` start the embeddings of a new run.

    Raises:
        StoppedError: the monitor asked to stop; the run can be resumed.
        TrainingError: with a reason that a person can read.
    """
    from training.seq2seq.starting_embeddings import start_embeddings
    from training.seq2seq.trainer import Trainer

    dataset = Dataset.open(dataset_directory)
    if not len(dataset.indices("train")):
        raise DatasetError(f"{dataset.name} must have at least one training exchange; it has none.")
    run_directory.mkdir(parents=True, exist_ok=True)
    keep_configuration(run_directory, hyperparameters)
    trainer = Trainer(dataset, run_directory, hyperparameters, monitor)
    if vectors_path is not None and trainer.state.step == 0:
        start_embeddings(trainer.network, dataset, vectors_path, run_directory)
    state = trainer.train()
    monitor.report(Progress(state.step, state.step, "steps", "exporting"))
    export_in_child(run_directory, dataset_directory, monitor)
    return TrainingResult(run_directory / BUNDLE, state)


def export_in_child(run_directory: Path, dataset_directory: Path, monitor: Monitor) -> None:
    """Export in a process without a GPU, which is ended when the monitor asks to stop."""
    # The child runs in the project's folder, so that it finds the packages.
    folders = [str(path.resolve()) for path in (run_directory, dataset_directory)]
    command = [sys.executable, "-m", "training.seq2seq.export", *folders]
    environment = {**os.environ, "CUDA_VISIBLE_DEVICES": ""}
    log_path = run_directory / "export.log"
    with log_path.open("wb") as log:
        child = subprocess.Popen(
            command, cwd=PROJECT_DIRECTORY, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
        try:
            while child.poll() is None:
                if monitor.stop_requested():
                    raise StoppedError(
                        "The export was asked to stop; it begins anew when the run is resumed."
                    )
                time.sleep(POLL_SECONDS)
        finally:
            child.kill()
            child.wait()
    if child.returncode:
        raise ExportError(failure_text(log_path, child.returncode))


def failure_text(log_path: Path, return_code: int) -> str:
    """Return what the child said was wrong; its last line where it could say nothing."""
    lines = log_path.read_text(encoding="utf-8", errors="replace").splitlines() or [""]
    for line in reversed(lines):
        if line.startswith('{"code"'):
            return str(json.loads(line)["text"])
    if return_code < 0:
        return f"The export was ended by signal {-return_code}: killed, or out of memory. Resume the job."
    return f"The export failed: {lines[-1][:300]} See {log_path.name} in the run directory."
