"""A job in the terminal: a bar where there is a terminal, plain lines where there is none."""

import signal
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn

from preprocessing.progress import Progress as JobProgress
from preprocessing.progress import readable_seconds
from training.models import Job

POLL_SECONDS = 0.5
PLAIN_LINE_SECONDS = 10.0


def describe_metrics(message: str, metrics: Mapping[str, Any]) -> str:
    """Return what stands beside the bar: message, losses, time left."""
    parts = [message] if message else []
    if "loss" in metrics:
        parts.append(f"loss {metrics['loss']:.3f}")
    if metrics.get("validation_loss") is not None:
        parts.append(f"validation loss {metrics['validation_loss']:.3f}")
    if metrics.get("seconds_left") is not None:
        parts.append(f"{readable_seconds(metrics['seconds_left'])} left")
    return ", ".join(parts)


class JobBar:
    """Shows how far a job is; a context manager."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._console = Console(stderr=True)
        self._bar = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=30),
            TextColumn("{task.completed:,.0f}/{task.total:,.0f} {task.fields[unit]}"),
            TextColumn("{task.fields[note]}"),
            console=self._console,
            transient=False,
        )
        self._task = self._bar.add_task(title, total=1, unit="", note="waiting for a worker")
        self._next_line_at = 0.0

    def __enter__(self) -> "JobBar":
        if self._console.is_terminal:
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._console.is_terminal:
            self._bar.stop()

    def show(self, *, done: int, total: int, unit: str, note: str) -> None:
        if self._console.is_terminal:
            self._bar.update(self._task, completed=done, total=max(total, 1), unit=unit, note=note)
        elif time.monotonic() >= self._next_line_at:
            self._next_line_at = time.monotonic() + PLAIN_LINE_SECONDS
            sys.stderr.write(f"{self._title}: {done:,}/{total:,} {unit} {note}\n".replace(" \n", "\n"))
            sys.stderr.flush()

    def show_progress(self, progress: JobProgress) -> None:
        self.show(
            done=progress.done,
            total=progress.total,
            unit=progress.unit,
            note=describe_metrics(progress.message, progress.metrics),
        )

    def show_job(self, job: Job) -> None:
        note = describe_metrics(job.progress_message, job.metrics)
        if job.state == Job.State.QUEUED:
            note = "waiting for a worker"
        self.show(done=job.progress_done, total=job.progress_total, unit=job.progress_unit, note=note)


class WorkBar(JobBar):
    """A bar for work of this process without a job's row; Ctrl-C asks the work to stop."""

    def __init__(self, title: str) -> None:
        super().__init__(title)
        self._stop = False

    def __enter__(self) -> "WorkBar":
        self._before = signal.signal(signal.SIGINT, self._ask_to_stop)
        super().__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        super().__exit__(*error)
        signal.signal(signal.SIGINT, self._before)

    def _ask_to_stop(self, *_: object) -> None:
        if self._stop:
            raise KeyboardInterrupt
        self._stop = True

    def report(self, progress: JobProgress) -> None:
        self.show_progress(progress)

    def stop_requested(self) -> bool:
        return self._stop


def follow_job(job: Job, *, title: str, keep_going: Callable[[], bool] = lambda: True) -> Job:
    """Show a job until it ends, or until `keep_going` says no; return its row as it is then."""
    with JobBar(title) as bar:
        while True:
            job.refresh_from_db()
            bar.show_job(job)
            if job.is_finished or not keep_going():
                return job
            time.sleep(POLL_SECONDS)
