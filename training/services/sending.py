"""The way of a job's id to a worker. Where Redis is away the row stays queued, and the sweeper sends it."""

import json
import logging

from celery import current_app
from django.conf import settings
from django.db.models.functions import Now
from kombu.exceptions import KombuError, OperationalError
from redis import Redis
from redis.exceptions import RedisError

from training.models import Job
from training.services.kinds import KINDS

logger = logging.getLogger(__name__)
# A person in the admin waits for this, so it is short.
SEND_TIMEOUT_SECONDS = 2
TASK_NAME = "training.run_job"


def message_id(job: Job) -> str:
    return f"job-{job.pk}-{job.attempt}"


def send_job(job: Job) -> bool:
    """Send the job's id to its queue; False where Redis did not take it."""
    options = {
        **settings.CELERY_BROKER_TRANSPORT_OPTIONS,
        "socket_timeout": SEND_TIMEOUT_SECONDS,
        "socket_connect_timeout": SEND_TIMEOUT_SECONDS,
    }
    try:
        with current_app.connection_for_write(
            connect_timeout=SEND_TIMEOUT_SECONDS, transport_options=options
        ) as connection:
            current_app.send_task(
                TASK_NAME,
                args=(job.pk,),
                queue=KINDS[job.kind].queue,
                task_id=message_id(job),
                connection=connection,
                retry=False,
            )
    except (KombuError, OperationalError, RedisError, OSError) as error:
        logger.warning("Job %s stays queued: Redis did not take its message (%s).", job.pk, error)
        return False
    Job.objects.filter(pk=job.pk, attempt=job.attempt).update(sent_at=Now())
    return True


def redis_connection(timeout_seconds: float = SEND_TIMEOUT_SECONDS) -> "Redis":
    return Redis.from_url(
        settings.REDIS_URL, socket_timeout=timeout_seconds, socket_connect_timeout=timeout_seconds
    )


def waiting_message_ids(queue: str) -> set[str]:
    """Return the ids of the messages that wait in a queue; kombu keeps a queue as a Redis list."""
    with redis_connection() as redis:
        messages = redis.lrange(queue, 0, -1)
    return {json.loads(message)["headers"].get("id", "") for message in messages}
