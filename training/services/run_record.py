"""What a training wrote into its run directory, read for people.

It may be writing at this moment, and an older version may have written it: what cannot be read is left out.
"""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from training.run_files import CONFIGURATION_FILE, METRICS_FILE, NEIGHBOURS_FILE, REQUESTED, SAMPLES_FILE

LOSSES = ("loss", "validation_loss")
METRICS_BYTES = 16 * 1024 * 1024
SAMPLES_BYTES = 1024 * 1024
JSON_BYTES = 4 * 1024 * 1024
MOST_SAMPLES = 100

Curve = list[tuple[float, float]]


@dataclass
class LossCurves:
    """(step, loss) and (minutes, loss) of training and validation; older runs did not note the time.

    `newest` has the newest value of whatever was measured, by name.
    """

    newest: dict[str, Any] = field(default_factory=dict)
    by_step: dict[str, Curve] = field(default_factory=lambda: {name: [] for name in LOSSES})
    by_minutes: dict[str, Curve] = field(default_factory=lambda: {name: [] for name in LOSSES})

    def add(self, values: dict[str, Any]) -> None:
        self.newest |= values
        for name in LOSSES:
            step, loss, seconds = (number_of(values.get(key)) for key in ("step", name, "seconds"))
            if step is None or loss is None:
                continue
            self.by_step[name].append((step, loss))
            if seconds is not None:
                self.by_minutes[name].append((seconds / 60, loss))

    @property
    def have_minutes(self) -> bool:
        return any(self.by_minutes.values())

    def lowest_validation(self) -> tuple[float, float] | None:
        """Return (step, loss) of the best epoch."""
        measured = [point for point in self.by_step["validation_loss"] if math.isfinite(point[1])]
        return min(measured, key=lambda point: point[1]) if measured else None


@dataclass(frozen=True)
class Samples:
    """What a run answered after its newest epoch: question, answer and what was expected."""

    step: int
    exchanges: tuple[tuple[str, str, str], ...]


def loss_curves(directory: Path | None) -> LossCurves:
    curves = LossCurves()
    if directory is not None:
        for values in json_lines(read_start(directory / METRICS_FILE, METRICS_BYTES)):
            curves.add(values)
    return curves


def newest_samples(directory: Path | None) -> Samples | None:
    if directory is None:
        return None
    lines = list(json_lines(read_end(directory / SAMPLES_FILE, SAMPLES_BYTES)))
    found = [samples for samples in map(samples_of, lines) if samples]
    return found[-1] if found else None


def samples_of(values: dict[str, Any]) -> Samples | None:
    step, listed = number_of(values.get("step")), values.get("samples")
    if step is None or not isinstance(listed, list):
        return None
    sides = ("question", "answer", "expected")
    exchanges = [
        (str(one.get(sides[0], "")), str(one.get(sides[1], "")), str(one.get(sides[2], "")))
        for one in listed[:MOST_SAMPLES]
        if isinstance(one, dict)
    ]
    return Samples(int(step), tuple(exchanges)) if exchanges else None


def run_settings(directory: Path | None) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the settings that a run uses and those that were asked for; {} where none were written yet."""
    content = json_object(directory / CONFIGURATION_FILE) if directory is not None else {}
    requested = content.pop(REQUESTED, None)
    return content, requested if isinstance(requested, dict) else dict(content)


def neighbours(directory: Path | None) -> dict[str, dict[str, list[str]]]:
    """Return for each word its nearest ones by moment: before and after the training."""
    content = json_object(directory / NEIGHBOURS_FILE) if directory is not None else {}
    words = content.get("words")
    return {
        str(word): {moment: names(moments.get(moment)) for moment in ("before", "after")}
        for word, moments in (words.items() if isinstance(words, dict) else ())
        if isinstance(moments, dict)
    }


def names(values: Any) -> list[str]:
    return [str(value) for value in values] if isinstance(values, list) else []


def json_object(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(read_start(path, JSON_BYTES))
    except (ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def json_lines(text: str) -> Iterator[dict[str, Any]]:
    """Yield the lines that are whole objects; one may be cut short or half written."""
    for line in text.splitlines():
        try:
            values = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(values, dict):
            yield values


def number_of(value: Any) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number else None


def read_start(path: Path, most_bytes: int) -> str:
    try:
        with path.open("rb") as file:
            return file.read(most_bytes).decode("utf-8", "replace")
    except OSError:
        return ""


def read_end(path: Path, most_bytes: int) -> str:
    try:
        with path.open("rb") as file:
            file.seek(0, 2)
            file.seek(max(0, file.tell() - most_bytes))
            return file.read().decode("utf-8", "replace")
    except OSError:
        return ""
