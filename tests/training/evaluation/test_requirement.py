import pytest

from preprocessing.errors import SettingsError
from training.evaluation.requirement import Requirement, missed

FIGURES = {"recall@1 of 10": 0.5, "perplexity": 80.0}


def wanted(*texts):
    return [Requirement.of(text) for text in texts]


def test_a_figure_that_is_reached_is_not_missed():
    assert missed(FIGURES, wanted("recall@1 of 10=0.5"), wanted("perplexity=80")) == []


def test_what_does_not_hold_is_said():
    assert missed(FIGURES, wanted("recall@1 of 10=0.6"), wanted("perplexity=79.5")) == [
        "recall@1 of 10 must be at least 0.6. It is 0.5.",
        "perplexity must be at most 79.5. It is 80.",
    ]


def test_what_was_not_measured_holds_nothing():
    assert missed(FIGURES, wanted("bleu=0"), []) == [
        "bleu must be at least 0. It was not measured; there are: recall@1 of 10, perplexity."
    ]


def test_a_name_may_have_a_sign_of_its_own():
    assert Requirement.of("a=b=1e-3") == Requirement("a=b", 0.001)


@pytest.mark.parametrize("text", ["", "=", "=1", "recall", "recall=", "recall=much", "recall=nan", " =1"])
def test_what_names_no_figure_or_no_number_is_refused(text):
    with pytest.raises(SettingsError, match="A figure must be named with a number, such as perplexity=80"):
        Requirement.of(text)
