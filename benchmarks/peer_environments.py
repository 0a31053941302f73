"""The environments of peers: made on the first run, below `.peers`, each with packages of its own list."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

from benchmarks.tables import ROOT

REQUIREMENTS = ROOT / "benchmarks" / "peers"
ENVIRONMENTS = ROOT / ".peers"


class PeerError(Exception):
    """A peer cannot be measured; the message is for the person who runs the benchmark."""


def peer_python(name: str) -> Path:
    """Return the Python that can import that peer, installed if it is not there yet.

    Its packages are installed without what they depend on: the list `NAME-requirements.txt` is whole.
    """
    requirements, environment = REQUIREMENTS / f"{name}-requirements.txt", ENVIRONMENTS / name
    python = environment / "bin" / "python"
    stamp = environment / f"installed-{hashlib.sha256(requirements.read_bytes()).hexdigest()[:16]}"
    if not stamp.exists():
        print(f"Installing {environment.relative_to(ROOT)}, which takes a minute or more.")
        call_uv("venv", "--quiet", "--clear", "--python", sys.executable, str(environment))
        call_uv(
            "pip", "install", "--quiet", "--no-deps", "--python", str(python),
            *without_gpu(), "--requirement", str(requirements),
        )  # fmt: skip
        stamp.touch()
    return python


def without_gpu() -> list[str]:
    """Return what lets uv find a torch without GPU libraries: on this machine, or where uv knows of one."""
    folder = os.environ.get("UV_FIND_LINKS") or os.environ.get("PIP_FIND_LINKS")
    return ["--find-links", folder] if folder else ["--torch-backend", "cpu"]


def call_uv(*arguments: str) -> None:
    uv = Path(sys.executable).with_name("uv")
    try:
        done = subprocess.run([uv, *arguments], capture_output=True, text=True, check=False)
    except OSError as error:
        raise PeerError(f"uv cannot be run: {error}") from error
    if done.returncode:
        raise PeerError(f"uv {arguments[0]} failed: {done.stderr.strip()[-500:]}")
