"""The conversation log: rows are written in batches by one thread, so that no question waits for a write."""

import atexit
import logging
import queue
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field

from django.db import DatabaseError, close_old_connections, connection, transaction
from django.db.models import F

from answering.finishing import letters_of
from training.models import LoggedExchange, UnansweredQuestion

logger = logging.getLogger(__name__)
# Each keeps some kilobytes; more than a writer can catch up with in seconds is of no use.
MOST_WAITING = 2_000
ROWS_AT_ONCE = 200
SECONDS_BETWEEN = 0.5
SECONDS_TO_END = 2.0
# A row that no process has written by then was never to be kept.
SECONDS_FOR_A_ROW = 10.0


@dataclass(frozen=True)
class EarlyRating:
    """What somebody thinks of an answer whose row is not written yet, by this process or another one."""

    answer_id: str
    rating: int
    until: float = field(default_factory=lambda: time.monotonic() + SECONDS_FOR_A_ROW)


class ConversationLog:
    """A bounded queue and the thread behind it; what finds the queue full is dropped and counted."""

    def __init__(self, most_waiting: int = MOST_WAITING) -> None:
        self._waiting: queue.Queue[LoggedExchange] = queue.Queue(most_waiting)
        self._early_ratings: queue.Queue[EarlyRating] = queue.Queue(most_waiting)
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()
        self.dropped = 0

    def note(self, exchange: LoggedExchange) -> None:
        """Take a row; never waits and never fails."""
        try:
            self._waiting.put_nowait(exchange)
        except queue.Full:
            self.dropped += 1
        self._start()

    def rate(self, answer_id: str, rating: int) -> None:
        """Write a rating into its row, now or as soon as the row is there."""
        if write_rating(answer_id, rating):
            return
        with suppress(queue.Full):
            self._early_ratings.put_nowait(EarlyRating(answer_id, rating))
        self._start()

    def write_early_ratings(self) -> None:
        for _ in range(self._early_ratings.qsize()):
            early = self._early_ratings.get_nowait()
            if write_rating(early.answer_id, early.rating) or time.monotonic() > early.until:
                continue
            with suppress(queue.Full):
                self._early_ratings.put_nowait(early)

    def write_waiting(self) -> int:
        """Write what waits, at most a batch of it; return how many rows that were."""
        rows: list[LoggedExchange] = []
        while len(rows) < ROWS_AT_ONCE:
            try:
                rows.append(self._waiting.get_nowait())
            except queue.Empty:
                break
        try:
            write(rows)
        except DatabaseError:
            # Such as one whose bot was deleted meanwhile: the others shall not go with it.
            for row in rows:
                self._write_alone(row)
        return len(rows)

    def _write_alone(self, row: LoggedExchange) -> None:
        try:
            write([row])
        except DatabaseError as error:
            self.dropped += 1
            logger.warning("An exchange was not logged: %s", error)

    def _start(self) -> None:
        """Start the thread with the first row: in the process that answers, behind any fork."""
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._write_for_ever, name="conversation-log", daemon=True
                )
                self._thread.start()
                atexit.register(self._write_the_rest)

    def _write_for_ever(self) -> None:
        while True:
            time.sleep(SECONDS_BETWEEN)
            close_old_connections()
            while self.write_waiting() == ROWS_AT_ONCE:
                pass
            with suppress(DatabaseError):
                self.write_early_ratings()

    def _write_the_rest(self) -> None:
        until = time.monotonic() + SECONDS_TO_END
        while time.monotonic() < until and self.write_waiting():
            pass
        connection.close()


@transaction.atomic
def write(rows: list[LoggedExchange]) -> None:
    """Write rows into the log of those bots that keep one, and what was not answered onto its list."""
    LoggedExchange.objects.bulk_create([row for row in rows if row.bot.log_days], ignore_conflicts=True)
    for row in rows:
        if row.fallback:
            note_unanswered(row)


def write_rating(answer_id: str, rating: int) -> bool:
    """Write a rating into an answer's row; False where it is not there."""
    return LoggedExchange.objects.filter(pk=answer_id).update(rating=rating) > 0


def note_unanswered(row: LoggedExchange) -> None:
    letters = letters_of(row.question)[:500]
    found, is_new = UnansweredQuestion.objects.get_or_create(
        bot=row.bot, letters=letters, defaults={"text": row.question[:1000], "last_at": row.at}
    )
    if not is_new:
        UnansweredQuestion.objects.filter(pk=found.pk).update(times=F("times") + 1, last_at=row.at)


conversation_log = ConversationLog()
