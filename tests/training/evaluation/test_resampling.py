import numpy as np
import pytest

from preprocessing.errors import DatasetError, SettingsError
from training.evaluation.metrics import bootstrap_interval
from training.evaluation.resampling import interval_of, resampled_sums


def mean_of_two(sums):
    """Return a mean as a ratio of the two sums: values, and how many."""
    return sums[0] / sums[1]


def test_the_interval_of_a_mean_is_that_of_the_metrics():
    values = np.arange(60.0)
    statistics = np.stack([values, np.ones(60)], axis=1)

    assert interval_of(mean_of_two, statistics) == pytest.approx(bootstrap_interval(values))


def test_what_one_question_counts_stays_together():
    statistics = np.array([[1, 10], [2, 20], [4, 40]])

    sums = resampled_sums(statistics, 50, seed=0)

    assert sums.shape == (50, 2)
    assert np.array_equal(10 * sums[:, 0], sums[:, 1])


def test_sums_over_so_many_questions_that_they_are_drawn_in_parts():
    statistics = np.ones((400_000, 1))

    assert resampled_sums(statistics, 5, seed=0).tolist() == [[400_000]] * 5


def test_an_interval_of_nothing_is_refused():
    with pytest.raises(DatasetError, match="at least one value"):
        interval_of(mean_of_two, np.zeros((0, 2)))
    with pytest.raises(SettingsError, match="at least one resample"):
        interval_of(mean_of_two, np.ones((3, 2)), resamples=0)
