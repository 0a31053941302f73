"""The conversation log is kept for as many days as each bot says, and no longer."""

import time
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from training.models import Bot, LoggedExchange

SECONDS_BETWEEN = 3600.0
# A question must not wait for the database while an old log goes.
ROWS_AT_ONCE = 1000
# Further back than any calendar need go.
MOST_DAYS = 100_000

_next_at = 0.0


def delete_old_exchanges_hourly() -> int:
    """Delete what is too old, at most once an hour in a process; return how many rows went."""
    global _next_at
    if time.monotonic() < _next_at:
        return 0
    _next_at = time.monotonic() + SECONDS_BETWEEN
    return delete_old_exchanges()


def delete_old_exchanges() -> int:
    """Delete the rows that are older than their bots' `log_days`, a batch at a time."""
    return sum(delete_batches(older_than_its_bot_allows(bot)) for bot in Bot.objects.all())


def older_than_its_bot_allows(bot: Bot) -> Q:
    # Where nothing is to be kept any more, what was kept before goes as well.
    days = min(bot.log_days, MOST_DAYS)
    return Q(bot=bot, at__lt=timezone.now() - timedelta(days=days))


def delete_batches(which: Q) -> int:
    deleted = 0
    while True:
        pks = list(
            LoggedExchange.objects.filter(which).order_by().values_list("pk", flat=True)[:ROWS_AT_ONCE]
        )
        if not pks:
            return deleted
        deleted += LoggedExchange.objects.filter(pk__in=pks).delete()[0]
