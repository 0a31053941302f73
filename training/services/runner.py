"""Does one job from claim to end; the same for a worker's process and for `--here`."""

import errno
import logging
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from preprocessing.errors import ChatbotError
from preprocessing.progress import Progress, StoppedError
from training.models import Job
from training.services.job_run import JobRun
from training.services.kinds import KINDS
from training.services.lease import LostJobError, claim_job, new_owner
from training.services.monitor import JobMonitor, StopReason

logger = logging.getLogger(__name__)


def run_job(
    job_id: int,
    *,
    on_interrupt: StopReason = StopReason.HAND_OVER,
    listener: Callable[[Progress], None] | None = None,
) -> bool:
    """Do a queued job to its end; return False where it was not ours to do.

    SIGTERM and SIGINT save what there is and then do what `on_interrupt` says.
    """
    lease = claim_job(job_id, new_owner())
    if lease is None:
        logger.info("Job %s is not queued any more; nothing to do.", job_id)
        return False
    job = Job.objects.get(pk=job_id)
    with (
        job_log(job.log_file),
        JobMonitor(lease, listener) as monitor,
        interrupts(monitor, on_interrupt),
    ):
        work_until_the_end(JobRun(job, lease, monitor))
    return True


def work_until_the_end(run: JobRun) -> None:
    """Do the work and record how it ended. Errors become a reason that a person can read."""
    logger.info("Job %s (%s), attempt %s, begins.", run.job.pk, run.job.kind, run.lease.attempt)
    try:
        end_work(run)
    except LostJobError as error:
        logger.warning("%s", error)


def end_work(run: JobRun) -> None:
    kind = KINDS[run.job.kind]
    try:
        parameters = kind.parameters.from_json(run.job.parameters)
        kind.load_work()(run, parameters)
        logger.info("Job %s succeeded.", run.job.pk)
    except LostJobError:
        raise
    except StoppedError:
        end_stopped_work(run)
    except Exception as error:
        # What is refused with a reason is no fault of the program: its trace would tell a person nothing.
        is_expected = isinstance(error, ChatbotError)
        logger.error("Job %s failed: %s", run.job.pk, error, exc_info=not is_expected)
        code, text = failure_of(error)
        run.monitor.write_progress()
        run.lease.fail(code, text)


def end_stopped_work(run: JobRun) -> None:
    reason = run.monitor.reason or StopReason.CANCEL
    logger.info("Job %s stops: %s.", run.job.pk, reason.value)
    run.monitor.write_progress()
    if reason is StopReason.HAND_OVER:
        run.lease.hand_over()
    elif reason is StopReason.CANCEL:
        run.lease.cancel()


def failure_of(error: Exception) -> tuple[str, str]:
    """Return code and text of a failure as a person should read it; the log has the rest."""
    if isinstance(error, ChatbotError):
        return error.code, str(error)
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return (
            "disk_full",
            f"The disk is full ({error.filename or 'while writing'}). Free space, then resume.",
        )
    if isinstance(error, MemoryError):
        return "out_of_memory", "Memory ran out. Use a smaller batch or network, or a larger machine."
    first_line = (str(error).splitlines() or [""])[0][:300]
    return "error", f"Unexpected {type(error).__name__}: {first_line} The job's log has the details."


@contextmanager
def job_log(path: Path) -> Iterator[None]:
    """Write what is logged meanwhile to the job's own file too."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handler = logging.FileHandler(path, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    root = logging.getLogger()
    level = root.level
    # The job's own file tells the story also where the process is told to be quiet.
    root.setLevel(min(level, logging.INFO))
    root.addHandler(handler)
    try:
        yield
    finally:
        root.setLevel(level)
        root.removeHandler(handler)
        handler.close()


@contextmanager
def interrupts(monitor: JobMonitor, reason: StopReason) -> Iterator[None]:
    """Turn SIGTERM and SIGINT into a request to stop; outside the main thread there are none to catch."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    kept = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    for number in kept:
        signal.signal(number, lambda *_: monitor.request_stop(reason))
    try:
        yield
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)
