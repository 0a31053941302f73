import pytest

from training.evaluation.contractions import FULL, PAIRS, closed, opened


@pytest.mark.parametrize(
    ("written", "other"),
    [
        ("I don't know.", "I do not know."),
        ("I'm here, aren't you?", "I am here, are not you?"),
        ("Don’t go", "Do not go"),
        ("DON'T SHOUT", "DO NOT SHOUT"),
        ("i'm", "i am"),
        ("Let's see what's up", "Let us see what is up"),
        ("we can't", "we cannot"),
    ],
)
def test_contractions_are_opened_as_they_are_written(written, other):
    assert opened(written) == other


@pytest.mark.parametrize(
    ("written", "other"),
    [
        ("Do not go", "Don't go"),
        ("I am sure that is it", "I'm sure that's it"),
        ("we cannot", "we can't"),
        ("IT IS LATE", "IT'S LATE"),
    ],
)
def test_full_forms_are_closed_as_they_are_written(written, other):
    assert closed(written) == other


@pytest.mark.parametrize("text", ["the don'ts", "o'clock", "rock'n'roll", "他说don", "", "John's"])
def test_what_is_no_contraction_stays(text):
    assert opened(text) == text


@pytest.mark.parametrize("text", ["hi amigo", "wit is", "I amuse", "he'd do nothing"])
def test_what_only_contains_a_full_form_stays(text):
    assert closed(text) == text


def test_every_pair_leads_there_and_back():
    assert len(FULL) == len(PAIRS)
    assert {closed(full) for full in FULL} == set(PAIRS)
    assert {opened(contraction) for contraction in PAIRS} == set(FULL)
