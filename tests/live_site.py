"""A whole site for tests that need one: web server and Redis as processes, a FAQ that answers, no worker."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from chatbot.launch.embedded_redis import server_path, write_redis_configuration

PASSWORD = "for this test"
ROOT = Path(__file__).resolve().parent.parent
SERVING = [sys.executable, "-m", "gunicorn", "-c", "chatbot/gunicorn.py", "chatbot.wsgi"]
FAQ = """\
question,answer
When do you open?,"At nine, from Monday to Friday."
When do you close?,"At six, and at four on Fridays."
Where are you?,"In Bridge Street 5, opposite the station."
How much is the delivery?,"Nothing above 30 euros, else 3.50."
Can I pay by card?,"Yes, by card and in cash."
How do I send something back?,"Print the label from your account and bring the parcel to any post office."
你们几点开门？,周一到周五九点。
"""


class LiveSite:
    """Answers at `url` from `directory` until it is stopped."""

    def __init__(self, directory: Path, faq: str = FAQ) -> None:
        self.directory = directory
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self.environment = {
            **os.environ,
            "CHATBOT_DATA_DIR": str(directory),
            "CHATBOT_PORT": str(port),
            "CHATBOT_ADMIN_PASSWORD": PASSWORD,
        }
        self._log = (directory / "site.log").open("ab")
        self.processes: list[subprocess.Popen[bytes]] = []
        self.manage("prepare")
        (directory / "faq.csv").write_text(faq, encoding="utf-8")
        self.manage("preprocess", "faq", str(directory / "faq.csv"), "--here")
        self.manage("train", "faq", "--architecture", "retrieval", "--activate", "--here")

    def manage(self, *arguments: str) -> str:
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(
            command, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def start(self) -> "LiveSite":
        run = self.directory / "run"
        write_redis_configuration(run)
        self._start([str(server_path()), str(run / "redis.conf")])
        self.start_server()
        return self

    def start_server(self) -> None:
        """Start the web server and wait until it can answer."""
        self._start(SERVING)
        self._wait()

    def stop_server(self) -> None:
        server = self.processes.pop()
        server.terminate()
        server.wait(timeout=20)

    def _wait(self) -> None:
        deadline = time.monotonic() + 60
        while not self.is_ready():
            assert time.monotonic() < deadline, (self.directory / "site.log").read_text()
            time.sleep(0.1)

    def stop(self) -> None:
        for process in reversed(self.processes):
            process.send_signal(signal.SIGTERM)
        for process in self.processes:
            process.wait(timeout=20)
        self.processes.clear()

    def is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=5) as response:
                return bool(response.status == 200)
        except OSError:
            return False

    def _start(self, command: list[str]) -> None:
        process = subprocess.Popen(
            command, cwd=ROOT, env=self.environment, stdout=self._log, stderr=self._log
        )
        self.processes.append(process)
