import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocessing.errors import DatasetError, SettingsError
from training.evaluation.reliability import reliability_of

CASES = st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=30)


def test_each_bin_says_how_sure_and_how_often_right():
    found = reliability_of([0.95, 0.95, 0.91, 0.99, 0.25], [True, True, False, True, False])

    low, high = found.curve
    assert (low.low, low.high, low.count, low.mean_confidence, low.share_right) == pytest.approx(
        (0.2, 0.3, 1, 0.25, 0)
    )
    assert (high.low, high.high, high.count, high.mean_confidence, high.share_right) == pytest.approx(
        (0.9, 1.0, 4, 0.95, 0.75)
    )


def test_the_calibration_error_weighs_bins_by_their_questions():
    found = reliability_of([0.95, 0.95, 0.91, 0.99, 0.25], [True, True, False, True, False])

    # A gap of 0.2 in four of five, of 0.25 in one.
    assert found.calibration_error == pytest.approx(0.8 * 0.2 + 0.2 * 0.25)


def test_the_brier_score_is_the_mean_squared_error():
    found = reliability_of([1.0, 0.5, 0.0, 0.8], [True, True, True, False])

    assert found.squared_errors.tolist() == pytest.approx([0, 0.25, 1, 0.64])
    assert found.brier_score == pytest.approx(1.89 / 4)


def test_who_keeps_his_word_has_no_error():
    found = reliability_of([0.5] * 4 + [1.0] * 3, [True, False, True, False] + [True] * 3)

    assert found.calibration_error == 0


def test_a_bin_ends_with_its_upper_edge_and_the_first_begins_with_zero():
    found = reliability_of([0.0, 0.1, 0.3, 0.7, 1.0], [True] * 5)

    assert [(round(each.low, 1), round(each.high, 1)) for each in found.curve] == [
        (0.0, 0.1), (0.2, 0.3), (0.6, 0.7), (0.9, 1.0)
    ]  # fmt: skip
    assert [each.count for each in found.curve] == [2, 1, 1, 1]


def test_answers_without_a_confidence_are_counted_and_left_out():
    found = reliability_of([None, 0.9, math.nan, 0.5], [True, True, False, False])

    assert found.without_confidence == 2
    assert sum(each.count for each in found.curve) == 2
    assert found.brier_score == pytest.approx((0.01 + 0.25) / 2)


def test_without_any_confidence_there_is_no_figure():
    found = reliability_of([None, None], [True, False])

    assert found.curve == []
    assert found.without_confidence == 2
    assert math.isnan(found.calibration_error)
    assert math.isnan(found.brier_score)
    assert all(map(math.isnan, found.calibration_error_interval()))


def test_bins_of_equal_mass_hold_as_many_questions_each():
    confidences = [0.90, 0.91, 0.92, 0.93, 0.94, 0.95, 0.96, 0.97]

    found = reliability_of(confidences, [True] * 8, bins=4, equal_mass=True)

    assert [each.count for each in found.curve] == [2, 2, 2, 2]
    assert [each.high for each in found.curve] == [0.91, 0.93, 0.95, 1.0]


def test_equal_confidences_share_a_bin_of_equal_mass():
    found = reliability_of([0.5] * 6 + [0.9], [True] * 7, bins=3, equal_mass=True)

    assert [each.count for each in found.curve] == [6, 1]


def test_the_interval_holds_the_error_of_enough_questions():
    random = np.random.default_rng(2)
    confidences = random.random(500)
    found = reliability_of(confidences, random.random(500) < confidences**2)

    low, high = found.calibration_error_interval()

    # Confidence above the share right by the mean of c - c * c.
    assert low < 1 / 6 < high
    assert (low, high) == found.calibration_error_interval(seed=0)
    assert high - low < 0.1


@given(CASES, st.integers(1, 12), st.booleans())
def test_bins_hold_all_questions_and_the_error_is_the_sum_of_their_gaps(cases, bins, equal_mass):
    confidences, right = zip(*cases, strict=True)
    found = reliability_of(confidences, right, bins=bins, equal_mass=equal_mass)

    assert sum(each.count for each in found.curve) == len(cases)
    assert len(found.curve) <= bins
    assert found.calibration_error == pytest.approx(
        sum(each.count * abs(each.share_right - each.mean_confidence) for each in found.curve) / len(cases)
    )
    assert all(each.low <= each.mean_confidence + 1e-9 for each in found.curve)
    assert all(each.mean_confidence <= each.high + 1e-9 for each in found.curve)


@pytest.mark.parametrize("confidence", [-0.1, 1.1, math.inf])
def test_what_is_no_probability_is_refused(confidence):
    with pytest.raises(DatasetError, match="Confidences must be from 0 to 1"):
        reliability_of([confidence], [True])


def test_another_number_of_answers_is_refused():
    with pytest.raises(DatasetError, match="Received 1 confidences and 2 answers"):
        reliability_of([0.5], [True, False])


def test_no_bins_are_refused():
    with pytest.raises(SettingsError, match=r"Bins must be at least 1\. Received 0"):
        reliability_of([0.5], [True], bins=0)
