"""What people see of a job: figures in words, the end of its log, the points of its curve."""

import json
from typing import Any

from training.models import Job
from training.terminal import readable_seconds

LOG_LINES = 100
LOG_BYTES = 64 * 1024
METRICS_FILE = "metrics.jsonl"
METRICS_BYTES = 16 * 1024 * 1024


def job_report(job: Job) -> list[tuple[str, str]]:
    """Return names and values, in the order in which people look for them."""
    metrics = job.metrics
    rows: list[tuple[str, Any]] = [
        ("State", "stalled" if job.is_stalled else job.state),
        ("Doing", job.progress_message),
        ("Done", done_of(job)),
        ("Epoch", f"{metrics['epoch']} of {metrics['epochs']}" if "epochs" in metrics else None),
        ("Loss", rounded(metrics.get("loss"))),
        ("Validation loss", rounded(metrics.get("validation_loss"))),
        ("Perplexity", rounded(metrics.get("perplexity"))),
        ("Steps per second", rounded(metrics.get("steps_per_second"))),
        ("Time left", time_left(job)),
        ("Attempt", str(job.attempt)),
        ("Goes on from", f"job {job.parent_id}" if job.parent_id else None),
        ("Error", job.error_text),
    ]
    return [(name, value) for name, value in rows if value]


def done_of(job: Job) -> str | None:
    if not job.progress_total:
        return None
    return f"{job.progress_done:,} of {job.progress_total:,} {job.progress_unit}"


def rounded(value: Any) -> str | None:
    return f"{value:.3f}" if isinstance(value, int | float) else None


def time_left(job: Job) -> str | None:
    seconds = job.metrics.get("seconds_left")
    return readable_seconds(seconds) if seconds is not None and not job.is_finished else None


def log_end(job: Job) -> str:
    """Return the last lines of a job's log, read from its end."""
    try:
        with job.log_file.open("rb") as file:
            file.seek(0, 2)
            file.seek(max(0, file.tell() - LOG_BYTES))
            content = file.read()
    except OSError:
        return ""
    return "\n".join(content.decode("utf-8", "replace").splitlines()[-LOG_LINES:])


def loss_points(job: Job) -> dict[str, list[tuple[float, float]]]:
    """Return (step, loss) of training and validation, from the run's metrics."""
    if job.run_location is None:
        return {}
    try:
        with (job.run_location / METRICS_FILE).open("rb") as file:
            lines = file.read(METRICS_BYTES).decode("utf-8", "replace").splitlines()
    except OSError:
        return {}
    points: dict[str, list[tuple[float, float]]] = {"loss": [], "validation_loss": []}
    for line in lines:
        try:
            values = json.loads(line)
        except ValueError:
            continue
        for name, found in points.items():
            if name in values:
                found.append((float(values["step"]), float(values[name])))
    return {name: found for name, found in points.items() if found}
