import pytest

from answering.asking import FirstAnswer
from preprocessing.errors import SettingsError
from training.models import Bot, GoldenQuestion
from training.services import golden_questions
from training.services.golden_questions import (
    as_said,
    golden_answers,
    golden_question_check,
    golden_question_save,
    golden_questions_of,
    objection,
)


def golden(**fields):
    return GoldenQuestion(**{"question": "When?", **fields})


# Judging


def test_an_answer_that_is_acceptable_passes_whatever_its_case_marks_and_spaces():
    expected = golden(acceptable="At nine o'clock.\nFrom nine on")

    for answer in ("At nine o'clock.", "at  NINE, o’clock!", "from nine on"):
        assert objection(expected, answer) == ""
    assert objection(expected, "At nine o'clock, daily.") == "is no acceptable answer"


@pytest.mark.parametrize(
    ("words", "answer", "passes"),
    [
        ("nine", "We open at NINE.", True),
        ("nine", "Nineteen people", False),
        ("half past\nnine", "At half  past nine", True),
        ("half past", "half a past", False),
        ("nine\nclosed", "From nine on", False),
        ("can't", "I can’t say", True),
        ("九点", "早上九点开门", True),
        ("東京", "私は東京に住んでいます", True),
        ("９", "from 9 on", True),
        ("café", "The cafe\u0301 is open", True),
        ("straße", "Hauptstraße", False),
        ("c++", "I write C++.", True),
    ],
)
def test_words_that_must_occur_are_whole_ones_in_scripts_with_spaces(words, answer, passes):
    assert (objection(golden(must_occur=words), answer) == "") is passes


def test_what_is_missing_is_named():
    assert objection(golden(must_occur="nine\nten\neleven"), "ten") == "lacks nine, eleven"


def test_words_that_must_not_occur_never_may_also_in_acceptable_answers():
    expected = golden(acceptable="Stupid question", must_not_occur="stupid")

    assert objection(expected, "stupid question!") == "has stupid"
    assert objection(golden(must_not_occur="stupid"), "Stupidity is no word of mine") == ""
    assert objection(golden(must_not_occur="笨"), "你真笨") == "has 笨"


def test_with_acceptable_answers_words_that_must_occur_are_not_asked_for():
    assert objection(golden(acceptable="Yes", must_occur="nine"), "yes") == ""


# What is said


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (FirstAnswer("At nine", 0.5), "At nine"),
        (FirstAnswer("At nine", 0.49), "Pardon?"),
        (FirstAnswer("At nine", None), "At nine"),
        (FirstAnswer(), "Pardon?"),
        (FirstAnswer("At\0nine", 1.0), "At\ufffdnine"),
    ],
)
def test_what_is_too_unsure_counts_as_the_fallback_sentence(answer, said):
    assert as_said(Bot(fallback="Pardon?", threshold=0.5), answer) == said


@pytest.mark.usefixtures("asked_here")
def test_the_trained_model_is_asked_without_the_bots_own_answers(bot, make_speaker, make_golden):
    bot.own_answers.create(questions="Hello", answer="My own")
    speaker = make_speaker("one", Hello="Hi there")
    make_golden("Hello", "Hi there")
    make_golden("xyzzy", bot.fallback)
    make_golden("Hello?", "Bye")
    make_golden("never asked", "x", is_on=False)

    asked = golden_answers(bot=bot, directory=speaker.location, questions=golden_questions_of(bot))

    assert [(each.golden.question, each.answer, each.passed) for each in asked] == [
        ("Hello", "Hi there", True),
        ("xyzzy", bot.fallback, True),
        ("Hello?", "Hi there", False),
    ]


# Writing


@pytest.mark.parametrize(
    ("fields", "marked", "complaint"),
    [
        ({"question": " \n"}, "question", "is empty"),
        ({}, "acceptable", "must say what is expected"),
        ({"acceptable": " \n "}, "acceptable", "must say what is expected"),
        ({"question": "x" * 1001, "acceptable": "y"}, "question", "at most 1,000"),
        ({"must_occur": "x" * 10_001}, "must_occur", "at most 10,000"),
        ({"must_not_occur": "a\0b"}, "must_not_occur", "without NUL"),
        ({"question": "\ud800", "acceptable": "y"}, "question", "whole Unicode"),
    ],
)
def test_what_cannot_be_asked_or_judged_is_refused_at_its_field(fields, marked, complaint):
    with pytest.raises(SettingsError, match=complaint) as caught:
        golden_question_check(golden(**fields))

    assert caught.value.setting == marked


@pytest.mark.parametrize("name", ["acceptable", "must_occur", "must_not_occur"])
def test_one_expectation_is_enough(name):
    golden_question_check(golden(**{name: "nine"}))


def test_a_bot_has_no_more_than_can_be_asked(bot, make_golden, monkeypatch):
    monkeypatch.setattr(golden_questions, "MOST_QUESTIONS", 1)
    first = golden_question_save(golden=golden(bot=bot, acceptable="x"))

    with pytest.raises(SettingsError, match="may have 1 golden questions"):
        golden_question_save(golden=golden(bot=bot, acceptable="x"))
    golden_question_save(golden=first)
    assert GoldenQuestion.objects.count() == 1
