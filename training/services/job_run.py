"""What the function that does a kind of job gets."""

from dataclasses import dataclass

from training.models import Job
from training.services.lease import JobLease
from training.services.monitor import JobMonitor


@dataclass(frozen=True)
class JobRun:
    """The row, the right to write to it, and somebody to report to."""

    job: Job
    lease: JobLease
    monitor: JobMonitor
