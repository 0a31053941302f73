"""What a run writes for people: metrics as JSON lines, and events for TensorBoard."""

import json
from pathlib import Path
from typing import Any

import tensorflow as tf

METRICS_FILE = "metrics.jsonl"


class RunRecord:
    """Appends to `metrics.jsonl` and `events/`; a resumed run forgets what lies behind its checkpoint."""

    def __init__(self, run_directory: Path, *, resumed_step: int) -> None:
        self._path = run_directory / METRICS_FILE
        self._forget_after(resumed_step)
        self._file = self._path.open("a", encoding="utf-8")
        self._events = tf.summary.create_file_writer(str(run_directory / "events"))

    def write(self, step: int, **values: Any) -> None:
        self._file.write(json.dumps({"step": step, **values}) + "\n")
        self._file.flush()
        with self._events.as_default():
            for name, value in values.items():
                if isinstance(value, float):
                    tf.summary.scalar(name, value, step=step)

    def close(self) -> None:
        self._file.close()
        self._events.close()

    def _forget_after(self, step: int) -> None:
        if not self._path.exists():
            return
        lines = self._path.read_text(encoding="utf-8").splitlines()
        kept = [line for line in lines if line.endswith("}") and json.loads(line)["step"] <= step]
        self._path.write_text("".join(f"{line}\n" for line in kept), encoding="utf-8")
