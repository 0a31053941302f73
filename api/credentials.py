"""Remembers passwords that were right, for a minute and in this process only; counts those that were wrong.

Django's password hash costs 0.3 s of CPU, which a question in milliseconds cannot pay each time.
"""

import hashlib
import hmac
import secrets
import threading
import time
from collections import OrderedDict

REMEMBERED_SECONDS = 60.0
MAX_ENTRIES = 10_000
TURNS = 64
FAILURES_ALLOWED = 10
FAILURE_WINDOW_SECONDS = 60.0


class CredentialMemory:
    """Keeps HMACs of (name, password, stored hash): with a changed password it is another HMAC."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._expiries: OrderedDict[bytes, float] = OrderedDict()
        self._lock = threading.Lock()
        self._turns = [threading.Lock() for _ in range(TURNS)]

    def turn(self, name: str, address: str) -> threading.Lock:
        """Return what one at a time holds while it pays for a hash; the others then find it remembered.

        Otherwise all that one client asks at once would pay, each time that the minute is over.
        """
        return self._turns[hash((name, address)) % TURNS]

    def knows(self, name: str, password: str, stored_hash: str) -> bool:
        digest = self._digest(name, password, stored_hash)
        with self._lock:
            return self._expiries.get(digest, 0.0) > time.monotonic()

    def remember(self, name: str, password: str, stored_hash: str) -> None:
        digest = self._digest(name, password, stored_hash)
        with self._lock:
            self._expiries.pop(digest, None)
            self._expiries[digest] = time.monotonic() + REMEMBERED_SECONDS
            while len(self._expiries) > MAX_ENTRIES:
                self._expiries.popitem(last=False)

    def forget_all(self) -> None:
        with self._lock:
            self._expiries.clear()

    def _digest(self, name: str, password: str, stored_hash: str) -> bytes:
        # Lengths in front: ("ab", "c") and ("a", "bc") must not be the same.
        parts = [part.encode("utf-8", "surrogatepass") for part in (name, password, stored_hash)]
        message = b"".join(len(part).to_bytes(8, "big") + part for part in parts)
        return hmac.new(self._key, message, hashlib.sha256).digest()


class FailureCount:
    """How often a name was tried wrongly from an address within the last minute."""

    def __init__(self) -> None:
        self._failures: OrderedDict[tuple[str, str], list[float]] = OrderedDict()
        self._lock = threading.Lock()

    def seconds_to_wait(self, name: str, address: str) -> float:
        """Return 0 where another try is allowed."""
        with self._lock:
            recent = self._recent(name, address)
            if len(recent) < FAILURES_ALLOWED:
                return 0.0
            return recent[0] + FAILURE_WINDOW_SECONDS - time.monotonic()

    def add(self, name: str, address: str) -> None:
        with self._lock:
            recent = self._recent(name, address)
            self._failures.pop((name, address), None)
            self._failures[name, address] = [*recent, time.monotonic()]
            while len(self._failures) > MAX_ENTRIES:
                self._failures.popitem(last=False)

    def forget_all(self) -> None:
        with self._lock:
            self._failures.clear()

    def _recent(self, name: str, address: str) -> list[float]:
        oldest = time.monotonic() - FAILURE_WINDOW_SECONDS
        return [moment for moment in self._failures.get((name, address), []) if moment > oldest]


credentials = CredentialMemory()
failures = FailureCount()
