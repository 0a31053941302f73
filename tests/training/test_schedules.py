import json
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from training.management.commands import sweep_jobs
from training.models import Evaluation, GateTrial, Job, Schedule
from training.services import schedules
from training.services.bots import bot_activate
from training.services.schedules import (
    UNDER_WAY,
    next_time,
    run_due_schedules,
    schedule_run,
    schedule_save,
    schedules_claim,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("asked_here", "nothing_sent")]
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


def at(text):
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.fixture
def make_schedule(bot):
    def make(work=Schedule.Work.GOLDEN, next_at=LONG_AGO, **fields):
        return Schedule.objects.create(**{"bot": bot, "work": work, "next_at": next_at, **fields})

    return make


@pytest.fixture
def active(bot, make_speaker, make_golden):
    made = make_speaker("one", Hello="Hi there")
    bot_activate(bot=bot, trained_model=made)
    make_golden("Hello", "Hi there")
    return made


# When


@pytest.mark.parametrize(
    ("after", "begins"),
    [
        ("2026-03-10T02:59:59+01:00", "2026-03-10T03:00:00+01:00"),
        ("2026-03-10T03:00:00+01:00", "2026-03-11T03:00:00+01:00"),
        ("2026-03-10T23:30:00+00:00", "2026-03-11T03:00:00+01:00"),
        # A day of 23 hours, and one of 25.
        ("2026-03-28T12:00:00+01:00", "2026-03-29T03:00:00+02:00"),
        ("2026-10-24T12:00:00+02:00", "2026-10-25T03:00:00+01:00"),
    ],
)
def test_the_next_time_is_that_of_the_servers_clock(settings, after, begins):
    settings.TIME_ZONE = "Europe/Berlin"

    assert next_time(3, 0, at(after)) == at(begins)


def test_what_the_clocks_skip_comes_an_hour_later_and_once(settings):
    settings.TIME_ZONE = "Europe/Berlin"

    first = next_time(2, 30, at("2026-03-28T12:00:00+01:00"))
    assert first == at("2026-03-29T03:30:00+02:00")
    assert next_time(2, 30, first) == at("2026-03-30T02:30:00+02:00")


def test_what_the_clocks_show_twice_counts_once(settings):
    settings.TIME_ZONE = "Europe/Berlin"

    first = next_time(2, 30, at("2026-10-24T12:00:00+02:00"))
    assert first == at("2026-10-25T02:30:00+02:00")
    for later in (first, at("2026-10-25T02:10:00+01:00"), at("2026-10-25T02:30:00+01:00")):
        assert next_time(2, 30, later) == at("2026-10-26T02:30:00+01:00")


def test_a_changed_schedule_begins_at_its_new_time_and_keeps_its_outcome(make_schedule):
    schedule = make_schedule()
    Schedule.objects.update(last_outcome="1 of 1 passed")
    schedule.hour, schedule.minute = 4, 30

    schedule_save(schedule=schedule)

    schedule.refresh_from_db()
    assert (schedule.next_at.hour, schedule.next_at.minute) == (4, 30)
    assert timezone.now() < schedule.next_at <= timezone.now() + timedelta(days=1)
    assert schedule.last_outcome == "1 of 1 passed"


# Who


def test_a_due_one_is_claimed_once_also_where_days_were_missed(make_schedule):
    make_schedule()

    assert [len(schedules_claim()), len(schedules_claim())] == [1, 0]
    assert Schedule.objects.get().next_at > timezone.now()


def test_of_two_sweepers_that_saw_it_due_one_gets_it(make_schedule):
    make_schedule()
    seen_by_one, seen_by_other = Schedule.objects.get(), Schedule.objects.get()
    now = timezone.now()

    assert [schedules.is_claimed(each, now) for each in (seen_by_one, seen_by_other)] == [True, False]


def test_what_is_off_or_not_due_yet_waits(make_schedule):
    make_schedule(is_on=False)
    make_schedule(next_at=timezone.now() + timedelta(minutes=1))

    assert schedules_claim() == []
    assert run_due_schedules() is None


# What


def test_the_golden_questions_are_asked_of_the_active_trained_model(active, make_schedule, make_golden):
    make_golden("Hello!", "Bye")
    schedule = make_schedule()

    ran = schedule_run(schedule=schedule)

    schedule.refresh_from_db()
    assert (ran.outcome, ran.is_done) == ("one: 1 of 2 passed; failed: Hello!", True)
    assert schedule.last_outcome == ran.outcome
    assert schedule.last_at is not None
    assert GateTrial.objects.get().trained_model == active


def test_an_evaluation_of_the_active_trained_model_is_queued(active, make_schedule, held_out):
    active.dataset = held_out
    active.save()

    ran = schedule_run(schedule=make_schedule(Schedule.Work.EVALUATE))

    job = Job.objects.get()
    assert (ran.outcome, job.kind, job.state) == (f"Job {job.pk} evaluates one.", "evaluate", "queued")
    assert job.parameters["trained_model"] == active.pk
    assert not Evaluation.objects.exists()


@pytest.mark.parametrize("work", list(Schedule.Work))
def test_what_cannot_be_done_says_why(make_schedule, work):
    schedule = make_schedule(work)

    ran = schedule_run(schedule=schedule)

    schedule.refresh_from_db()
    assert not ran.is_done
    assert schedule.last_outcome == "Bot default must have a trained model that answers; activate one first."


def test_what_nobody_expected_is_logged_and_the_next_one_is_done(active, make_schedule, monkeypatch, caplog):
    def fail(bot):
        raise RuntimeError("oops")

    monkeypatch.setattr(schedules, "golden_questions_try", fail)
    schedule = make_schedule()

    assert schedule_run(schedule=schedule).outcome == "It failed unexpectedly; the log says how."
    assert "oops" in caplog.text


def test_a_long_outcome_is_cut_to_what_the_row_holds(active, make_schedule, make_golden):
    for number in range(9):
        make_golden(f"Hello {'?' * 100}{number}", "Bye" * number or "x")
    schedule = make_schedule()
    schedules.Schedule.objects.update(last_outcome="")

    schedule_run(schedule=schedule)

    schedule.refresh_from_db()
    assert 300 < len(schedule.last_outcome) <= 500


@pytest.mark.django_db(transaction=True)
def test_the_sweepers_loop_begins_it_in_a_thread_and_goes_on(active, make_schedule, monkeypatch):
    make_schedule()
    begun = []
    monkeypatch.setattr(sweep_jobs, "sweep_jobs", lambda: None)
    monkeypatch.setattr(sweep_jobs, "run_due_schedules", lambda: begun.append(run_due_schedules()))

    for _ in range(2):
        sweep_jobs.sweep_or_log()

    begun[0].join(30)
    assert begun[1] is None
    assert Schedule.objects.get().last_outcome == "one: 1 of 1 passed"


# The command


def run(*arguments):
    output = StringIO()
    call_command("run_schedules", *arguments, stdout=output)
    return output.getvalue()


def test_the_command_does_what_is_due_once(active, make_schedule):
    make_schedule()

    assert run() == "03:00 ask the golden questions (default): one: 1 of 1 passed\n"
    assert run() == "No schedule is due.\n"


def test_the_command_does_all_that_are_on_and_leaves_when_they_are_due(active, make_schedule, bot):
    later = timezone.now() + timedelta(hours=5)
    schedule = make_schedule(next_at=later)
    make_schedule(is_on=False)

    assert json.loads(run("--all", "--json")) == [
        {
            "id": schedule.pk,
            "bot": "default",
            "work": "golden",
            "outcome": "one: 1 of 1 passed",
            "done": True,
        }
    ]
    assert Schedule.objects.get(pk=schedule.pk).next_at == later


def test_the_commands_exit_status_says_that_something_could_not_be_done(make_schedule):
    make_schedule()

    with pytest.raises(CommandError) as caught:
        run()
    assert caught.value.returncode == 1
    assert Schedule.objects.get().last_outcome != UNDER_WAY
