"""What people do with jobs: queue, cancel, resume, delete."""

import shutil
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from training.errors import JobStateError
from training.models import Evaluation, Job
from training.services.kinds import KINDS
from training.services.sending import send_job


def job_queue(
    *,
    kind: str,
    parameters: dict[str, Any],
    created_by: Any = None,
    parent: Job | None = None,
    run_directory: str = "",
    send: bool = True,
) -> Job:
    """Make a job's row and send its id when the transaction ends; `send=False` is for `--here`.

    Raises:
        SettingsError: a parameter is unknown or out of range, or names what is not there.
        JobStateError: a name that it shall give is taken.
    """
    checked = KINDS[kind].parameters.from_json(parameters)
    # A job that goes on may have outlived what it started from.
    if parent is None:
        KINDS[kind].check(checked)
    job = Job.objects.create(
        kind=kind,
        parameters=checked.as_json(),
        created_by=created_by,
        parent=parent,
        run_directory=run_directory,
        # What this process is about to do itself shall not be sent by a sweeper meanwhile.
        sent_at=None if send else timezone.now(),
    )
    if send:
        transaction.on_commit(lambda: send_job(job))
    return job


def job_cancel(*, job: Job) -> None:
    """End a queued job at once; ask a running one to stop."""
    unfinished = Job.objects.filter(pk=job.pk)
    if unfinished.filter(state=Job.State.QUEUED).update(
        state=Job.State.CANCELLED, cancel_requested=True, finished_at=Now()
    ):
        return
    if unfinished.filter(state=Job.State.RUNNING).update(cancel_requested=True):
        return
    raise JobStateError(f"Only a queued or running job can be cancelled. Job {job.pk} has ended already.")


def job_resume(*, job: Job, created_by: Any = None, send: bool = True) -> Job:
    """Queue a failed or cancelled job again as a new row, which goes on from the last checkpoint."""
    job.refresh_from_db()
    if job.state not in (Job.State.FAILED, Job.State.CANCELLED):
        raise JobStateError(
            f"Only a failed or cancelled job can be resumed. Job {job.pk} is {job.state}; "
            "wait for its end or cancel it first."
        )
    return job_queue(
        kind=job.kind,
        parameters=job.parameters,
        created_by=created_by,
        parent=job,
        run_directory=job.run_directory,
        send=send,
    )


def job_delete(*, job: Job) -> None:
    """Delete a finished job's row, log and run directory, unless a trained model or a job needs the run.

    An evaluation's report stays where it is.
    """
    job.refresh_from_db()
    if not job.is_finished:
        raise JobStateError(
            f"Only a finished job can be deleted. Job {job.pk} is {job.state}; cancel it first."
        )
    if job.trained_models.exists():
        raise JobStateError(
            f"Job {job.pk} made a trained model that answers from its run directory. "
            "Delete the trained model first."
        )
    run_location = job.run_location
    others = Job.objects.filter(run_directory=job.run_directory).exclude(pk=job.pk)
    is_shared = others.exists() or Evaluation.objects.filter(directory=job.run_directory).exists()
    log_file = job.log_file
    job.delete()
    log_file.unlink(missing_ok=True)
    if run_location and not is_shared:
        remove_directory(run_location)


def remove_directory(directory: Path) -> None:
    """Remove a folder of ours; never one outside the data directory, whatever a row says."""
    resolved = directory.resolve()
    if resolved.is_relative_to(Path(settings.DATA_DIR) / "save") or resolved.is_relative_to(
        Path(settings.DATA_DIR) / "data"
    ):
        shutil.rmtree(resolved, ignore_errors=True)
