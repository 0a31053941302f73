"""The thread beside a job's work: heartbeat, progress, cancel flag, orphaned parent."""

import enum
import logging
import os
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

from django.db import DatabaseError, connection

from preprocessing.progress import Progress
from training.services.lease import HEARTBEAT_SECONDS, JobLease, LostJobError

logger = logging.getLogger(__name__)
TICK_SECONDS = 1.0


class StopReason(enum.Enum):
    CANCEL = "somebody asked to cancel the job"
    HAND_OVER = "the worker is shutting down"
    LOST = "another process has taken the job over"


class JobMonitor:
    """Tells the row what the work reports, and the work when it shall stop.

    Only the thread touches the database, at most once a second, so that reporting costs the work nothing.
    """

    def __init__(self, lease: JobLease, listener: Callable[[Progress], None] | None = None) -> None:
        self.reason: StopReason | None = None
        self._lease = lease
        self._listener = listener
        self._parent_process = os.getppid()
        self._unwritten: Progress | None = None
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="job-monitor", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join(timeout=10)

    def report(self, progress: Progress) -> None:
        self._unwritten = progress
        if self._listener:
            self._listener(progress)

    def stop_requested(self) -> bool:
        return self.reason is not None

    def request_stop(self, reason: StopReason) -> None:
        self.reason = self.reason or reason

    def write_progress(self) -> None:
        progress, self._unwritten = self._unwritten, None
        if progress is not None:
            self._lease.record(progress)

    def _watch(self) -> None:
        ticks = 0
        while not self._ended.wait(TICK_SECONDS):
            ticks += 1
            try:
                self._tick(is_heartbeat_due=ticks % HEARTBEAT_SECONDS == 0)
            except LostJobError:
                self.request_stop(StopReason.LOST)
            except DatabaseError:
                # The database is away: the work goes on, and the fence decides when it is back.
                logger.warning("The job's row could not be written; trying again.", exc_info=True)
                connection.close()
        connection.close()

    def _tick(self, *, is_heartbeat_due: bool) -> None:
        if os.getppid() != self._parent_process:
            self.request_stop(StopReason.HAND_OVER)
        if is_heartbeat_due:
            self._lease.beat()
        self.write_progress()
        if self._lease.cancel_requested():
            self.request_stop(StopReason.CANCEL)
