"""The right of one process to do one job: every write names id, state, attempt and owner.

Where such an update changes no row, somebody else owns the job by now, and this process must stop.
"""

import os
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from preprocessing.progress import Progress
from training.errors import JobStateError
from training.models import Job

HEARTBEAT_SECONDS = 5
# A job that has been silent for this long is taken from its process.
LEASE = timedelta(seconds=30)


class LostJobError(JobStateError):
    """Another process owns the job now: whatever this one still does must leave no trace."""

    code = "lost"


def new_owner() -> str:
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"


@dataclass(frozen=True)
class JobLease:
    job_id: int
    attempt: int
    owner: str

    def rows(self) -> QuerySet[Job]:
        return Job.objects.filter(
            pk=self.job_id, state=Job.State.RUNNING, attempt=self.attempt, owner=self.owner
        )

    def update(self, **values: Any) -> None:
        """Write to the job's row, or raise LostJobError where it is not ours any more."""
        if not self.rows().update(**values):
            raise LostJobError(
                f"Job {self.job_id} must still belong to attempt {self.attempt} of {self.owner}; "
                "another process has taken it over."
            )

    def beat(self) -> None:
        self.update(heartbeat_at=Now())

    def cancel_requested(self) -> bool:
        return self.rows().filter(cancel_requested=True).exists()

    def record(self, progress: Progress) -> None:
        """Write progress; a newer checkpoint shows that the job gets on and forgives earlier deaths."""
        self.update(
            heartbeat_at=Now(),
            progress_at=Now(),
            progress_done=progress.done,
            progress_total=progress.total,
            progress_unit=progress.unit,
            progress_message=progress.message[:500],
            # A stage without figures of its own, such as exporting, leaves the last ones in place.
            **({"metrics": progress.metrics} if progress.metrics else {}),
        )
        saved_step = int(progress.metrics.get("checkpoint_step", 0))
        self.rows().filter(saved_step__lt=saved_step).update(saved_step=saved_step, deaths=0)

    @contextmanager
    def success(self) -> Iterator[None]:
        """Mark the job as succeeded together with the rows made in this block, or neither."""
        with transaction.atomic():
            self.update(state=Job.State.SUCCEEDED, finished_at=Now(), error_code="", error_text="")
            yield

    def fail(self, code: str, text: str) -> None:
        self.update(state=Job.State.FAILED, finished_at=Now(), error_code=code, error_text=text)

    def cancel(self) -> None:
        self.update(state=Job.State.CANCELLED, finished_at=Now())

    def hand_over(self) -> None:
        """Give the job back to the queue; the attempt stays as it is, for nothing went wrong."""
        self.update(state=Job.State.QUEUED, owner="", heartbeat_at=None, sent_at=None)


def claim_job(job_id: int, owner: str) -> JobLease | None:
    """Take a queued job by one conditional update; None where somebody else got there first."""
    attempt = Job.objects.filter(pk=job_id).values_list("attempt", flat=True).first() or 0
    claimed = Job.objects.filter(pk=job_id, state=Job.State.QUEUED, attempt=attempt).update(
        state=Job.State.RUNNING,
        owner=owner,
        started_at=Now(),
        heartbeat_at=Now(),
        progress_at=None,
        error_code="",
        error_text="",
    )
    return JobLease(job_id, attempt, owner) if claimed else None
