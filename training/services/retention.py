"""The conversation log is kept for as many days as each bot says; floods do not fill the unanswered list."""

import time
from datetime import timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from training.models import Bot, LoggedExchange, UnansweredQuestion

SECONDS_BETWEEN = 3600.0
# A question must not wait for the database while an old log goes.
ROWS_AT_ONCE = 1000
# More unanswered questions than anybody works through; of a bot, those asked most often and latest are kept.
MOST_UNANSWERED = 10_000
# Further back than any calendar need go.
MOST_DAYS = 100_000

_next_at = 0.0


def delete_old_exchanges_hourly() -> int:
    """Delete what is too old or too much, at most once an hour in a process; return how many rows went."""
    global _next_at
    if time.monotonic() < _next_at:
        return 0
    _next_at = time.monotonic() + SECONDS_BETWEEN
    return delete_old_exchanges() + delete_rare_questions()


def delete_old_exchanges() -> int:
    """Delete the rows that are older than their bots' `log_days`, a batch at a time."""
    rows = (LoggedExchange.objects.filter(older_than_its_bot_allows(bot)) for bot in Bot.objects.all())
    return sum(map(delete_batches, rows))


def older_than_its_bot_allows(bot: Bot) -> Q:
    # Where nothing is to be kept any more, what was kept before goes as well.
    days = min(bot.log_days, MOST_DAYS)
    return Q(bot=bot, at__lt=timezone.now() - timedelta(days=days))


def delete_rare_questions() -> int:
    """Delete what is too much on bots' lists of unanswered questions: asked least often and longest ago."""
    rows = (UnansweredQuestion.objects.filter(rarer(bot), bot=bot) for bot in Bot.objects.all())
    return sum(map(delete_batches, rows))


def rarer(bot: Bot) -> Q:
    """Return what comes after the last question that is kept."""
    listed = UnansweredQuestion.objects.filter(bot=bot).order_by("-times", "-last_at", "-pk")
    first = listed[MOST_UNANSWERED : MOST_UNANSWERED + 1].first()
    if first is None:
        return Q(pk__in=[])
    as_often = Q(times=first.times)
    as_late = as_often & Q(last_at=first.last_at)
    return Q(times__lt=first.times) | as_often & Q(last_at__lt=first.last_at) | as_late & Q(pk__lte=first.pk)


def delete_batches(rows: "QuerySet[Any]") -> int:
    deleted = 0
    while True:
        pks = list(rows.order_by().values_list("pk", flat=True)[:ROWS_AT_ONCE])
        if not pks:
            return deleted
        deleted += rows.filter(pk__in=pks).delete()[0]
