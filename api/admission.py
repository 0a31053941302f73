"""How many questions a process works on at once, and how many may wait for that.

More than a few at once only take each other's processor. Who finds the queue full, or waited too long in it,
is told to come back; the threads that are left serve everything else meanwhile.
"""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

from api.errors import ApiError

Found = TypeVar("Found")

AT_ONCE = 2
# With those that are worked on 32; the web server has eight threads more (chatbot/gunicorn.py).
MOST_WAITING = 30
LONGEST_WAIT_SECONDS = 10.0
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
        self._most_waiting = most_waiting
        self._longest_wait_seconds = longest_wait_seconds
        self._waiting: deque[threading.Event] = deque()
        self._lock = threading.Lock()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for a turn; it ends with the block.

        Raises:
            ApiError: too many wait already, or it took too long.
        """
        self._take(bounded=True)
        try:
            yield
        finally:
            self._give_back()

    def in_turns(self, work: Iterator[Found]) -> Iterator[Found]:
        """Yield what `work` yields, each found in a turn of its own: who reads slowly keeps nobody waiting.

        Raises:
            ApiError: before the first one, as for `turn`. Who was let in once is not sent away.
        """
        is_first = True
        while True:
            self._take(bounded=is_first)
            try:
                found = next(work)
            except StopIteration:
                return
            finally:
                self._give_back()
            is_first = False
            yield found

    def _take(self, *, bounded: bool) -> None:
        with self._lock:
            if self._free:
                self._free -= 1
                return
            if bounded and len(self._waiting) >= self._most_waiting:
                raise ApiError("overloaded", OVERLOADED)
            called = threading.Event()
            self._waiting.append(called)
        if not called.wait(self._longest_wait_seconds if bounded else None):
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
