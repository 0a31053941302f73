"""Keeps the active trained model's responder loaded, and swaps it without a failed request."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from answering.question import Answering
from answering.responder import Responder

logger = logging.getLogger(__name__)
POLL_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 300.0


@dataclass(frozen=True)
class BundleReference:
    """Which trained model shall answer, and where its bundle lies.

    `number` tells it from one that had this name and folder before.
    """

    name: str
    directory: Path
    number: int = 0


@dataclass(frozen=True)
class Loaded:
    reference: BundleReference
    responder: Answering


class ResponderKeeper:
    """Looks once a second which bundle is wanted, loads it beside the one that answers, then swaps.

    A bundle that is refused leaves the one before in place, and is tried again after growing pauses.
    Readers take one reference and keep it for their request, so a swap never meets them half-way.
    """

    def __init__(
        self,
        find_bundle: Callable[[], BundleReference | None],
        *,
        open_responder: Callable[[Path], Answering] = Responder.open,
        poll_seconds: float = POLL_SECONDS,
    ) -> None:
        self._find_bundle = find_bundle
        self._open_responder = open_responder
        self._poll_seconds = poll_seconds
        self._loaded: Loaded | None = None
        self._refused: BundleReference | None = None
        self._is_blind = False
        self._retry_at = 0.0
        self._pause_seconds = poll_seconds
        self._ended = threading.Event()
        self._looking = threading.Lock()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Load what is wanted now, then watch from a thread; call it after a fork. Repeating does nothing."""
        with self._starting:
            if self._thread is None:
                self.look()
                self._thread = threading.Thread(target=self._watch, name="responder-keeper", daemon=True)
                self._thread.start()

    def stop(self) -> None:
        self._ended.set()
        if self._thread is not None and self._thread.is_alive():
            self._thread.join(timeout=10)

    def current(self) -> Loaded | None:
        return self._loaded

    @property
    def has_refused(self) -> bool:
        """Whether the last bundle that was wanted could not be loaded."""
        return self._refused is not None

    def look(self) -> None:
        """Load the wanted bundle where it is another one than the one that answers."""
        with self._looking:
            try:
                wanted = self._find_bundle()
            except Exception:
                self._note_blindness()
                return
            self._is_blind = False
            if wanted is None:
                self._loaded = None
            elif self._is_due(wanted):
                self._load(wanted)

    def _note_blindness(self) -> None:
        """The database is away, say: what answers goes on answering, and the log tells of it once."""
        if not self._is_blind:
            logger.warning("Which trained model is active could not be found out.", exc_info=True)
        self._is_blind = True

    def _is_due(self, wanted: BundleReference) -> bool:
        if self._loaded is not None and self._loaded.reference == wanted:
            return False
        return wanted != self._refused or time.monotonic() >= self._retry_at

    def _load(self, wanted: BundleReference) -> None:
        try:
            responder = self._open_responder(wanted.directory)
            responder.warm_up()
        except Exception as error:
            self._refuse(wanted, error)
            return
        self._loaded, self._refused = Loaded(wanted, responder), None
        logger.info("Trained model %s answers now.", wanted.name)

    def _refuse(self, wanted: BundleReference, error: Exception) -> None:
        is_new = wanted != self._refused
        self._pause_seconds = self._poll_seconds if is_new else self._pause_seconds * 2
        self._pause_seconds = min(self._pause_seconds, LONGEST_PAUSE_SECONDS)
        self._retry_at = time.monotonic() + self._pause_seconds
        self._refused = wanted
        if is_new:
            still = f"; {self._loaded.reference.name} goes on answering" if self._loaded else ""
            logger.error("Trained model %s was refused: %s%s", wanted.name, error, still)

    def _watch(self) -> None:
        while not self._ended.wait(self._poll_seconds):
            self.look()
