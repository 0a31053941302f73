"""Finds jobs whose process died and jobs whose message was lost, and queues them anew.

Needs the database only; Redis where it answers. Several sweepers do no harm: each step is a conditional
update, and a message that comes twice finds its job claimed.
"""

import logging
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now
from redis.exceptions import RedisError

from training.models import Job
from training.services.kinds import KINDS
from training.services.lease import LEASE
from training.services.sending import message_id, send_job, waiting_message_ids

logger = logging.getLogger(__name__)
SWEEP_SECONDS = 10
# A message that was taken from its queue is given this long to turn into a claimed job.
DELIVERY = timedelta(seconds=60)
MAX_DEATHS = 3


@dataclass(frozen=True)
class Sweep:
    requeued: int
    failed: int
    sent: int


def sweep_jobs() -> Sweep:
    silent = list(Job.objects.filter(state=Job.State.RUNNING, heartbeat_at__lt=Now() - LEASE))
    ended = [end_silent_job(job) for job in silent]
    return Sweep(
        requeued=ended.count(Job.State.QUEUED), failed=ended.count(Job.State.FAILED), sent=send_unsent_jobs()
    )


def end_silent_job(job: Job) -> str | None:
    """Take a job from its dead process: queued anew, cancelled, or failed after three deaths in a row.

    Returns the new state; None where the job came back to life or another sweeper was first.
    """
    still_silent = Job.objects.filter(
        pk=job.pk, state=Job.State.RUNNING, attempt=job.attempt, heartbeat_at__lt=Now() - LEASE
    )
    if job.cancel_requested:
        state = Job.State.CANCELLED
        changed = still_silent.update(state=state, finished_at=Now())
    elif job.deaths + 1 >= MAX_DEATHS:
        state = Job.State.FAILED
        changed = fail_dead_job(job, still_silent)
    else:
        state = Job.State.QUEUED
        changed = still_silent.update(
            state=state, attempt=F("attempt") + 1, deaths=F("deaths") + 1, owner="", sent_at=None
        )
    if not changed:
        return None
    logger.warning("Job %s had no heartbeat for %s; it is %s now.", job.pk, LEASE, state)
    return state


def fail_dead_job(job: Job, still_silent: "QuerySet[Job]") -> int:
    return still_silent.update(
        state=Job.State.FAILED,
        finished_at=Now(),
        deaths=F("deaths") + 1,
        error_code="died",
        error_text=(
            f"The job's process died {MAX_DEATHS} times in a row without a newer checkpoint "
            f"(last seen at: {job.progress_message or 'the start'}). It was killed, or memory ran out. "
            "Look at the end of its log, make the work smaller, then resume."
        ),
    )


def send_unsent_jobs() -> int:
    """Send every queued job whose message is neither in its queue nor on its way."""
    unsent = Job.objects.filter(state=Job.State.QUEUED).filter(
        Q(sent_at=None) | Q(sent_at__lt=Now() - DELIVERY)
    )
    try:
        return sum(send_job(job) for job in unsent.order_by("pk") if not is_waiting(job))
    except RedisError as error:
        logger.warning("Jobs stay queued: Redis does not answer (%s).", error)
        return 0


def is_waiting(job: Job) -> bool:
    return job.sent_at is not None and message_id(job) in waiting_message_ids(KINDS[job.kind].queue)
