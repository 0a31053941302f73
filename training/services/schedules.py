"""Schedules: what begins by itself once a day, claimed by one sweeper and done beside it.

A row says when it begins next. Whoever moves that moment on by a conditional update does the work, so that
several sweepers begin it once, and what was missed while none ran begins once too.
"""

import logging
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import DatabaseError, connection
from django.utils import timezone

from preprocessing.errors import ChatbotError
from training.models import Bot, Schedule
from training.services.evaluations import evaluation_queue
from training.services.gate import active_of, golden_questions_try, outcome

logger = logging.getLogger(__name__)
UNDER_WAY = "Under way; where this stays, its process ended before the work did."
CHANGED = ("bot", "work", "hour", "minute", "is_on", "next_at")


@dataclass(frozen=True)
class Ran:
    """How a schedule's work ended: what came out, or why it could not be done."""

    schedule: Schedule
    outcome: str
    is_done: bool


def next_time(hour: int, minute: int, after: datetime) -> datetime:
    """Return the first moment later than `after` at which the server's clocks show hour and minute.

    What the clocks skip in spring comes as much later as they skip; what they show twice in autumn counts the
    first time only.
    """
    zone = timezone.get_default_timezone()
    today = after.astimezone(zone).date()
    # The day after tomorrow too: there have been places that skipped a whole one.
    for days in range(3):
        day = today + timedelta(days=days)
        shown = datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone)
        # Python compares times of one zone by what clocks show, and those of UTC by what comes first.
        if shown.astimezone(UTC) > after.astimezone(UTC):
            return shown.astimezone(UTC)
    raise AssertionError("Of three days in a row one must have that time after this moment.")


def schedule_save(*, schedule: Schedule) -> Schedule:
    """Write a new or changed schedule; it begins the next time that its hour and minute come."""
    schedule.next_at = next_time(schedule.hour, schedule.minute, timezone.now())
    # Its work may end just now: the outcome is not this form's to write.
    schedule.save(update_fields=CHANGED if schedule.pk else None)
    return schedule


def run_due_schedules() -> threading.Thread | None:
    """Claim what is due and begin it in a thread of its own; return that thread, if anything was due.

    Whoever calls this goes on at once: the thread asks bundles in a process of their own, one schedule after
    the other. It does not keep its process from ending.
    """
    claimed = schedules_claim()
    if not claimed:
        return None
    thread = threading.Thread(target=run_beside, args=(claimed,), name="schedules", daemon=True)
    thread.start()
    return thread


def run_beside(schedules: Iterable[Schedule]) -> None:
    try:
        for schedule in schedules:
            schedule_run(schedule=schedule)
    except DatabaseError:
        logger.warning("A schedule's work could not be written down.", exc_info=True)
    finally:
        connection.close()


def schedules_claim() -> list[Schedule]:
    """Return those that are due and that nobody else has claimed; each is due again on another day."""
    now = timezone.now()
    due = Schedule.objects.select_related("bot").filter(is_on=True, next_at__lte=now)
    return [schedule for schedule in due if is_claimed(schedule, now)]


def is_claimed(schedule: Schedule, now: datetime) -> bool:
    still_due = Schedule.objects.filter(pk=schedule.pk, is_on=True, next_at=schedule.next_at)
    return bool(still_due.update(next_at=next_time(schedule.hour, schedule.minute, now)))


def schedule_run(*, schedule: Schedule) -> Ran:
    """Do a schedule's work now, whatever the time, and keep how it ended."""
    row = Schedule.objects.filter(pk=schedule.pk)
    row.update(last_at=timezone.now(), last_outcome=UNDER_WAY)
    try:
        ran = Ran(schedule, done(schedule), is_done=True)
    except ChatbotError as error:
        ran = Ran(schedule, str(error), is_done=False)
    except DatabaseError:
        raise
    except Exception:
        logger.exception("The work of schedule %s failed.", schedule.pk)
        ran = Ran(schedule, "It failed unexpectedly; the log says how.", is_done=False)
    row.update(last_outcome=shortened(ran.outcome))
    logger.info("Schedule %s (%s): %s", schedule.pk, schedule, ran.outcome)
    return ran


def done(schedule: Schedule) -> str:
    if schedule.work == Schedule.Work.EVALUATE:
        return queue_evaluation(schedule.bot)
    trial = golden_questions_try(bot=schedule.bot)
    return f"{trial.trained_model}: {outcome(trial)}"


def queue_evaluation(bot: Bot) -> str:
    active = active_of(bot)
    job = evaluation_queue(trained_model=active)
    return f"Job {job.pk} evaluates {active}."


def shortened(text: str) -> str:
    most = Schedule._meta.get_field("last_outcome").max_length or 0
    return text if len(text) <= most else f"{text[: most - 1]}…"
