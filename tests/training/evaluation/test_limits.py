import pytest

from answering.bundle import Bundle
from tests.answering.conftest import write_toy_bundle
from tests.training.evaluation.toys import EXCHANGES, write_dual_encoder
from training.evaluation.limits import limits_of

GOOD = {"recall@1 of 10": 0.5}


@pytest.fixture
def writing(tmp_path):
    return Bundle.open(write_toy_bundle(tmp_path / "bundle"))


def test_what_was_not_trained_and_not_read_is_said_in_plain_words(writing):
    assert limits_of(writing, GOOD, {"en": 0.995, "zh": 0.005}, 300) == [
        "Answers in Chinese were not trained.",
        "It reads the last question alone, not what was said before it.",
        "Of a longer question it reads the last 6 tokens.",
    ]


def test_what_only_looks_up_writes_nothing_new(tmp_path):
    bundle = Bundle.open(write_dual_encoder(tmp_path / "bundle", EXCHANGES))

    told = limits_of(bundle, GOOD, {"en": 0.5, "zh": 0.5}, 300)

    assert "It only says what somebody in its corpus said: it writes nothing new." in told
    assert not any("tokens" in sentence for sentence in told)


def test_an_unknown_training_set_says_nothing_of_languages(writing):
    assert "In which languages it was trained is not known here." in limits_of(writing, GOOD, {}, 300)


@pytest.mark.parametrize(
    ("figures", "told"),
    [
        ({}, "was not measured: too few answers differ"),
        ({"recall@1 of 10": 0.12}, "in 12% of cases; by chance that is 10%"),
        ({**GOOD, "share of the 20 most frequent answers": 0.8}, "80% of its answers are one of the 20"),
        ({**GOOD, "fallbacks": 0.5}, "nothing to say to 50% of the questions"),
        ({**GOOD, "unknown words": 0.2}, "20% of the questions' words are unknown"),
        ({**GOOD, "calibration error": 0.3}, "off by 0.30 on average"),
    ],
)
def test_what_is_done_badly_is_said_with_its_figure(writing, figures, told):
    found = limits_of(writing, figures, {"en": 0.5, "zh": 0.5}, 300)

    assert len(found) == 3
    assert told in found[-1]


def test_few_answers_are_not_said_to_be_alike(writing):
    figures = {**GOOD, "share of the 20 most frequent answers": 1.0}

    assert len(limits_of(writing, figures, {"en": 0.5, "zh": 0.5}, 20)) == 2
