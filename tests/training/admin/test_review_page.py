from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from training.models import Bot, OwnAnswer, UnansweredQuestion
from training.services.own_answers import own_answer_write

pytestmark = pytest.mark.django_db
PAGE = reverse("admin:review_list")
OPEN, WHEN, WHERE = "When do you open?", "wen do you open", "Where are you?"


def shown(client, query=""):
    cards = client.get(f"{PAGE}?{query}").context.get("cards", [])
    return [[asked.text for asked in card["group"].questions] for card in cards]


def send(client, *questions, query="", **fields):
    filled = {"question": [f"exchange:{pk}" for pk in questions], "card": 1, **fields}
    return client.post(f"{PAGE}?{query}", filled)


def messages_of(client, response):
    page = client.get(response.headers["Location"]) if response.status_code == 302 else response
    return [str(message) for message in page.context["messages"]]


def test_a_group_is_answered_and_the_page_goes_on_with_the_next(operator, log, bot):
    for question in (OPEN, WHEN, WHERE):
        log(question)

    response = send(operator, "x0", "x1", do="answer", answer="At nine.", query="days=90&page=1")

    assert response.headers["Location"] == f"{PAGE}?days=90&page=1#card-1"
    assert messages_of(operator, response) == [f"From now on default says to “{OPEN}” and 1 more: At nine."]
    own = OwnAnswer.objects.get()
    assert (own.wordings, own.answer, own.created_by.username) == ([OPEN, WHEN], "At nine.", "operator")
    assert shown(operator) == [[WHERE]]


def test_one_click_on_a_suggestion_is_enough(operator, log, bot):
    log(OPEN)
    own_answer_write(bot=bot, question="When do you open on Sundays?", answer="At <b>ten</b>,\nuntil noon.")
    [card] = operator.get(PAGE).context["cards"]
    [suggestion] = card["suggestions"]
    assert "At &lt;b&gt;ten&lt;/b&gt;,\nuntil noon." in operator.get(PAGE).content.decode()

    send(operator, "x0", suggestion=suggestion.key, answer="")

    assert OwnAnswer.objects.get().wordings == ["When do you open on Sundays?", OPEN]
    assert shown(operator) == []


def test_what_is_not_needed_is_put_aside(operator, log):
    log(OPEN)

    assert messages_of(operator, send(operator, "x0", do="dismiss")) == [f"Put aside: “{OPEN}”"]
    assert shown(operator) == []
    assert not OwnAnswer.objects.exists()


@pytest.mark.parametrize("button", ["answer", "dismiss"])
def test_the_last_step_can_be_undone_once(operator, log, bot, button):
    log(OPEN)
    send(operator, "x0", do=button, answer="At nine.", card=7)
    page = operator.get(PAGE)
    assert page.context["last"]["card"] == 7
    assert b'value="undo"' in page.content
    # Another bot's page has nothing to do with it.
    other = Bot.objects.create(name="other")
    assert operator.get(f"{PAGE}?bot={other.pk}").context["last"] is None

    undone = operator.post(PAGE, {"do": "undo", "card": 7})

    assert undone.headers["Location"].endswith("#card-7")
    assert messages_of(operator, undone) == [f"On the list again: “{OPEN}”"]
    assert (shown(operator), OwnAnswer.objects.count()) == ([[OPEN]], 0)
    again = operator.post(PAGE, {"do": "undo", "card": 7})
    assert messages_of(operator, again) == ["There is nothing to undo any more."]


def test_the_second_of_two_people_is_told(operator, log_in, log):
    log(OPEN)
    other = log_in("view_loggedexchange", "add_ownanswer")
    send(operator, "x0", do="answer", answer="At nine.")

    response = send(other, "x0", do="answer", answer="At ten.")

    assert response.status_code == 200
    assert "somebody else was quicker" in messages_of(other, response)[0]
    assert OwnAnswer.objects.get().answer == "At nine."


def test_what_was_written_is_not_lost_where_it_is_refused(operator, log):
    log(OPEN)
    log(WHERE)

    response = send(operator, "x1", do="answer", answer="x" * 10_001)

    assert "at most 10,000 characters" in messages_of(operator, response)[0]
    assert [card["written"] for card in response.context["cards"]] == ["", "x" * 10_001]


def test_an_answer_of_nothing_is_refused(operator, log):
    log(OPEN)

    assert "answer: is empty" in messages_of(operator, send(operator, "x0", do="answer", answer=" "))[0]
    assert shown(operator) == [[OPEN]]


def test_bot_days_and_reasons_are_chosen(operator, log, bot):
    other = Bot.objects.create(name="other")
    log(OPEN)
    log("What is new?", bot=other, rating=-1)
    log("What is old?", bot=other, at=timezone.now() - timedelta(days=40))

    assert shown(operator) == [[OPEN]]
    assert shown(operator, f"bot={other.pk}") == [["What is new?"]]
    assert shown(operator, f"bot={other.pk}&days=90&reason=fallback") == [["What is old?"]]
    chosen = operator.get(f"{PAGE}?reason=bad&reason=unsure").context["reasons"]
    assert [label for _, label, is_chosen in chosen if is_chosen] == ["bad ratings", "low confidence"]


@pytest.mark.parametrize(
    "query", ["bot=x&days=x&reason=x&page=x", f"bot={'9' * 40}&days=-1&page=99", "bot=%00"]
)
def test_an_address_that_makes_no_sense_shows_the_default(operator, log, query):
    log(OPEN)

    assert shown(operator, query) == [[OPEN]]


def test_groups_come_in_pages_of_twenty(operator, log):
    for number in range(21):
        log(str(number) * 5)

    first = operator.get(PAGE)
    assert len(first.context["cards"]) == 20
    assert b"21 groups, asked 21 times" in first.content
    assert b"Page 1 of 2" in first.content
    assert len(shown(operator, "page=2")) == 1


def test_a_page_takes_few_queries(operator, log, bot, django_assert_max_num_queries):
    for number in range(30):
        log(str(number) * 5)
        own_answer_write(bot=bot, question=f"{number}" * 4, answer=str(number))

    with django_assert_max_num_queries(14):
        assert len(shown(operator)) == 20


def test_questions_are_shown_as_they_are(operator, log):
    log("<script>alert(1)</script>", rating=-1, answer="<img src=x>")

    content = operator.get(PAGE).content.decode()
    assert "&lt;script&gt;alert(1)" in content
    assert "&lt;img src=x&gt;" in content
    assert "<script>alert" not in content
    assert "<img src=x>" not in content


def test_who_may_only_look_sees_the_list_without_buttons(log_in, log):
    log(OPEN)
    client = log_in("view_loggedexchange")

    page = client.get(PAGE)
    assert OPEN in page.content.decode()
    assert b"Save answer" not in page.content
    for button in ("answer", "dismiss", "undo"):
        assert send(client, "x0", do=button, answer="At nine.").status_code == 403
    assert not OwnAnswer.objects.exists()


def test_who_may_not_see_the_log_does_not_see_the_list(log_in, client):
    assert log_in("add_ownanswer").get(PAGE).status_code == 403
    assert client.get(PAGE).status_code == 302


@pytest.mark.parametrize(
    "sent", [{"card": 0}, {"card": "x"}, {}, {"card": 1, "do": "else"}, {"card": 1, "answer": "a\0b"}]
)
def test_what_no_card_sends_is_refused(operator, log, sent):
    log(OPEN)

    assert operator.post(PAGE, {"question": "exchange:x0", **sent}).status_code == 400
    assert not OwnAnswer.objects.exists()


def test_without_a_bot_there_is_nothing(operator):
    Bot.objects.all().delete()

    assert b"There is no bot yet" in operator.get(PAGE).content


def test_an_empty_list_says_so(operator, bot):
    assert b"Nothing waits for a review" in operator.get(PAGE).content


def test_other_pages_lead_here(operator, bot):
    assert PAGE in operator.get(reverse("admin:index")).content.decode()
    page = operator.get(reverse("admin:training_bot_change", args=[bot.pk])).content.decode()
    assert f"{PAGE}?bot={bot.pk}" in page


def test_what_only_the_unanswered_questions_know_is_there_too(operator, bot):
    row = UnansweredQuestion.objects.create(
        bot=bot, letters="whendoyouopen", text=OPEN, times=3, last_at=timezone.now()
    )
    assert b"3 fallbacks" in operator.get(PAGE).content

    operator.post(PAGE, {"question": f"unanswered:{row.pk}", "card": 1, "do": "dismiss"})

    assert shown(operator) == []
