import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocessing.errors import DatasetError, SettingsError
from training.evaluation.metrics import bootstrap_interval
from training.evaluation.significance import paired_difference


def test_a_clear_difference_is_significant():
    one, other = np.array([1.0, 0.0] * 100), np.array([1.0, 0.0, 0.0, 0.0] * 50)

    found = paired_difference(one, other)

    assert found.mean == 0.25
    assert found.samples == 200
    assert found.is_significant
    # 1.96 standard errors of sqrt(0.25 * 0.75 / 200).
    assert (found.low, found.high) == pytest.approx((0.19, 0.31), abs=0.015)
    assert found.p_value == pytest.approx(2 / 1001)


def test_equal_systems_do_not_differ():
    values = np.array([0.3, 0.7, 0.1])

    found = paired_difference(values, values)

    assert (found.mean, found.low, found.high, found.p_value) == (0, 0, 0, 1)
    assert not found.is_significant


def test_pairs_stay_together():
    hard_and_easy = np.arange(100.0)

    # Apart, a tenth would drown in values from 0 to 99; on each question it is there.
    found = paired_difference(hard_and_easy + 0.1, hard_and_easy)

    assert (found.low, found.high) == pytest.approx((0.1, 0.1))
    assert found.is_significant


def test_the_interval_is_that_of_the_differences():
    random = np.random.default_rng(3)
    one, other = random.random(50), random.random(50)

    found = paired_difference(one, other, seed=5)

    assert (found.low, found.high) == bootstrap_interval(one - other, seed=5)


def test_turning_the_systems_round_turns_the_sign_alone():
    random = np.random.default_rng(3)
    one, other = random.random(50), random.random(50)

    there, back = paired_difference(one, other), paired_difference(other, one)

    assert back.mean == -there.mean
    assert back.p_value == there.p_value
    assert (back.low, back.high) == pytest.approx((-there.high, -there.low))


def test_the_same_seed_gives_the_same_result_and_another_one_another():
    values, zeros = np.linspace(-1, 1.2, 40), np.zeros(40)

    assert paired_difference(values, zeros) == paired_difference(values, zeros, seed=0)
    assert paired_difference(values, zeros) != paired_difference(values, zeros, seed=1)


def test_chance_alone_is_called_significant_in_one_case_of_twenty():
    random = np.random.default_rng(11)
    found = [
        paired_difference(random.random(100), random.random(100), resamples=400).is_significant
        for _ in range(400)
    ]

    # 20 are expected; four standard deviations are 17.
    assert 3 < sum(found) < 38


def test_the_p_value_is_about_that_of_a_t_test():
    differences = np.array([0.5, -0.5] * 50) + 0.08

    # t = 0.08 / (0.5 / sqrt(99)) = 1.592, of which chance exceeds 11.1 %.
    assert paired_difference(differences, np.zeros(100), resamples=20_000).p_value == pytest.approx(
        0.111, abs=0.015
    )


@given(st.lists(st.sampled_from([-1.0, 0.0, 0.5, 1.0]), min_size=1, max_size=12), st.integers(0, 3))
def test_what_is_significant_leaves_no_difference_outside_its_interval(values, seed):
    found = paired_difference(np.array(values), np.zeros(len(values)), seed=seed)

    if found.is_significant:
        assert found.low > 0 or found.high < 0
    assert 0 < found.p_value <= 1


def test_many_questions_take_little_memory():
    values = np.arange(100_000, dtype=np.float64)
    tracemalloc.start()

    paired_difference(values, values[::-1], resamples=50)

    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak_bytes < 40_000_000


def test_whole_numbers_and_truth_values_can_be_compared():
    assert paired_difference(np.array([True, True]), np.array([False, True])).mean == 0.5


def test_other_questions_are_refused():
    with pytest.raises(DatasetError, match=r"same questions\. Received values of shape \(3,\) and \(2,\)"):
        paired_difference(np.zeros(3), np.zeros(2))
    with pytest.raises(DatasetError, match="at least one value"):
        paired_difference(np.zeros(0), np.zeros(0))


def test_a_value_that_is_no_number_is_refused():
    with pytest.raises(DatasetError, match=r"a number for both systems\. 1 have none"):
        paired_difference(np.array([1.0, np.nan]), np.zeros(2))


@pytest.mark.parametrize("options", [{"share": 1.0}, {"resamples": 0}])
def test_a_comparison_that_says_nothing_is_refused(options):
    with pytest.raises(SettingsError, match="between 0 and 1, of at least one resample"):
        paired_difference(np.ones(3), np.zeros(3), **options)
