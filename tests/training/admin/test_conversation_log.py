from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.urls import reverse
from django.utils import timezone

from training.models import Bot, LoggedExchange

pytestmark = pytest.mark.django_db
LIST = reverse("admin:training_loggedexchange_changelist")


@pytest.fixture
def bot():
    return Bot.objects.get_or_create(name="default")[0]


@pytest.fixture
def log(bot):
    def make(number, **fields):
        given = {
            "bot": bot,
            "model_name": "toy",
            "question": f"question {number}",
            "answer": f"answer {number}",
            "source": "generated",
            "milliseconds": 3,
            "at": timezone.now() - timedelta(minutes=number),
            **fields,
        }
        return LoggedExchange.objects.create(id=f"id-{number}", **given)

    return make


@pytest.fixture
def found(operator):
    def ids(query=""):
        return [row.pk for row in operator.get(f"{LIST}?{query}").context["cl"].result_list]

    return ids


def test_the_newest_come_first(log, found):
    for number in (2, 1, 3):
        log(number)

    assert found() == ["id-1", "id-2", "id-3"]


def test_the_log_is_filtered(log, found):
    other = Bot.objects.create(name="other")
    log(1, bot=other)
    log(2, source="own", rating=1)
    log(3, fallback=True, rating=-1, at=timezone.now() - timedelta(days=9))

    assert found(f"bot__id__exact={other.pk}") == ["id-1"]
    assert found("source=own") == ["id-2"]
    assert found("fallback__exact=1") == ["id-3"]
    assert found("rating=1") == ["id-2"]
    assert found("rating=-1") == ["id-3"]
    assert found("rating=0") == ["id-1"]
    week = (timezone.now() - timedelta(days=7)).replace(microsecond=0)
    assert found(urlencode({"at__gte": week})) == ["id-1", "id-2"]
    assert len(found("rating=x")) == 3


def test_questions_and_answers_are_searched_without_reading_the_rest(
    log, found, operator, django_assert_max_num_queries
):
    for number in range(60):
        log(number)

    assert found("q=question+42") == ["id-42"]
    assert found("q=answer+17") == ["id-17"]
    with django_assert_max_num_queries(8) as captured:
        assert len(found()) == 50
    [page] = [
        query["sql"] for query in captured if 'ORDER BY "training_loggedexchange"."at" DESC' in query["sql"]
    ]
    assert "LIMIT 50" in page


def test_a_row_is_shown_and_cannot_be_changed_or_added(log, operator):
    log(1, rating=-1)
    page = reverse("admin:training_loggedexchange_change", args=["id-1"])

    content = operator.get(page).content.decode()
    assert "answer 1" in content
    assert "bad" in content
    assert operator.post(page, {"answer": "changed"}).status_code == 403
    assert operator.get(reverse("admin:training_loggedexchange_add")).status_code == 403


def test_rows_are_deleted_by_who_may(log, operator, log_in):
    for number in (1, 2):
        log(number)
    chosen = {"action": "delete_selected", "_selected_action": ["id-1"], "post": "yes"}

    log_in("view_loggedexchange").post(LIST, chosen)
    assert LoggedExchange.objects.count() == 2

    operator.post(LIST, chosen)
    assert [row.pk for row in LoggedExchange.objects.all()] == ["id-2"]
