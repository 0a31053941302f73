"""manage.py run: everything on one machine, in the foreground, until Ctrl-C. `make run` calls it."""

import errno
import logging
import signal
import socket
import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError

from chatbot.launch import demonstration, first_question
from chatbot.launch.preparation import (
    ADMIN_NAME,
    lock_data_directory,
    log_directory,
    make_data_directories,
    password_file,
    prepare,
)
from chatbot.launch.processes import Processes
from training.models import Job
from training.terminal import follow_job

START_SECONDS = 60


class Command(BaseCommand):
    help = "Start Redis, worker, sweeper and web server; on the first start, train the demonstration model."
    requires_system_checks = ()

    def handle(self, **_: Any) -> None:
        # A person reads along; what the processes log goes to their files.
        for handler in logging.getLogger().handlers:
            handler.setLevel(logging.WARNING)
        self.processes = Processes()
        self.signals = 0
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self.on_signal)
        try:
            self.run()
        except (OSError, OperationalError) as error:
            if not is_full_disk(error):
                raise
            raise CommandError("The disk is full. Free some space, then try again.") from None
        finally:
            self.processes.stop()

    def on_signal(self, *_: Any) -> None:
        """The first Ctrl-C ends everything in order, the second at once."""
        self.signals += 1
        if self.signals > 1:
            self.processes.kill()

    def keep_going(self) -> bool:
        return self.signals == 0 and self.processes.are_alive()

    def run(self) -> None:
        require_free_port(settings.PORT)
        make_data_directories()
        self.lock = lock_data_directory()
        self.report_password(prepare())
        if demonstration.is_wanted():
            self.say("Making the demonstration answer at once ...")
            demonstration.answer_at_once()
        if self.signals:
            return
        self.processes.start()
        if not first_question.wait_until_healthy(timeout_seconds=START_SECONDS, keep_going=self.keep_going):
            return self.report_failed_start()
        self.report_running()
        self.follow_demonstration()
        while self.keep_going():
            time.sleep(0.2)
        self.say("Stopping ..." if self.signals else "The supervisor ended; see the logs folder.")

    def follow_demonstration(self) -> None:
        job = demonstration.training_job()
        if job is None or not self.keep_going():
            return
        self.say("Training the demonstration model; the answers above need not wait for it.")
        job = follow_job(job, title="training", keep_going=self.keep_going)
        if job.state == Job.State.SUCCEEDED:
            model = job.trained_models.get().name
            if first_question.wait_for_model(model, keep_going=self.keep_going):
                self.say("The trained model has taken over.")
            self.report_running()
        elif job.is_finished:
            self.say(f"The training ended as {job.state}: {job.error_text}")

    def report_password(self, password: str | None) -> None:
        if password:
            self.say(f"First administrator: {ADMIN_NAME}, password {password} (kept in {password_file()})")

    def report_running(self) -> None:
        answer = first_question.ask()
        url = first_question.base_url()
        self.say(
            f"\n  Chat    {url}/\n"
            f"  Admin   {url}/admin/   (user {ADMIN_NAME}, password in {password_file()})\n"
            f"  Ask     {first_question.curl_line()}\n"
            f"          {answer.get('msg') or answer.get('errmsg')}"
            f"   [{answer.get('model') or answer.get('code')}]\n  End     Ctrl-C\n"
        )

    def report_failed_start(self) -> None:
        if not self.signals:
            raise CommandError(f"The web server did not start. See {log_directory() / 'web.log'}.")

    def say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()


def is_full_disk(error: Exception) -> bool:
    return "is full" in str(error) or getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT)


def require_free_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            reason = "taken" if error.errno == errno.EADDRINUSE else "not allowed"
            raise CommandError(
                f"Port {port} is {reason}. Choose another one: CHATBOT_PORT={port + 1} make run"
            ) from None
