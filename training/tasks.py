"""Celery's side of a job: the task, and what a worker's parent process does at its start and end."""

import os
import signal
from typing import Any

import psutil
from celery import shared_task
from celery.signals import worker_ready, worker_shutting_down

from training.services.sending import TASK_NAME

_presences: list[Any] = []


@shared_task(name=TASK_NAME)
def run_job(job_id: int) -> None:
    from training.services.runner import run_job as run

    run(job_id)


@worker_ready.connect
def announce_worker(sender: Any, **_: Any) -> None:
    from training.services.presence import Presence

    presence = Presence(queues=sorted(queue.name for queue in sender.task_consumer.queues))
    presence.start()
    _presences.append(presence)


@worker_shutting_down.connect
def ask_job_to_hand_over(**_: Any) -> None:
    """Pass the request on to the job, which saves and ends; Celery's warm shutdown then waits for that."""
    while _presences:
        _presences.pop().stop()
    for child in psutil.Process(os.getpid()).children():
        child.send_signal(signal.SIGTERM)
