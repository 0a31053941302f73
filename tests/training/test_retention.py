from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from training.management.commands.sweep_jobs import sweep_or_log
from training.models import Bot, LoggedExchange, UnansweredQuestion
from training.services import retention

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh_hour(monkeypatch):
    monkeypatch.setattr(retention, "_next_at", 0.0)


@pytest.fixture
def bot():
    found = Bot.objects.get_or_create(name="default")[0]
    Bot.objects.filter(pk=found.pk).update(log_days=30)
    return found


def log(bot, days_ago, number=0):
    return LoggedExchange.objects.create(
        id=f"{bot.name}-{days_ago}-{number}",
        bot=bot,
        model_name="toy",
        question="Hello",
        answer="Hi",
        source="generated",
        milliseconds=1,
        at=timezone.now() - timedelta(days=days_ago),
    )


def left():
    return sorted(LoggedExchange.objects.values_list("pk", flat=True))


def test_rows_go_when_they_are_older_than_their_bot_allows(bot):
    brief = Bot.objects.create(name="brief", log_days=1)
    for owner in (bot, brief):
        for days in (0, 2, 31):
            log(owner, days)

    assert retention.delete_old_exchanges() == 3
    assert left() == ["brief-0-0", "default-0-0", "default-2-0"]


def test_a_bot_that_keeps_nothing_any_more_loses_what_it_kept(bot):
    log(bot, 0)
    Bot.objects.update(log_days=0)

    assert retention.delete_old_exchanges() == 1


def test_days_beyond_any_calendar_keep_everything(bot):
    log(bot, 400)
    Bot.objects.update(log_days=2_000_000_000)

    assert retention.delete_old_exchanges() == 0


def test_a_long_log_goes_in_batches(bot, monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(retention, "ROWS_AT_ONCE", 2)
    for number in range(5):
        log(bot, 31, number)

    # The bots, then for each batch its keys and its deletion, at last no more keys.
    with django_assert_num_queries(1 + 3 * 2 + 1):
        assert retention.delete_old_exchanges() == 5


def test_the_sweeper_does_it_once_an_hour(bot, monkeypatch):
    log(bot, 31)
    sweep_or_log()
    assert left() == []

    log(bot, 31)
    sweep_or_log()
    assert left() == ["default-31-0"]

    monkeypatch.setattr(retention, "_next_at", 0.0)
    sweep_or_log()
    assert left() == []


def test_a_single_sweep_leaves_the_log_alone(bot, capsys):
    log(bot, 31)
    call_command("sweep_jobs", "--once")

    assert left() == ["default-31-0"]


# Unanswered questions


def listed(bot, text, times, days_ago=0):
    at = timezone.now() - timedelta(days=days_ago)
    UnansweredQuestion.objects.create(bot=bot, letters=text, text=text, times=times, last_at=at)


def test_of_too_many_unanswered_questions_the_rare_and_old_ones_go(bot, monkeypatch):
    monkeypatch.setattr(retention, "MOST_UNANSWERED", 3)
    monkeypatch.setattr(retention, "ROWS_AT_ONCE", 1)
    other = Bot.objects.create(name="other")
    listed(other, "alone", 1, 99)
    for text, times, days_ago in (
        ("rare", 1, 0),
        ("old", 2, 9),
        ("older", 2, 10),
        ("often", 9, 99),
        ("new", 2, 0),
    ):
        listed(bot, text, times, days_ago)

    assert retention.delete_old_exchanges_hourly() == 2
    left = UnansweredQuestion.objects.order_by("text").values_list("text", flat=True)
    assert list(left) == ["alone", "new", "often", "old"]
    assert retention.delete_rare_questions() == 0


def test_of_equal_ones_as_many_are_kept_as_may_be(bot, monkeypatch):
    monkeypatch.setattr(retention, "MOST_UNANSWERED", 2)
    at = timezone.now()
    UnansweredQuestion.objects.bulk_create(
        UnansweredQuestion(bot=bot, letters=text, text=text, last_at=at) for text in "abcde"
    )

    assert retention.delete_rare_questions() == 3
    assert "".join(sorted(UnansweredQuestion.objects.values_list("text", flat=True))) == "de"
