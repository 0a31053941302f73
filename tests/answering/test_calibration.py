import numpy as np
import pytest

from answering.calibration import Calibration, fitted
from answering.errors import BundleError


def cases(seed=0, number=400):
    """Answers whose chance to be right is the logistic function of 4 x similarity - 2."""
    chance = np.random.default_rng(seed)
    similarities = chance.uniform(0, 1, number)
    rights = chance.uniform(0, 1, number) < 1 / (1 + np.exp(2 - 4 * similarities))
    return [({"similarity": float(s)}, bool(r)) for s, r in zip(similarities, rights, strict=True)]


def test_confidence_is_the_share_that_is_right():
    found = fitted(cases(number=20_000))

    assert found.intercept == pytest.approx(-2, abs=0.2)
    assert found.weights["similarity"] == pytest.approx(4, abs=0.3)
    assert found.confidence({"similarity": 0.5}) == pytest.approx(0.5, abs=0.03)


def test_several_scores_are_weighed_by_what_they_tell():
    chance = np.random.default_rng(1)
    given = [
        ({"good": float(right) + float(chance.normal(0, 0.5)), "noise": float(chance.normal())}, bool(right))
        for right in chance.integers(0, 2, 500)
    ]

    found = fitted(given)

    assert found.weights["good"] > 10 * abs(found.weights["noise"])


def test_where_right_and_wrong_lie_apart_confidence_stays_below_certainty():
    found = fitted([({"s": 1.0}, True)] * 20 + [({"s": 0.0}, False)] * 20)

    assert 0.9 < found.confidence({"s": 1.0}) < 1
    assert 0 < found.confidence({"s": 0.0}) < 0.1


@pytest.mark.parametrize(
    "given", [[], [({"s": 1.0}, True)] * 50, [({"s": 1.0}, True), ({"s": 0.0}, False)] * 4]
)
def test_too_few_cases_tell_nothing(given):
    assert fitted(given) is None


def test_without_a_score_that_it_needs_there_is_no_confidence():
    assert Calibration(0.0, {"cosine": 1.0}, 10).confidence({"similarity": 1.0}) is None


def test_a_calibration_travels_as_json():
    found = fitted(cases())

    assert Calibration.from_json(found.as_json()) == found


@pytest.mark.parametrize(
    "content",
    [
        None,
        [],
        {},
        {"intercept": "x", "weights": {}, "cases": 1},
        {"intercept": 0, "weights": [], "cases": 1},
        {"intercept": float("nan"), "weights": {}, "cases": 1},
    ],
)
def test_what_is_no_calibration_is_refused(content):
    with pytest.raises(BundleError):
        Calibration.from_json(content)


def test_a_score_that_speaks_against_right_answers_is_noise():
    given = [
        ({"s": float(number % 2), "t": -float(right)}, right)
        for number, right in enumerate([True, False] * 40)
    ]

    found = fitted(given)

    assert "t" not in found.weights
    assert found.confidence({"s": 0.0, "t": 5.0}) is not None
