"""The processes of `make run` under supervisord: started, watched, ended without orphans."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
from django.conf import settings

from chatbot.launch.embedded_redis import server_path, write_redis_configuration
from chatbot.launch.preparation import log_directory, run_directory

STOP_SECONDS = 10
REAP_SECONDS = 2
PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36


class Processes:
    """supervisord and everything below it."""

    def __init__(self) -> None:
        self._supervisor: subprocess.Popen[bytes] | None = None
        self._seen: set[psutil.Process] = set()

    def start(self) -> None:
        environment = self._environment()
        adopt_orphans()
        self._supervisor = subprocess.Popen(
            [sys.executable, "-m", "supervisor.supervisord", "-c", str(configuration_file())],
            env=environment,
            cwd=settings.BASE_DIR,
            stdin=subprocess.DEVNULL,
            stdout=(log_directory() / "supervisord.out").open("wb"),
            stderr=subprocess.STDOUT,
            # Ctrl-C reaches the launcher alone, which ends the others in order.
            process_group=0,
            preexec_fn=end_with_parent,
        )

    def _environment(self) -> dict[str, str]:
        is_embedded = not os.environ.get("CHATBOT_REDIS_URL")
        if is_embedded:
            write_redis_configuration(run_directory())
        return {
            **os.environ,
            "CHATBOT_BASE_DIR": str(settings.BASE_DIR),
            "CHATBOT_LOG_DIR": str(log_directory()),
            "CHATBOT_RUN_DIR": str(run_directory()),
            "CHATBOT_PYTHON": sys.executable,
            "CHATBOT_REDIS_SERVER": str(server_path()) if is_embedded else "redis-server",
            "CHATBOT_EMBEDDED_REDIS": "true" if is_embedded else "false",
            "PYTHONUNBUFFERED": "1",
            # Two threads of a matrix library a process are slower than one on two busy cores.
            "OPENBLAS_NUM_THREADS": "1",
        }

    def are_alive(self) -> bool:
        """Whether supervisord lives; remembers what runs below it, so that nothing outlives a crash of it."""
        if self._supervisor is None or self._supervisor.poll() is not None:
            return False
        self._seen |= set(self._below())
        return True

    def stop(self) -> None:
        """Ask every process to end; what has not ended after 10 s is killed."""
        if self._supervisor is None:
            return
        deadline = time.monotonic() + STOP_SECONDS - 1
        self.are_alive()
        if self._supervisor.poll() is None:
            self._supervisor.send_signal(signal.SIGTERM)
        while self._supervisor.poll() is None and time.monotonic() < deadline:
            time.sleep(0.05)
        self.kill()

    def kill(self) -> None:
        """Kill whatever is left, children first told apart from later processes by their start time."""
        if self._supervisor is None:
            return
        self._seen |= set(self._below())
        if self._supervisor.poll() is None:
            self._supervisor.kill()
            self._supervisor.wait()
        for process in self._seen:
            if process.is_running():
                process.kill()
        reap_orphans()

    def _below(self) -> list[psutil.Process]:
        if self._supervisor is None:
            return []
        try:
            return list(psutil.Process(self._supervisor.pid).children(recursive=True))
        except psutil.NoSuchProcess:
            return []


def configuration_file() -> Path:
    return Path(settings.BASE_DIR) / "chatbot" / "launch" / "supervisord.conf"


def adopt_orphans() -> None:
    """Let what a dying worker leaves behind become our child, so that we can see it ended; Linux only."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def reap_orphans() -> None:
    """Wait for all that was adopted: an ended process stays in the system's table until somebody asks."""
    deadline = time.monotonic() + REAP_SECONDS
    while time.monotonic() < deadline:
        try:
            process_id, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if process_id == 0:
            time.sleep(0.02)


def end_with_parent() -> None:
    """Let the kernel end supervisord when the launcher dies of kill -9; Linux only, elsewhere a no-op."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
