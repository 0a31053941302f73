"""The export in a process of its own, without a GPU. Imports no neural framework itself."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import training
from preprocessing.progress import Monitor, StoppedError
from training.errors import ExportError
from training.run_files import BUNDLE, EXPORT_LOG

POLL_SECONDS = 0.2
PROJECT_DIRECTORY = Path(training.__path__[0]).parent


def export_in_child(
    run_directory: Path, dataset_directory: Path, monitor: Monitor, bundle_directory: Path | None = None
) -> None:
    """Export in a process without a GPU, which is ended when the monitor asks to stop.

    The bundle is the run directory's own, or at `bundle_directory`.
    """
    # The child runs in the project's folder, so that it finds the packages.
    paths = (run_directory, dataset_directory, bundle_directory or run_directory / BUNDLE)
    folders = [str(path.resolve()) for path in paths]
    command = [sys.executable, "-m", "training.seq2seq.export", *folders]
    environment = {**os.environ, "CUDA_VISIBLE_DEVICES": ""}
    log_path = run_directory / EXPORT_LOG
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
