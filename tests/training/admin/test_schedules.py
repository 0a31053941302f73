import pytest
from django.urls import reverse
from django.utils import timezone

from training.models import Schedule
from training.services.bots import bot_activate

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("asked_here")]
LIST = reverse("admin:training_schedule_changelist")
ADD = reverse("admin:training_schedule_add")


def page_of(schedule, name="training_schedule_change"):
    return reverse(f"admin:{name}", args=[schedule.pk])


def messages_of(response):
    return [str(message) for message in response.context["messages"]]


@pytest.fixture
def schedule(bot):
    return Schedule.objects.create(bot=bot, work="golden", next_at=timezone.now())


def test_one_is_added_changed_and_switched_off(operator, bot):
    operator.post(ADD, {"bot": bot.pk, "work": "golden", "hour": "4", "minute": "15", "is_on": "on"})
    made = Schedule.objects.get()
    assert (made.next_at.hour, made.next_at.minute, made.is_on) == (4, 15, True)
    assert made.next_at > timezone.now()

    operator.post(page_of(made), {"bot": bot.pk, "work": "evaluate", "hour": "5", "minute": "0"})
    made.refresh_from_db()
    assert (made.work, made.next_at.hour, made.is_on) == ("evaluate", 5, False)
    assert operator.get(LIST).status_code == 200


def test_a_time_that_no_clock_shows_is_refused(operator, bot):
    form = operator.post(ADD, {"bot": bot.pk, "work": "golden", "hour": "24", "minute": "60"})

    assert sorted(form.context["adminform"].form.errors) == ["hour", "minute"]


def test_a_button_does_it_now_and_the_page_says_what_came_out(
    operator, bot, schedule, make_speaker, make_golden
):
    bot_activate(bot=bot, trained_model=make_speaker("one", Hello="Hi there"))
    make_golden("Hello", "Hi there")
    due = schedule.next_at

    response = operator.post(page_of(schedule, "schedule_run"), follow=True)

    assert messages_of(response) == ["one: 1 of 1 passed"]
    schedule.refresh_from_db()
    assert (schedule.last_outcome, schedule.next_at) == ("one: 1 of 1 passed", due)
    assert "Run now" in response.content.decode()


def test_what_could_not_be_done_is_an_error(operator, schedule):
    response = operator.post(page_of(schedule, "schedule_run"), follow=True)

    [said] = response.context["messages"]
    assert (said.level_tag, "must have a trained model" in str(said)) == ("error", True)


def test_who_may_only_look_begins_nothing(log_in, schedule):
    client = log_in("view_schedule")

    assert client.get(page_of(schedule)).status_code == 200
    assert "Run now" not in client.get(page_of(schedule)).content.decode()
    assert client.post(page_of(schedule, "schedule_run")).status_code == 403
    assert client.get(ADD).status_code == 403
