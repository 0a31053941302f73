"""Contestants as processes: each is started once, then asked in turn; the others sleep meanwhile."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from benchmarks.other_programs import MOST_OTHERS, busy_seconds
from benchmarks.peer_environments import PeerError, peer_python
from benchmarks.peers.contest import Sizes
from benchmarks.report import Figure
from benchmarks.tables import ROOT

JOEYNMT = "JoeyNMT 2.3.0"
THREADS = 2
SECONDS_TO_END = 20
# TensorFlow's threads for one operation and for several; torch's and both's linear algebra.
THREAD_VARIABLES = ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


@dataclass(frozen=True)
class Entry:
    """Who enters the contest with what."""

    name: str
    module: str
    sizes: Sizes
    # Which peer it is; empty for ours.
    peer: str = ""
    python: Callable[[], Path] = lambda: Path(sys.executable)


def ours(sizes: Sizes) -> Entry:
    return Entry("ours", "benchmarks.training_ours", sizes)


def joeynmt(sizes: Sizes) -> Entry:
    return Entry("JoeyNMT", "benchmarks.peers.joeynmt_steps", sizes, JOEYNMT, lambda: peer_python("joeynmt"))


def keras_fit(sizes: Sizes) -> Entry:
    return Entry("Keras fit, no input feeding", "benchmarks.peers.keras_steps", sizes, "Keras")


@dataclass
class Result:
    """What a contestant answered, or why it could not."""

    entry: Entry
    weights: int = 0
    answers: list[dict[str, Any]] = field(default_factory=list)
    failure: str = ""

    @property
    def others(self) -> float:
        """The largest share of the machine that other programs took during an answer."""
        return max((float(answer["others"]) for answer in self.answers), default=0.0)

    def not_measured(self, name: str) -> Figure:
        """Return the row that says so; why, the person at the terminal is told."""
        print(f"{name} could not be measured: {self.failure}", file=sys.stderr)
        return Figure(f"{name}, could not be measured", 0, "steps", peer=self.entry.peer)


class Process:
    """A contestant that waits for commands."""

    def __init__(self, entry: Entry, process: "subprocess.Popen[str]", errors: Path) -> None:
        self.entry = entry
        self._process = process
        self._errors = errors
        self.weights = int(self._answer()["weights"])

    def ask(self, **command: Any) -> dict[str, Any]:
        """Return its answer to a command of `benchmarks.peers.contest.serve`.

        `others` in it is the share of the machine that other programs took meanwhile.
        """
        before, started = self._others_seconds(), time.perf_counter()
        answer = self._answer_to(command)
        machine = (time.perf_counter() - started) * (os.cpu_count() or 1)
        return {**answer, "others": max(0.0, self._others_seconds() - before) / machine}

    def _answer_to(self, command: dict[str, Any]) -> Any:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(command) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            raise self._failure() from None
        return self._answer()

    def _others_seconds(self) -> float:
        """Return how long the processors have worked for anyone else, in all."""
        with suppress(psutil.Error):
            own = psutil.Process(self._process.pid).cpu_times()
            return float(busy_seconds() - own.user - own.system)
        return 0.0

    def _answer(self) -> Any:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise self._failure()
        return json.loads(line)

    def _failure(self) -> PeerError:
        last = self._errors.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-1:]
        return PeerError(" ".join(last) or "it ended without a word")


@contextmanager
def started(entry: Entry, batches: Path, held_out: Path, directory: Path) -> Iterator[Process]:
    """Start a contestant; it ends with the block.

    Raises:
        PeerError: it cannot be installed or started.
    """
    errors = directory / f"{entry.module}.{entry.sizes.architecture}.errors"
    command = [str(entry.python()), "-m", entry.module, entry.sizes.to_json(), str(batches), str(held_out)]
    with (
        errors.open("w", encoding="utf-8") as log,
        subprocess.Popen(
            command, cwd=ROOT, env=environment(directory), text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log,
        ) as process,
    ):  # fmt: skip
        try:
            yield Process(entry, process, errors)
        finally:
            end(process)


def start_all(
    results: Sequence[Result], batches: Path, held_out: Path, directory: Path, stack: ExitStack
) -> list[tuple[Result, Process]]:
    """Start contestants until the stack ends; who cannot start has that in its result and is left out."""
    running = []
    for result in results:
        try:
            process = stack.enter_context(started(result.entry, batches, held_out, directory))
        except PeerError as error:
            result.failure = str(error)
            continue
        result.weights = process.weights
        running.append((result, process))
    return running


def was_quiet(results: Sequence[Result]) -> bool:
    """Return whether the machine had time for the contestants; else they differ in how they bear that."""
    return max(result.others for result in results) <= MOST_OTHERS


def environment(directory: Path) -> dict[str, str]:
    """Return the environment of every contestant: as many threads, and on the CPU."""
    threads = dict.fromkeys(THREAD_VARIABLES, str(THREADS))
    quiet = {"CUDA_VISIBLE_DEVICES": "", "TF_CPP_MIN_LOG_LEVEL": "3", "TMPDIR": str(directory)}
    return {**os.environ, **threads, **quiet}


def end(process: "subprocess.Popen[str]") -> None:
    """Let a contestant end by itself, which it does at the end of its commands."""
    assert process.stdin is not None
    with suppress(BrokenPipeError):
        process.stdin.close()
    try:
        process.wait(SECONDS_TO_END)
    except subprocess.TimeoutExpired:
        process.kill()
