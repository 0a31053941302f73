"""What people see of a job: figures in words and the end of its log."""

from typing import Any

from preprocessing.progress import readable_seconds
from training.evaluation.checkpoint_metrics import METRICS
from training.models import Job
from training.services.run_record import read_end

LOG_LINES = 100
LOG_BYTES = 64 * 1024
# Rows of their own, above.
SHOWN_BY_NAME = ("loss", "training_loss", "perplexity")


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
        *[(readable_name(name), rounded(metrics.get(name))) for name in METRICS if name not in SHOWN_BY_NAME],
        ("Steps per second", rounded(metrics.get("steps_per_second"))),
        ("Input share", share(metrics.get("input_share"))),
        ("Parameters", counted(metrics.get("parameters"))),
        ("Memory", counted(metrics.get("memory_mib"), " MiB beside the program")),
        ("Time left", time_left(job)),
        ("Attempt", str(job.attempt)),
        ("Goes on from", f"job {job.parent_id}" if job.parent_id else None),
        ("Error", job.error_text),
    ]
    return [(name, value) for name, value in rows if value]


def readable_name(name: str) -> str:
    return name.replace("_", " ").capitalize()


def done_of(job: Job) -> str | None:
    if not job.progress_total:
        return None
    return f"{job.progress_done:,} of {job.progress_total:,} {job.progress_unit}"


def rounded(value: Any) -> str | None:
    return f"{value:.3f}" if isinstance(value, int | float) else None


def counted(value: Any, unit: str = "") -> str | None:
    return f"{value:,.0f}{unit}" if isinstance(value, int | float) else None


def share(value: Any) -> str | None:
    return f"{value:.1%} of the time waited for batches" if isinstance(value, int | float) else None


def time_left(job: Job) -> str | None:
    seconds = job.metrics.get("seconds_left")
    return readable_seconds(seconds) if seconds is not None and not job.is_finished else None


def log_end(job: Job) -> str:
    """Return the last lines of a job's log, read from its end."""
    return "\n".join(read_end(job.log_file, LOG_BYTES).splitlines()[-LOG_LINES:])
