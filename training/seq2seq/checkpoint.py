"""Checkpoints that a crash at any moment leaves whole: plain arrays, a checksum, names given last."""

import contextlib
import hashlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from training.errors import CorruptRunError

NEWEST_KEPT = 2


@dataclass
class TrainingState:
    """Where a run is: enough to go on as if it had never been stopped."""

    step: int = 0
    epoch: int = 0
    # Batches of the epoch that are done, and their summed loss and tokens.
    batch: int = 0
    epoch_loss: float = 0.0
    epoch_tokens: float = 0.0
    best_step: int = 0
    best_loss: float = float("inf")
    epochs_without_better: int = 0
    # How often the plateau schedule has lowered the rate.
    reductions: int = 0
    elapsed_seconds: float = 0.0
    validation_loss: float | None = None
    is_finished: bool = False
    fingerprint: str = ""


class CheckpointFolder:
    """`step-<n>.npz` holds the arrays; `step-<n>.json`, written after it, makes it a checkpoint."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        directory.mkdir(parents=True, exist_ok=True)

    def save(self, state: TrainingState, arrays: dict[str, np.ndarray]) -> None:
        """Write arrays and state to disk, then drop what is neither among the newest nor the best."""
        arrays_path, state_path = self._paths(state.step)
        write_durably(arrays_path, lambda file: np.savez(file, allow_pickle=False, **arrays))
        content = json.dumps({**asdict(state), "sha256": checksum(arrays_path)}).encode()
        write_durably(state_path, lambda file: file.write(content))
        self._drop_others(state)

    def steps(self) -> list[int]:
        return sorted(int(path.stem.removeprefix("step-")) for path in self.directory.glob("step-*.json"))

    def newest(self) -> tuple[TrainingState, dict[str, np.ndarray]] | None:
        """Return the newest checkpoint that is whole; None where a run has none yet."""
        for step in reversed(self.steps()):
            with contextlib.suppress(CorruptRunError):
                return self.load(step)
        return None

    def load(self, step: int) -> tuple[TrainingState, dict[str, np.ndarray]]:
        arrays_path, state_path = self._paths(step)
        try:
            content = json.loads(state_path.read_text(encoding="utf-8"))
            if checksum(arrays_path) != content.pop("sha256"):
                raise CorruptRunError(f"{arrays_path.name} must have the checksum it was written with.")
            state = TrainingState(**content)
            with np.load(arrays_path, allow_pickle=False) as loaded:
                return state, {name: loaded[name] for name in loaded.files}
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise CorruptRunError(f"Checkpoint {step} must be whole: {error}.") from None

    def _paths(self, step: int) -> tuple[Path, Path]:
        stem = f"step-{step:09d}"
        return self.directory / f"{stem}.npz", self.directory / f"{stem}.json"

    def _drop_others(self, state: TrainingState) -> None:
        kept = {*self.steps()[-NEWEST_KEPT:], state.best_step}
        for step in set(self.steps()) - kept:
            arrays_path, state_path = self._paths(step)
            # Without its state a file of arrays is no checkpoint, so that goes first.
            state_path.unlink(missing_ok=True)
            arrays_path.unlink(missing_ok=True)
        for leftover in self.directory.glob("*.partial"):
            leftover.unlink(missing_ok=True)


def write_durably(path: Path, write: Any) -> None:
    """Write a file under another name, have it on disk, then give it its own."""
    partial = path.with_name(f"{path.name}.partial")
    with partial.open("wb") as file:
        write(file)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
    descriptor = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def checksum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
