"""A worker's presence: a row that a thread of its parent process renews while it lives."""

import logging
import os
import socket
import threading
from datetime import datetime, timedelta

from django.db import DatabaseError, connection
from django.utils import timezone

from training.models import Worker

logger = logging.getLogger(__name__)
PRESENCE_SECONDS = 5
FORGOTTEN_AFTER = timedelta(days=1)


class Presence:
    def __init__(self, *, queues: list[str]) -> None:
        self._name = f"{socket.gethostname()}:{os.getpid()}"
        self._queues = queues
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="worker-presence", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Let the thread remove the row and end; called in a signal handler, so it does not wait."""
        self._ended.set()

    def _keep(self) -> None:
        started_at = timezone.now()
        while not self._ended.is_set():
            try:
                self._renew(started_at)
            except DatabaseError:
                logger.warning("The worker's presence could not be written; trying again.", exc_info=True)
                connection.close()
            self._ended.wait(PRESENCE_SECONDS)
        Worker.objects.filter(name=self._name).delete()
        connection.close()

    def _renew(self, started_at: datetime) -> None:
        now = timezone.now()
        Worker.objects.filter(seen_at__lt=now - FORGOTTEN_AFTER).delete()
        Worker.objects.update_or_create(
            name=self._name,
            defaults={"seen_at": now},
            create_defaults={
                "host": socket.gethostname(),
                "process_id": os.getpid(),
                "queues": self._queues,
                "started_at": started_at,
                "seen_at": now,
            },
        )
