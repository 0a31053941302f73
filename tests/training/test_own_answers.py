import pytest
from django.utils import timezone

from answering.finishing import letters_of
from preprocessing.errors import SettingsError
from training.models import Bot, OwnAnswer, UnansweredQuestion
from training.services.own_answers import (
    MOST_CHARACTERS,
    own_answer_delete,
    own_answer_save,
    own_answer_write,
    own_answers_switch,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def bot():
    return Bot.objects.get_or_create(name="default")[0]


@pytest.fixture
def make(bot):
    def save(questions="When do you open?", answer="At nine.", **fields):
        return own_answer_save(
            own_answer=OwnAnswer(**{"bot": bot, "questions": questions, "answer": answer, **fields})
        )

    return save


def version_of(bot):
    return Bot.objects.get(pk=bot.pk).own_answers_version


def test_every_change_is_noticed_by_all_processes(bot, make):
    own = make()
    own.answer = "At ten."
    own_answer_save(own_answer=own)
    own_answers_switch(own_answers=[own], on=False)
    own_answer_delete(own_answer=own)

    assert version_of(bot) == 4


@pytest.mark.parametrize(
    ("field", "text", "complaint"),
    [
        ("questions", " \n ", "questions: is empty"),
        ("answer", "  ", "answer: is empty"),
        ("answer", "x" * (MOST_CHARACTERS + 1), "at most 10,000 characters each; answer: has 10,001"),
        ("questions", "a\0b", "NUL"),
    ],
)
def test_what_cannot_be_asked_or_said_is_refused_at_its_field(make, field, text, complaint):
    with pytest.raises(SettingsError, match=complaint) as caught:
        make(**{field: text})

    assert caught.value.setting == field
    assert not OwnAnswer.objects.exists()


def test_what_is_answered_leaves_the_list_of_unanswered_questions(bot, make):
    other_bot = Bot.objects.create(name="other")
    for asked, text in ((bot, "When do you open"), (bot, "Who are you?"), (other_bot, "When do you open?")):
        UnansweredQuestion.objects.create(
            bot=asked, letters=letters_of(text), text=text, last_at=timezone.now()
        )

    make(questions="Opening hours\nwhen do you open?")

    left = UnansweredQuestion.objects.order_by("text").values_list("bot__name", "text")
    assert list(left) == [("other", "When do you open?"), ("default", "Who are you?")]


def test_what_is_off_answers_nothing(bot, make):
    UnansweredQuestion.objects.create(
        bot=bot, letters="whendoyouopen", text="When do you open?", last_at=timezone.now()
    )

    make(is_on=False)

    assert UnansweredQuestion.objects.exists()


def test_switching_changes_those_that_are_not_so_already(bot, make):
    on, off = make(), make(answer="At ten.", is_on=False)
    before = version_of(bot)

    assert own_answers_switch(own_answers=[on, off], on=True) == 1
    assert own_answers_switch(own_answers=[on, off], on=True) == 0

    assert version_of(bot) == before + 1
    assert OwnAnswer.objects.filter(is_on=True).count() == 2


def test_a_question_over_several_lines_is_one_way_to_ask(bot):
    own = own_answer_write(bot=bot, question="When\n do you\topen? ", answer="At nine.")

    assert own.wordings == ["When do you open?"]


def test_an_answer_that_is_there_learns_the_new_wording(bot):
    first = own_answer_write(bot=bot, question="When do you open?", answer="At nine.")
    second = own_answer_write(bot=bot, question="Opening hours?", answer="At nine. ")

    assert (second.pk, second.wordings) == (first.pk, ["When do you open?", "Opening hours?"])
