import json
import threading
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from answering.finishing import letters_of
from preprocessing.errors import SettingsError
from training.errors import ReviewError
from training.models import Bot, LoggedExchange, OwnAnswer, UnansweredQuestion
from training.services import review_questions, reviewing
from training.services.own_answers import own_answer_save, own_answer_write
from training.services.review_list import review_groups
from training.services.review_questions import Reason
from training.services.review_suggestions import AnswersToSuggest, suggested_answer
from training.services.reviewing import Review, review_group_answer, review_group_dismiss, review_take_back

pytestmark = pytest.mark.django_db
OPEN, WHEN, WHERE = "When do you open?", "wen do you open", "Where are you?"


@pytest.fixture
def unanswered(bot):
    def make(text=OPEN, times=1, days_ago=0, of=bot):
        return UnansweredQuestion.objects.create(
            bot=of,
            letters=letters_of(text)[:500],
            text=text,
            times=times,
            last_at=timezone.now() - timedelta(days=days_ago),
        )

    return make


def shown(bot, **choice):
    return [[asked.text for asked in group.questions] for group in review_groups(bot, **choice)]


def keys(bot):
    [group] = review_groups(bot)
    return [asked.key for asked in group.questions]


def reviewed():
    return sorted(LoggedExchange.objects.filter(is_reviewed=True).values_list("pk", flat=True))


def version_of(bot):
    return Bot.objects.get(pk=bot.pk).own_answers_version


# The list


def test_what_is_alike_is_one_group_and_the_most_asked_comes_first(bot, log):
    log(WHERE)
    for question in (WHEN, OPEN, "When do you open"):
        log(question)

    assert shown(bot) == [[OPEN, WHEN], [WHERE]]
    assert [group.times for group in review_groups(bot)] == [3, 1]


def test_a_group_tells_why_it_is_there_and_what_was_said(bot, log):
    log(OPEN)
    log(OPEN, rating=-1, answer="At ten.")
    log(WHEN, confidence=0.25, rating=-1, answer="At ten.")
    log(WHEN, confidence=0.12, answer="Now.")

    [group] = review_groups(bot)
    assert group.reasons_in_words == ["1 fallback", "2 bad ratings", "confidence 0.12"]
    assert group.answers == [("At ten.", 2), ("Now.", 1)]
    assert (group.times, group.last_at) == (4, LoggedExchange.objects.get(pk="x0").at)


def test_what_was_answered_well_reviewed_or_long_ago_or_by_another_bot_is_not_there(bot, log):
    log(confidence=0.3)
    log(confidence=None, rating=1)
    log(is_reviewed=True)
    log(at=timezone.now() - timedelta(days=31))
    log(bot=Bot.objects.create(name="other"))

    assert shown(bot) == []
    assert shown(bot, days=32) == [[OPEN]]


def test_a_bot_that_must_be_surer_has_more_to_review(bot, log):
    log(confidence=0.4)
    bot.threshold = 0.5

    assert shown(bot) == [[OPEN]]


@pytest.mark.parametrize(
    ("reason", "expected"),
    [(Reason.FALLBACK, ["a fallback"]), (Reason.BAD, ["a bad one"]), (Reason.UNSURE, ["unsure about it"])],
)
def test_reasons_are_chosen(bot, log, unanswered, reason, expected):
    unanswered("a fallback")
    log("a bad one", rating=-1)
    log("unsure about it", confidence=0.1)

    assert shown(bot, reasons=frozenset({reason})) == [expected]


def test_what_the_log_has_lost_is_counted_with_the_unanswered_questions(bot, log, unanswered):
    unanswered("When do you open", times=7, days_ago=90)
    unanswered(WHERE, times=2, days_ago=90)
    log(OPEN)
    log(OPEN, rating=-1)

    first, second = review_groups(bot)
    assert (first.reasons_in_words, first.times) == (["7 fallbacks", "1 bad rating"], 8)
    assert (second.reasons_in_words, second.questions[0].text) == (["2 fallbacks"], WHERE)


def test_what_has_an_own_answer_by_now_is_not_there_until_it_goes_wrong_again(bot, log):
    log(OPEN)
    own_answer_write(bot=bot, question="when do you open", answer="At nine.")
    assert shown(bot) == []

    log(OPEN, rating=-1, answer="At nine.", at=timezone.now())
    assert shown(bot) == [[OPEN]]


def test_the_newest_are_read_and_the_work_is_bounded(bot, log, unanswered, monkeypatch):
    monkeypatch.setattr(review_questions, "MOST_QUESTIONS", 3)
    for question in ("apples", "bananas", "cherries", "dates"):
        log(question)
    unanswered("elderberries", days_ago=1)

    assert shown(bot) == [["apples"], ["bananas"], ["cherries"]]

    monkeypatch.setattr(review_questions, "MOST_EXCHANGES", 2)
    assert shown(bot) == [["apples"], ["bananas"], ["elderberries"]]


def test_marks_alone_and_very_long_texts_are_questions_too(bot, log):
    log("?!")
    log("x" * 10_000)
    log("x" * 9_999)

    assert sorted(len(group.questions[0].text) for group in review_groups(bot)) == [2, 1_000]


def test_it_reads_the_log_by_its_index(bot, log):
    rows = review_questions.exchanges_to_review(bot).filter(at__gte=timezone.now()).order_by("-at")
    plan = rows.explain()

    assert "bot_id=?" in plan
    assert "SCAN" not in plan


# Suggestions


def suggestions(bot):
    [group] = review_groups(bot)
    return AnswersToSuggest(bot).suggestions_to(group.questions)


def test_the_nearest_own_answer_and_what_was_rated_good_are_suggested(bot, log):
    own = own_answer_save(
        own_answer=OwnAnswer(bot=bot, questions="When do you open on Sundays?", answer="At ten.")
    )
    own_answer_save(own_answer=OwnAnswer(bot=bot, questions="Who are you?", answer="A bot."))
    good = log("at what time do you open", rating=1, answer="At nine.")
    log("Do you sell cheese?", rating=1, answer="Yes.")
    log(OPEN)

    first, second = suggestions(bot)
    assert (first.text, first.is_own_answer, first.question) == (
        "At ten.",
        True,
        "When do you open on Sundays?",
    )
    assert (second.text, second.is_own_answer) == ("At nine.", False)
    assert suggested_answer(bot, first.key) == own.answer
    assert suggested_answer(bot, second.key) == good.answer


def test_what_was_said_to_the_question_before_is_not_suggested_again(bot, log):
    log("When do you open on Sundays?", rating=1, answer="At ten.")
    log(OPEN, rating=-1, answer="at ten")

    assert suggestions(bot) == []


@pytest.mark.parametrize(
    "key", ["own_answer:99", "own_answer:x", "exchange:x9", "exchange:\0", "", "own_answer:" + "9" * 40]
)
def test_a_suggestion_that_is_gone_is_refused(bot, key):
    with pytest.raises(SettingsError, match="deleted meanwhile"):
        suggested_answer(bot, key)


def test_a_suggestion_of_another_bot_is_refused(bot):
    other = own_answer_write(bot=Bot.objects.create(name="other"), question="Who?", answer="Me")

    with pytest.raises(SettingsError, match="deleted meanwhile"):
        suggested_answer(bot, f"own_answer:{other.pk}")


# Answering


def test_a_group_is_answered_once_and_stands_on_the_list_no_more(bot, log, unanswered, django_user_model):
    person = django_user_model.objects.create(username="somebody")
    for question in (OPEN, WHEN, "WHEN do you open"):
        log(question)
    log(OPEN, confidence=0.9)
    unanswered(OPEN, times=3)
    before = version_of(bot)

    review_group_answer(bot=bot, keys=keys(bot), answer=" At nine.\n", by_id=person.pk)

    own = OwnAnswer.objects.get()
    assert (own.wordings, own.answer, own.created_by) == ([OPEN, WHEN], "At nine.", person)
    assert reviewed() == ["x0", "x1", "x2"]
    assert not UnansweredQuestion.objects.exists()
    assert version_of(bot) == before + 1
    assert shown(bot) == []


def test_what_is_not_ticked_stays(bot, log):
    log(OPEN)
    log("When do you close?")
    LoggedExchange.objects.filter(pk="x1").update(question="When do you open??? now")

    review_group_answer(bot=bot, keys=["exchange:x0"], answer="At nine.")

    assert shown(bot) == [["When do you open??? now"]]


def test_an_own_answer_that_says_this_learns_the_wordings(bot, log):
    own = own_answer_write(bot=bot, question="Opening hours?", answer="At nine.")
    log(OPEN)

    review_group_answer(bot=bot, keys=keys(bot), answer="At nine.")

    assert OwnAnswer.objects.get().wordings == ["Opening hours?", OPEN]
    assert OwnAnswer.objects.get().pk == own.pk


def test_what_only_the_unanswered_questions_know_is_answered_as_well(bot, unanswered):
    unanswered("Wen do you\nopen?")

    review_group_answer(bot=bot, keys=keys(bot), answer="At nine.")

    assert OwnAnswer.objects.get().wordings == ["Wen do you open?"]
    assert shown(bot) == []


def test_what_is_not_needed_leaves_the_list_without_an_answer(bot, log, unanswered):
    log(OPEN)
    log(WHEN)
    unanswered(OPEN)

    review_group_dismiss(bot=bot, keys=keys(bot))

    assert (shown(bot), OwnAnswer.objects.count(), version_of(bot)) == ([], 0, 0)
    log(OPEN, at=timezone.now())
    assert shown(bot) == [[OPEN]]


@pytest.mark.parametrize("answer", ["", "  \n", "x" * 10_001, "a\0b"])
def test_an_answer_that_cannot_be_said_changes_nothing(bot, log, unanswered, answer):
    log(OPEN)
    unanswered(OPEN)

    with pytest.raises(SettingsError, match="answer:"):
        review_group_answer(bot=bot, keys=keys(bot), answer=answer)

    assert (reviewed(), UnansweredQuestion.objects.count(), OwnAnswer.objects.count()) == ([], 1, 0)


@pytest.mark.parametrize("number", [0, 51])
def test_a_group_has_some_questions_and_not_too_many(bot, number):
    with pytest.raises(SettingsError, match=rf"1 to 50 questions must be ticked. Received {number}"):
        review_group_dismiss(bot=bot, keys=["exchange:x0"] * number)


# Several people


def test_the_second_of_two_changes_nothing_and_is_told(bot, log, unanswered):
    log(OPEN)
    log(WHEN)
    unanswered(WHERE)
    seen = ["exchange:x0", "exchange:x1", f"unanswered:{UnansweredQuestion.objects.get().pk}"]
    review_group_answer(bot=bot, keys=seen[1:], answer="At nine.")

    for review_again in (
        lambda: review_group_answer(bot=bot, keys=seen, answer="At ten."),
        lambda: review_group_dismiss(bot=bot, keys=seen),
    ):
        with pytest.raises(ReviewError, match="2 of these 3 stand no longer on the list"):
            review_again()

    assert OwnAnswer.objects.get().answer == "At nine."
    assert reviewed() == ["x1"]


@pytest.mark.parametrize("key", ["exchange:no", "exchange:\0", "unanswered:99", "unanswered:x", "else"])
def test_a_key_without_a_row_is_refused(bot, key):
    with pytest.raises(ReviewError, match="1 of these 1"):
        review_group_dismiss(bot=bot, keys=[key])


def test_questions_of_another_bot_are_refused(bot, log, unanswered):
    other = Bot.objects.create(name="other")
    log(bot=other)
    row = unanswered(WHERE, of=other)

    with pytest.raises(ReviewError, match="2 of these 2"):
        review_group_dismiss(bot=bot, keys=["exchange:x0", f"unanswered:{row.pk}"])


def test_what_got_an_own_answer_elsewhere_meanwhile_gets_no_second_one(bot, log):
    log(OPEN)
    seen = keys(bot)
    own_answer_write(bot=bot, question=OPEN, answer="At nine.")

    with pytest.raises(ReviewError):
        review_group_answer(bot=bot, keys=seen, answer="At ten.")


@pytest.mark.django_db(transaction=True)
def test_of_two_at_the_same_moment_one_makes_an_own_answer(bot, log):
    for question in (OPEN, WHEN):
        log(question)
    seen = keys(bot)
    both_ready = threading.Barrier(2)
    told = []

    def answer(text):
        both_ready.wait()
        try:
            review_group_answer(bot=bot, keys=seen, answer=text)
            told.append("done")
        except ReviewError:
            told.append("too late")
        finally:
            connection.close()

    people = [threading.Thread(target=answer, args=[text]) for text in ("At nine.", "At ten.")]
    for person in people:
        person.start()
    for person in people:
        person.join()

    assert sorted(told) == ["done", "too late"]
    assert OwnAnswer.objects.count() == 1


# Taking back


def kept(review):
    """Return it as a session gives it back."""
    return Review(**json.loads(json.dumps(review.as_json())))


def test_an_answer_is_taken_back_with_all_that_it_did(bot, log, unanswered):
    log(OPEN)
    log(WHEN)
    log(OPEN, is_reviewed=True)
    row = unanswered(OPEN, times=5)
    UnansweredQuestion.objects.update(first_at=timezone.now() - timedelta(days=9))
    before = list(UnansweredQuestion.objects.values("letters", "text", "times", "first_at", "last_at"))

    review_take_back(review=kept(review_group_answer(bot=bot, keys=keys(bot), answer="At nine.")))

    assert (OwnAnswer.objects.count(), reviewed()) == (0, ["x2"])
    assert list(UnansweredQuestion.objects.values(*before[0])) == before
    assert shown(bot) == [[row.text, WHEN]]
    assert version_of(bot) == 2


def test_an_own_answer_that_was_there_before_is_as_before(bot, log):
    own = own_answer_save(own_answer=OwnAnswer(bot=bot, questions="Hours?", answer="At nine.", is_on=False))
    log(OPEN)

    review_take_back(review=kept(review_group_answer(bot=bot, keys=keys(bot), answer="At nine.")))

    left = OwnAnswer.objects.get()
    assert (left.questions, left.is_on, left.changed_at) == ("Hours?", False, own.changed_at)


def test_what_was_put_aside_is_taken_back_and_twice_is_once(bot, log, unanswered):
    log(OPEN)
    unanswered(OPEN, times=5)
    review = kept(review_group_dismiss(bot=bot, keys=keys(bot)))
    unanswered(OPEN, times=2)

    for _ in range(2):
        review_take_back(review=review)

    assert UnansweredQuestion.objects.get().times == 7
    assert shown(bot) == [[OPEN]]


def test_an_own_answer_that_somebody_changed_since_is_left_alone(bot, log):
    log(OPEN)
    review = kept(review_group_answer(bot=bot, keys=keys(bot), answer="At nine."))
    own = OwnAnswer.objects.get()
    own.answer = "At ten."
    own_answer_save(own_answer=own)

    with pytest.raises(ReviewError, match="changed or deleted meanwhile"):
        review_take_back(review=review)

    assert (OwnAnswer.objects.get().answer, reviewed()) == ("At ten.", ["x0"])


def test_what_a_session_keeps_is_bounded(bot, log, monkeypatch):
    monkeypatch.setattr(reviewing, "MOST_REMEMBERED", 2)
    monkeypatch.setattr(reviewing, "ROWS_AT_ONCE", 2)
    for _ in range(5):
        log(OPEN)

    review = review_group_dismiss(bot=bot, keys=keys(bot))

    assert reviewed() == ["x0", "x1", "x2", "x3", "x4"]
    assert review.exchanges == ["x0", "x1"]


# The command


def run(capsys, *arguments):
    call_command("review_list", "default", *arguments)
    return capsys.readouterr().out


def test_scripts_get_the_groups_as_json(bot, log, capsys):
    own_answer_write(bot=bot, question="When do you open on Sundays?", answer="At ten.")
    log(OPEN, rating=-1, answer="Never.")
    log(WHEN, confidence=0.12, answer="Never.")
    log(WHERE)

    told = json.loads(run(capsys, "--json", "--groups", "1"))

    [group] = told["groups"]
    assert (told["bot"], told["number"]) == ("default", 2)
    assert group["questions"] == [
        {"text": OPEN, "times": 1, "key": "exchange:x0"},
        {"text": WHEN, "times": 1, "key": "exchange:x1"},
    ]
    assert (group["fallbacks"], group["bad_ratings"], group["lowest_confidence"]) == (0, 1, 0.12)
    assert group["answers"] == [{"text": "Never.", "times": 2}]
    assert [(each["text"], each["source"]) for each in group["suggestions"]] == [("At ten.", "own answer")]


def test_people_get_a_line_a_group_that_steers_no_terminal(bot, log, capsys):
    log("When do you\x1b[2J open?")
    log("when do you [2J open")

    assert run(capsys) == "     2  When do you\ufffd[2J open?: 2 fallbacks\n"
    assert run(capsys, "--reason", "bad") == "Nothing waits for a review.\n"


def test_a_bot_that_does_not_exist_is_named(bot):
    with pytest.raises(CommandError, match=r"Received nobody\. There are: default"):
        call_command("review_list", "nobody")
