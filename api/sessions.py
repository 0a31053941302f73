"""What was said before in a conversation: the last turns of a session, in Redis for a while.

A session belongs to the account that opened it and to one bot: with the same id others have another one.
"""

import hashlib
import json
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache

from django.conf import settings
from redis import Redis, exceptions
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)
LIFETIME_SECONDS = 24 * 3600
MOST_TURNS = 20
MOST_CHARACTERS = 2000
TIMEOUT_SECONDS = 0.5
# A Redis that hangs would cost each of many questions the timeout: so long it is not asked again.
PAUSE_SECONDS = 2.0
AWAY = (exceptions.ConnectionError, exceptions.TimeoutError, OSError)


@dataclass(frozen=True)
class Session:
    """`key` is a digest: it tells nobody who can read Redis or the log how to go on with a conversation."""

    id: str
    key: str

    @classmethod
    def of(cls, session_id: str, user_id: int | None, bot_id: int) -> "Session":
        named = json.dumps([session_id, user_id, bot_id])
        return cls(session_id, hashlib.sha256(named.encode()).hexdigest())

    @property
    def redis_key(self) -> str:
        return f"chatbot:session:{self.key}"

    def turns(self) -> tuple[str, ...] | None:
        """Return what was said so far, questions and answers in turns, oldest first; None without Redis."""
        try:
            with noticing_absence():
                found = connection().lrange(self.redis_key, 0, -1)
        except (RedisError, OSError) as error:
            logger.warning("A session could not be read: %s", error)
            return None
        return tuple(map(str, found))

    def add(self, question: str, answer: str) -> bool:
        """Remember an exchange; False where Redis did not take it."""
        try:
            with noticing_absence(), connection().pipeline() as pipeline:
                pipeline.rpush(self.redis_key, question[:MOST_CHARACTERS], answer[:MOST_CHARACTERS])
                pipeline.ltrim(self.redis_key, -MOST_TURNS, -1)
                pipeline.expire(self.redis_key, LIFETIME_SECONDS)
                pipeline.execute()
        except (RedisError, OSError) as error:
            logger.warning("A session could not be written: %s", error)
            return False
        return True


@dataclass
class Absence:
    """Until when Redis counts as away in this process, on the monotonic clock; 0 where it is there."""

    until: float = 0.0


absence = Absence()


@contextmanager
def noticing_absence() -> Iterator[None]:
    """Remember for a while that Redis does not answer.

    Raises:
        ConnectionError: it did not a moment ago.
    """
    if time.monotonic() < absence.until:
        raise ConnectionError("it did not answer a moment ago")
    if absence.until:
        # One asks again; the others wait for what it finds.
        absence.until = time.monotonic() + PAUSE_SECONDS
    try:
        yield
    except AWAY:
        absence.until = time.monotonic() + PAUSE_SECONDS
        raise
    absence.until = 0.0


@cache
def connection() -> "Redis":
    """Return this process' pool of connections."""
    return Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=TIMEOUT_SECONDS,
        socket_connect_timeout=TIMEOUT_SECONDS,
        decode_responses=True,
    )
