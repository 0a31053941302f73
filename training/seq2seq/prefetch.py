"""Batches that are made in a thread of their own while the devices compute."""

import contextlib
import queue
import threading
import time
import weakref
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Generic, Self, TypeVar

Item = TypeVar("Item")
DEPTH = 3
SECONDS_TO_LOOK_UP = 0.2


class End:
    """What comes after the last item: nothing, or the error that the making of items ended with."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error


class Prefetch(Generic[Item]):
    """Iterates over `items` in their order, up to `depth` of them ahead; an error in the making is raised.

    The thread ends with the last item, with `close()`, with the block of a `with`, or when nobody holds the
    iterator any more. `waited_seconds` is how long the consumer has waited for items in all: compared with
    the time of its work it says whether the making of batches holds it up.
    """

    def __init__(self, items: Iterable[Item], depth: int = DEPTH) -> None:
        self.waited_seconds = 0.0
        self._ready: queue.Queue[Item | End] = queue.Queue(depth)
        self._is_closed = threading.Event()
        self._thread = threading.Thread(
            target=make_ahead, args=(iter(items), self._ready, self._is_closed), name="prefetch", daemon=True
        )
        # The thread knows nothing of this object, so that an abandoned one is collected and ends it.
        self._finalizer = weakref.finalize(self, self._is_closed.set)
        self._thread.start()

    def __iter__(self) -> Iterator[Item]:
        return self

    def __next__(self) -> Item:
        begun = time.perf_counter()
        item = self._next()
        self.waited_seconds += time.perf_counter() - begun
        if not isinstance(item, End):
            return item
        self.close()
        if item.error is not None:
            raise item.error
        raise StopIteration

    def close(self) -> None:
        """End the thread, also in the middle, and wait for the item that it is at."""
        self._finalizer()
        # One that waits for a place finds it, and sees then that nobody wants more.
        with contextlib.suppress(queue.Empty):
            while True:
                self._ready.get_nowait()
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _next(self) -> Item | End:
        return End() if self._is_closed.is_set() else self._ready.get()


def make_ahead(items: Iterator[Item], ready: "queue.Queue[Item | End]", is_closed: threading.Event) -> None:
    """Put items into the queue until they end or nobody wants more."""
    end = End()
    try:
        for item in items:
            if not put(item, ready, is_closed):
                return
    # Whatever it is, the consumer gets it.
    except BaseException as error:
        end = End(error)
    put(end, ready, is_closed)


def put(item: Item, ready: "queue.Queue[Item]", is_closed: threading.Event) -> bool:
    """Wait for a place in the queue; False where it was closed meanwhile."""
    while not is_closed.is_set():
        try:
            ready.put(item, timeout=SECONDS_TO_LOOK_UP)
            return True
        except queue.Full:
            continue
    return False
