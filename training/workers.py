"""Machines that train together: how they are named, which one this is, and waiting until all are there.

Imports no neural framework: what is wrong with them is said before one is loaded.
"""

import re
import socket
import time
from collections.abc import Callable
from contextlib import closing, suppress
from typing import Any

from preprocessing.errors import SettingsError
from preprocessing.progress import StoppedError
from training.errors import TrainingError

# A name or an IPv4 address, or an IPv6 address in brackets, then a port.
WORKER = re.compile(
    r"(?P<host>[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\]):(?P<port>[0-9]{1,5})"
)
# Machines are not started at the same moment.
MOST_SECONDS_TO_WAIT = 600.0
SECONDS_BETWEEN_LOOKS, SECONDS_TO_CONNECT = 0.5, 2.0


def read_workers(text: str) -> list[str]:
    """Return workers as `host:port`; two at least, each once."""
    workers = [part.strip() for part in text.split(",") if part.strip()]
    for worker in workers:
        found = WORKER.fullmatch(worker)
        if found is None or not 0 < int(found["port"]) < 65536:
            raise SettingsError(
                "Each worker must be host:port with a port from 1 to 65535. "
                f"Received {worker!r}. Write them as first:2222,second:2222.",
                setting="workers",
            )
    if len(workers) < 2 or len(set(workers)) < len(workers):
        raise SettingsError(
            f"workers must name at least two, each once. Received {text!r}. "
            "Leave it empty to train on this machine alone.",
            setting="workers",
        )
    return workers


def own_index(workers: list[str]) -> int:
    """Return which worker this machine is, where that is certain."""
    own = [index for index, worker in enumerate(workers) if is_own_address(worker.rpartition(":")[0])]
    if len(own) != 1:
        found = ", ".join(workers[index] for index in own) or "none"
        raise SettingsError(
            "Exactly one worker must have an address of this machine, or worker_index must say which one it "
            f"is. Received {', '.join(workers)}, of which {found} is here. Give worker_index, from 0."
        )
    return own[0]


def is_own_address(host: str) -> bool:
    """Only an address of one's own can be bound to."""
    try:
        found = socket.getaddrinfo(host.strip("[]"), 0, type=socket.SOCK_STREAM)
    except OSError:
        return False
    return any(can_bind(family, address) for family, _, _, _, address in found)


def can_bind(family: socket.AddressFamily, address: Any) -> bool:
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.bind(address)
            return True
    except OSError:
        return False


def wait_for_all(workers: list[str], index: int, stop_requested: Callable[[], bool]) -> None:
    """Wait until every worker listens: TensorFlow itself waits for ever, deaf to a request to stop."""
    begun = time.monotonic()
    missing = [worker for worker in workers if worker != workers[index]]
    with closing(listening(workers[index])):
        while missing:
            if stop_requested():
                raise StoppedError("Training was asked to stop while it waited for other workers.")
            if time.monotonic() - begun > MOST_SECONDS_TO_WAIT:
                raise TrainingError(
                    f"All workers must come within {MOST_SECONDS_TO_WAIT / 60:.0f} minutes; not heard from: "
                    f"{', '.join(missing)}. Start the training there too, where this machine can reach it."
                )
            time.sleep(SECONDS_BETWEEN_LOOKS)
            missing = [worker for worker in missing if not is_listening(worker)]


def listening(worker: str) -> socket.socket:
    """Return what shows the others that this worker is here, until TensorFlow listens there itself."""
    family, address = address_of(worker)
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen()
    except OSError as error:
        listener.close()
        raise SettingsError(
            f"A worker must be able to listen at its own address. Received {worker}: {error}. "
            "Give worker_index, or a port that is free."
        ) from error
    return listener


def is_listening(worker: str) -> bool:
    host, _, port = worker.rpartition(":")
    with suppress(OSError), socket.create_connection((host.strip("[]"), int(port)), SECONDS_TO_CONNECT):
        return True
    return False


def address_of(worker: str) -> tuple[socket.AddressFamily, Any]:
    host, _, port = worker.rpartition(":")
    try:
        family, _, _, _, address = socket.getaddrinfo(host.strip("[]"), int(port), type=socket.SOCK_STREAM)[0]
    except OSError as error:
        raise SettingsError(
            f"A worker's host must be known by name or address. Received {worker}: {error}. Give its address."
        ) from error
    return family, address
