"""manage.py sweep_jobs: the process that queues anew what a dead process or a lost message left behind.

Once an hour it deletes from the conversation log what is too old, and it begins what schedules say.
"""

import json
import logging
import signal
import threading
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand
from django.db import DatabaseError, connection

from training.services.retention import delete_old_exchanges_hourly
from training.services.schedules import run_due_schedules
from training.services.sweeper import SWEEP_SECONDS, sweep_jobs

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Sweep jobs every 10 s until SIGTERM, or once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="Sweep once and print what was done as JSON.")

    def handle(self, *, once: bool, **_: Any) -> None:
        if once:
            self.stdout.write(json.dumps(asdict(sweep_jobs())))
            return
        ended = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: ended.set())
        while not ended.is_set():
            sweep_or_log()
            ended.wait(SWEEP_SECONDS)


def sweep_or_log() -> None:
    """Sweep once; a database that is away is tried again at the next turn."""
    try:
        sweep_jobs()
        delete_old_exchanges_hourly()
        run_due_schedules()
    except DatabaseError:
        logger.warning("The sweep failed; the next one tries again.", exc_info=True)
        connection.close()
