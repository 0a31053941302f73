"""Checkpoints that a crash at any moment leaves whole: plain arrays, a checksum, names given last."""

import contextlib
import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Self

import numpy as np

from preprocessing.durable_file import write_durably
from training.errors import CorruptRunError
from training.evaluation.checkpoint_metrics import is_better

# The metric where nothing is held out, or where a corpus shall be learned by heart.
TRAINING_LOSS = "training_loss"
Arrays = dict[str, np.ndarray[Any, Any]]


@dataclass
class TrainingState:
    """Where a run is: enough to go on as if it had never been stopped."""

    step: int = 0
    epoch: int = 0
    # Batches of the epoch that are done, and their summed loss and what it was summed over.
    batch: int = 0
    epoch_loss: float = 0.0
    epoch_tokens: float = 0.0
    # The training loss of late, and the lowest that it was: a loss far above it has exploded.
    smooth_loss: float | None = None
    lowest_loss: float = float("inf")
    # What the last whole epoch measured, by name.
    metrics: dict[str, float] = field(default_factory=dict)
    best_step: int = 0
    best_value: float | None = None
    epochs_without_better: int = 0
    # How often the plateau schedule has lowered the rate.
    reductions: int = 0
    # After an exploded loss the rate is multiplied with this.
    rate_factor: float = 1.0
    restarts: int = 0
    # After memory ran out a batch is worked through in so many times more parts.
    more_parts: int = 1
    # Whether XLA compiles the steps, which draws other masks; None before that is decided.
    is_compiled: bool | None = None
    elapsed_seconds: float = 0.0
    is_finished: bool = False
    fingerprint: str = ""

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> Self:
        """Read a state, also one of the first format, which knew the loss alone."""
        if "best_loss" in content:
            content["best_value"] = content.pop("best_loss")
            loss = content.pop("validation_loss", None)
            content["metrics"] = {} if loss is None else {"loss": loss}
        unknown = set(content) - {spec.name for spec in fields(cls)}
        if unknown:
            raise ValueError(f"{', '.join(sorted(unknown))} is of a newer version")
        return cls(**content)


class CheckpointFolder:
    """A checkpoint is `<name>.npz`, its arrays, and `<name>.json`, which is written after them.

    One at the end of an epoch is named by what was measured, `epoch=07-val_loss=3.412`, others by their step.
    Kept are the newest `keep_last` and of those with a name by measure the best `keep_best`.
    """

    def __init__(
        self, directory: Path, *, metric: str = "loss", keep_last: int = 2, keep_best: int = 1
    ) -> None:
        self.directory = directory
        self.metric = metric
        self._keep_last = keep_last
        self._keep_best = keep_best
        directory.mkdir(parents=True, exist_ok=True)

    def save(self, state: TrainingState, arrays: Arrays) -> None:
        """Write arrays and state to disk, then drop what is neither among the newest nor the best."""
        arrays_path, state_path = self._paths(name_of(state, self.metric))
        write_durably(arrays_path, lambda file: np.savez(file, allow_pickle=False, **arrays))
        content = json.dumps({**asdict(state), "sha256": checksum(arrays_path)}).encode()
        write_durably(state_path, lambda file: file.write(content))
        self._drop_others(saved=state_path.stem)

    def states(self) -> dict[str, TrainingState]:
        """Return the readable states by name, oldest first."""
        found = {}
        for path in self.directory.glob("*.json"):
            with contextlib.suppress(CorruptRunError):
                found[path.stem] = self._read_state(path.stem)[0]
        return dict(sorted(found.items(), key=lambda item: (item[1].step, item[1].epoch)))

    def newest(self) -> tuple[TrainingState, Arrays] | None:
        """Return the newest checkpoint that is whole; None where a run has none yet.

        Raises:
            CorruptRunError: there are some, and none is whole.
        """
        found = self._first_whole(reversed(self.states()))
        if found is None:
            self._require_none()
        return found

    def load_best(self) -> tuple[TrainingState, Arrays] | None:
        """Return the best checkpoint that is whole; the newest where none has the metric."""
        return self._first_whole(self._ranked()) or self.newest()

    def best(self) -> str | None:
        """Return the name of the best checkpoint there is now, of equally good ones the newest.

        Read anew at each call: what was best a moment ago may have been dropped.
        """
        ranked = self._ranked()
        return ranked[0] if ranked else None

    def load(self, name: str) -> tuple[TrainingState, Arrays]:
        """Return state and arrays.

        Raises:
            CorruptRunError: the checkpoint is not whole.
        """
        state, expected = self._read_state(name)
        arrays_path, _ = self._paths(name)
        try:
            if checksum(arrays_path) != expected:
                raise CorruptRunError(f"{arrays_path.name} must have the checksum it was written with.")
            with np.load(arrays_path, allow_pickle=False) as loaded:
                return state, {array: loaded[array] for array in loaded.files}
        except (OSError, ValueError, KeyError) as error:
            raise CorruptRunError(f"Checkpoint {name} must be whole: {error}.") from None

    def _first_whole(self, names: Iterable[str]) -> tuple[TrainingState, Arrays] | None:
        for name in names:
            with contextlib.suppress(CorruptRunError):
                return self.load(name)
        return None

    def _require_none(self) -> None:
        """Refuse checkpoints of which none is whole: a run must not begin anew over what it cannot read."""
        for path in sorted(self.directory.glob("*.json")):
            try:
                self.load(path.stem)
            except CorruptRunError as error:
                raise CorruptRunError(
                    f"A run must have a checkpoint that can be read; {self.directory.parent.name} has "
                    f"checkpoints, but none of them is whole. {error} Take the version that wrote them, or "
                    "start a new training."
                ) from None

    def _read_state(self, name: str) -> tuple[TrainingState, str]:
        try:
            content = json.loads(self._paths(name)[1].read_text(encoding="utf-8"))
            expected = content.pop("sha256")
            return TrainingState.from_json(content), expected
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise CorruptRunError(f"Checkpoint {name} must be whole: {error}.") from None

    def _paths(self, name: str) -> tuple[Path, Path]:
        return self.directory / f"{name}.npz", self.directory / f"{name}.json"

    def _ranked(self) -> list[str]:
        """Return the names of checkpoints with the metric, best first and newest first among equals."""
        ranked: list[tuple[str, float]] = []
        for name, state in self.states().items():
            if state.batch or self.metric not in state.metrics:
                continue
            value = state.metrics[self.metric]
            place = next(
                (n for n, (_, other) in enumerate(ranked) if not is_better(self.metric, other, value)),
                len(ranked),
            )
            ranked.insert(place, (name, value))
        return [name for name, _ in ranked]

    def _drop_others(self, saved: str) -> None:
        """Drop what is neither new nor good enough; what cannot be read may be a newer version's."""
        known = list(self.states())
        # Behind a damaged one what was just saved may not be the newest.
        kept = {saved, *known[-self._keep_last :], *self._ranked()[: self._keep_best]}
        for name in known:
            if name not in kept:
                arrays_path, state_path = self._paths(name)
                # Without its state a file of arrays is no checkpoint, so that goes first.
                state_path.unlink(missing_ok=True)
                arrays_path.unlink(missing_ok=True)
        for leftover in self.directory.glob("*.partial"):
            leftover.unlink(missing_ok=True)


def name_of(state: TrainingState, metric: str) -> str:
    """Return a file name; a metric's name may hold what no file name may."""
    if state.batch or metric not in state.metrics:
        return f"epoch={state.epoch:02d}-step={state.step:09d}"
    legal = re.sub(r"[^\w@.+-]", "_", metric)
    prefix = "" if legal == TRAINING_LOSS else "val_"
    return f"epoch={state.epoch:02d}-{prefix}{legal}={state.metrics[metric]:.3f}"


def checksum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
