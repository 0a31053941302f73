import math

import numpy as np
import pytest

from training.evaluation.measure import OWN, Measure, rounded


def test_a_mean_comes_with_its_interval_and_how_many_questions_it_stands_on():
    measure = Measure.mean_of("recall@1 of 10", np.array([0.0, 1.0, 1.0, 1.0]))

    assert (measure.value, measure.samples, measure.system) == (0.75, 4, OWN)
    assert 0 <= measure.low < 0.75 < measure.high <= 1
    assert measure.as_json() == {
        "name": "recall@1 of 10",
        "value": 0.75,
        "samples": 4,
        "system": "trained model",
        "low": measure.low,
        "high": measure.high,
        "larger_is_better": True,
        "is_baseline": False,
        "group": "",
    }


@pytest.mark.parametrize(
    ("value", "low", "is_number"), [(1.0, None, True), (math.nan, None, False), (1.0, math.inf, False)]
)
def test_what_is_no_number_was_not_measured(value, low, is_number):
    assert Measure(name="x", value=value, low=low, samples=1).is_number == is_number


def test_figures_have_five_digits_that_count():
    assert [rounded(value) for value in (0.123456, 123456.7, 1e-9, 0.0)] == [0.12346, 123460.0, 1e-9, 0.0]
