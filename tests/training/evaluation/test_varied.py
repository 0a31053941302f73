import pytest

from training.evaluation.diversity import entropy_n
from training.evaluation.metrics import distinct_n
from training.evaluation.varied import FIGURES, counts_of, varied_interval

ANSWERS = [["a", "b"], ["a", "c"], ["a", "b"], ["d"]]


@pytest.mark.parametrize("name", FIGURES)
def test_figures_are_those_of_the_measures(name):
    figure, n = FIGURES[name]
    measure = distinct_n if name.startswith("distinct") else entropy_n

    assert figure(counts_of(ANSWERS, n).sum(axis=0, keepdims=True))[0] == pytest.approx(measure(ANSWERS, n))


@pytest.mark.parametrize("name", FIGURES)
def test_the_interval_is_around_the_figure_though_resamples_vary_less(name):
    figure, n = FIGURES[name]
    answers = [[f"word {place}", f"word {place % 7}", "so"] for place in range(60)]
    value = figure(counts_of(answers, n).sum(axis=0, keepdims=True))[0]

    low, high = varied_interval(answers, figure, n)

    assert low < value < high
    assert (low, high) == varied_interval(answers, figure, n)


def test_no_share_is_above_one():
    _, high = varied_interval([["a", "b"], ["c"], ["d"]], *FIGURES["distinct-1"])

    assert high == 1.0


def test_equal_answers_leave_no_doubt():
    low, high = varied_interval([["a"]] * 5, *FIGURES["entropy of words"])

    assert (low, high) == (0.0, 0.0)


def test_where_nothing_is_long_enough_there_is_nothing():
    assert varied_interval([["a"], []], *FIGURES["distinct-2"]) == (0.0, 0.0)
