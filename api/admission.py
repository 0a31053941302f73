"""How many questions a process works on at once, and how many may wait for that.

A few at once share a network's steps (answering/shared_steps.py); more only take each other's processor. Who
finds the place full, or waited too long in it, is told to come back; the threads that are left serve all else
meanwhile.
"""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

from api.errors import ApiError

Found = TypeVar("Found")

AT_ONCE = 8
# With those that are worked on 32; the web server has eight threads more (chatbot/gunicorn.py).
MOST_WAITING = 24
# Shorter than a web server that stops waits for its last answers.
LONGEST_WAIT_SECONDS = 4.0
OVERLOADED = "More questions are waiting than can be answered soon. Ask again in some seconds."


class Admission:
    """Lets so many through at once, the others in the order in which they came."""

    def __init__(
        self,
        at_once: int = AT_ONCE,
        most_waiting: int = MOST_WAITING,
        longest_wait_seconds: float = LONGEST_WAIT_SECONDS,
    ) -> None:
        self._free = at_once
        # A stream is inside from its first turn to its last, also while its client reads.
        self._inside, self._most_inside = 0, at_once + most_waiting
        self._longest_wait_seconds = longest_wait_seconds
        self._waiting: deque[threading.Event] = deque()
        self._lock = threading.Lock()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for a turn; it ends with the block.

        Raises:
            ApiError: too many are inside already, or it took too long.
        """
        with self.place():
            self._take(self._longest_wait_seconds)
            try:
                yield
            finally:
                self._give_back()

    @contextmanager
    def further_turn(self) -> Iterator[None]:
        """Wait for one more turn, however long: who was let in once is not sent away."""
        self._take(None)
        try:
            yield
        finally:
            self._give_back()

    def in_turns(self, work: Iterator[Found]) -> Iterator[Found]:
        """Yield what `work` yields, each found in a turn of its own: who reads slowly keeps nobody waiting.

        Raises:
            ApiError: before the first one, as for `turn`.
        """
        with self.place():
            longest_wait: float | None = self._longest_wait_seconds
            while True:
                self._take(longest_wait)
                try:
                    found = next(work)
                except StopIteration:
                    return
                finally:
                    self._give_back()
                longest_wait = None
                yield found

    @contextmanager
    def place(self) -> Iterator[None]:
        """Be inside for the block, for as many further turns as are needed.

        Raises:
            ApiError: too many are inside already.
        """
        with self._lock:
            if self._inside >= self._most_inside:
                raise ApiError("overloaded", OVERLOADED)
            self._inside += 1
        try:
            yield
        finally:
            with self._lock:
                self._inside -= 1

    def _take(self, longest_wait_seconds: float | None) -> None:
        with self._lock:
            if self._free:
                self._free -= 1
                return
            called = threading.Event()
            self._waiting.append(called)
        if not called.wait(longest_wait_seconds):
            self._leave(called)

    def _leave(self, called: threading.Event) -> None:
        """Go without a turn, unless it came at the last moment."""
        with self._lock:
            if called in self._waiting:
                self._waiting.remove(called)
                raise ApiError("overloaded", OVERLOADED)

    def _give_back(self) -> None:
        with self._lock:
            if self._waiting:
                # Handed on directly: who comes just now must not overtake.
                self._waiting.popleft().set()
            else:
                self._free += 1


admission = Admission()
