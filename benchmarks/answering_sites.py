"""The sites that are asked: ours, and those of peers, each behind gunicorn at a port of its own."""

import json
import os
import socket
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks.load import Address, put_load
from benchmarks.peer_environments import PeerError
from benchmarks.tables import ROOT
from tests.live_site import PASSWORD, LiveSite

SECONDS_TO_START = 120
PEER_THREADS = 16
MIB = 2**20


@dataclass(frozen=True)
class Site:
    """Where a site listens, and which process is its web server's first."""

    address: Address
    process_id: int

    def private_mib(self) -> list[float]:
        """Return the memory that each of its processes shares with nobody, the largest first."""
        first = psutil.Process(self.process_id)
        processes = [first, *first.children(recursive=True)]
        return sorted((process.memory_full_info().uss / MIB for process in processes), reverse=True)


@dataclass(frozen=True)
class OurSite:
    """Ours, with the keys that its askers need."""

    site: Site
    with_password: Address
    live: LiveSite

    def serve(self, bundle: Path) -> None:
        """Let the default bot answer from a bundle, in every process."""
        self.live.manage("import_bundle", str(bundle), "--name", bundle.name, "--activate")
        time.sleep(3)


@contextmanager
def our_site(directory: Path) -> Iterator[OurSite]:
    """Start the whole site, as `make run` does but for the workers; it ends with the block."""
    live = LiveSite(directory)
    key = json.loads(live.manage("create_api_key", "benchmark", "--json"))["key"]
    port = int(live.url.rsplit(":", 1)[1])
    live.start()
    try:
        server = live.processes[-1].pid
        with_key = Address(port, authorization=f"Token {key}")
        with_password = Address(port, authorization=basic("admin", PASSWORD))
        yield OurSite(Site(with_key, server), with_password, live)
    finally:
        live.stop()


def basic(name: str, password: str) -> str:
    return f"Basic {b64encode(f'{name}:{password}'.encode()).decode()}"


@contextmanager
def peer_site(peer: str, folder: Path, python: Path = Path(sys.executable)) -> Iterator[Site]:
    """Start a peer's site with two processes; it ends with the block.

    Raises:
        PeerError: it does not answer in time.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        str(python), "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "--worker-class", "gthread",
        "--workers", "2", "--threads", str(PEER_THREADS), "--timeout", "300", "--log-level", "warning",
        "benchmarks.peers.answering_site",
    ]  # fmt: skip
    quiet = {"CUDA_VISIBLE_DEVICES": "", "TF_CPP_MIN_LOG_LEVEL": "3", "OMP_NUM_THREADS": "1"}
    environment = {**os.environ, **quiet, "PEER": peer, "PEER_FOLDER": str(folder)}
    log = folder / f"{peer}.log"
    with (
        log.open("ab") as errors,
        subprocess.Popen(command, cwd=ROOT, env=environment, stdout=errors, stderr=errors) as process,
    ):
        try:
            wait_for(Address(port), process, log)
            yield Site(Address(port), process.pid)
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(20)


def wait_for(address: Address, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(OSError):
            if put_load(address, iter([{"message": "hello"}] * 4), 1, 60, requests=2).milliseconds:
                return
        time.sleep(0.2)
    last = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-1:]
    raise PeerError(" ".join(last) or "it did not answer in time")
