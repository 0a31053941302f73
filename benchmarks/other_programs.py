"""How much of the machine other programs take while something is measured."""

import os
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

import psutil

from benchmarks.report import Figure

# Threads that wait for each other in a loop lose much more than the share that is taken from them.
MOST_OTHERS = 0.1


class OtherPrograms:
    """Watches from its making on; what this process started, and waited for, is no other program."""

    def __init__(self) -> None:
        self._started = time.perf_counter()
        self._busy, self._own = busy_seconds(), own_seconds()

    def share(self) -> float:
        """Return the share of the machine that others took meanwhile."""
        machine = (time.perf_counter() - self._started) * (os.cpu_count() or 1)
        others = (busy_seconds() - self._busy) - (own_seconds() - self._own)
        return max(0.0, others) / machine


def busy_seconds() -> float:
    """Return how long the processors have worked for anyone."""
    times = psutil.cpu_times()
    # Linux counts a guest's time among the user's too.
    idle = sum(getattr(times, name, 0.0) for name in ("idle", "iowait", "guest", "guest_nice"))
    return float(sum(times) - idle)


def own_seconds() -> float:
    """Return how long this process worked, and its children: those that run, and those that ended."""
    own = psutil.Process()
    total = 0.0
    for process in [own, *own.children(recursive=True)]:
        with suppress(psutil.Error):
            times = process.cpu_times()
            total += times.user + times.system + times.children_user + times.children_system
    return total


def called(figures: Sequence[Figure], share: float) -> list[Figure]:
    """Return figures whose goals are called reached or missed only where others took little."""
    return [replace(figure, holds=None) if share > MOST_OTHERS else figure for figure in figures]
