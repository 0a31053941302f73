import itertools
import math
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocessing.errors import DatasetError, SettingsError
from training.evaluation.metrics import (
    bootstrap_interval,
    distinct_n,
    hits_at_k,
    mean_reciprocal_rank,
    perplexity,
    recall_at_k,
    reciprocal_ranks,
)

# Few different scores, so that ties are frequent.
SCORES = st.lists(st.sampled_from([-math.inf, 0.0, 1.0, 2.0, math.inf]), min_size=1, max_size=5)


def scores(*rows):
    return np.array(rows, np.float32)


def ranks_over_all_orders(row):
    """Return the true answer's rank for each order in which equal answers can be put."""
    orders = itertools.permutations(range(len(row)))
    return [
        1 + sorted(range(len(row)), key=lambda place: (-row[place], order[place])).index(0)
        for order in orders
    ]


def test_perplexity_is_e_to_the_loss_a_token():
    assert perplexity(4 * math.log(8), 4) == pytest.approx(8)
    assert perplexity(0.0, 3) == 1.0
    assert perplexity(0.5 * math.log(8), 0.5) == pytest.approx(8)


def test_perplexity_stays_finite():
    assert perplexity(1e9, 1) == perplexity(math.inf, 7) == math.exp(50)
    assert math.isnan(perplexity(math.nan, 1))


def test_perplexity_of_no_token_is_refused():
    with pytest.raises(DatasetError, match=r"over some tokens\. Received 0"):
        perplexity(1.0, 0)


def test_recall_is_how_often_the_true_answer_is_among_the_best():
    found = scores([3, 1, 2, 0], [1, 2, 3, 0], [0, 1, 2, 3], [2, 3, 1, 0])

    assert [recall_at_k(found, k) for k in (1, 2, 3, 4)] == [0.25, 0.5, 0.75, 1.0]


def test_a_tie_counts_one_over_the_number_tied():
    assert hits_at_k(scores([2, 2, 1, 0], [2, 2, 2, 2], [1, 1, 2, 0]), 1).tolist() == [0.5, 0.25, 0.0]
    assert hits_at_k(scores([2, 2, 1, 0], [2, 2, 2, 2], [1, 1, 2, 0]), 2).tolist() == [1.0, 0.5, 0.5]


@pytest.mark.parametrize("k", [1, 2, 5, 10])
def test_equal_scores_throughout_give_what_guessing_gives(k):
    assert hits_at_k(np.zeros((3, 10)), k).tolist() == [k / 10] * 3


@given(SCORES)
def test_recall_is_the_mean_over_all_ways_to_break_ties(row):
    ranks = np.array(ranks_over_all_orders(row))

    for k in range(1, len(row) + 1):
        assert recall_at_k(scores(row), k) == pytest.approx((ranks <= k).mean())


@given(SCORES)
def test_reciprocal_rank_is_the_mean_over_all_ways_to_break_ties(row):
    ranks = np.array(ranks_over_all_orders(row))

    assert mean_reciprocal_rank(scores(row)) == pytest.approx((1 / ranks).mean())


def test_the_mean_reciprocal_rank_of_ranks_one_two_and_four():
    found = scores([3, 1, 2, 0], [2, 3, 1, 0], [0, 1, 2, 3])

    assert reciprocal_ranks(found).tolist() == pytest.approx([1.0, 0.5, 0.25])
    assert mean_reciprocal_rank(found) == pytest.approx(1.75 / 3)


def test_a_true_answer_without_a_score_is_never_a_hit():
    unknown = scores([math.nan, 0, 1], [math.nan, math.nan, math.nan])

    assert [recall_at_k(unknown, k) for k in (1, 2, 3)] == [0, 0, 0]
    assert mean_reciprocal_rank(unknown) == 0


def test_a_distractor_without_a_score_does_not_help_the_true_answer():
    unknown = scores([1, math.nan, 0], [math.inf, math.nan, math.nan])

    assert hits_at_k(unknown, 1).tolist() == [0, 0]
    assert hits_at_k(unknown, 2).tolist() == [1, 0]
    assert reciprocal_ranks(unknown).tolist() == pytest.approx([1 / 2, 1 / 3])


@pytest.mark.parametrize("k", [-1, 0, 4])
def test_a_k_out_of_range_is_refused(k):
    with pytest.raises(SettingsError, match=rf"k must be from 1 to 3.*Received {k}\. Take a smaller"):
        recall_at_k(np.zeros((2, 3)), k)


@pytest.mark.parametrize("shape", [(0, 3), (3, 0), (3,)])
def test_scores_of_nothing_are_refused(shape):
    with pytest.raises(DatasetError, match="Scores must have a row for each question"):
        recall_at_k(np.zeros(shape), 1)
    with pytest.raises(DatasetError, match="Scores must have a row for each question"):
        mean_reciprocal_rank(np.zeros(shape))


def test_whole_numbers_are_scores_too():
    assert recall_at_k(np.array([[2, 1], [1, 2]]), 1) == 0.5


def test_distinct_counts_over_all_answers():
    answers = [["i", "do", "not", "know"], ["i", "do"], ["我"]]

    # i do not know 我; i do, do not, not know.
    assert distinct_n(answers, 1) == 5 / 7
    assert distinct_n(answers, 2) == 3 / 4


def test_distinct_takes_arrays_of_ids_and_generators():
    answers = (np.array(ids, np.int32) for ids in ([4, 4, 4], [4, 5]))

    assert distinct_n(answers, 2) == 2 / 3


def test_answers_too_short_for_an_n_gram_have_no_distinct_ones():
    assert distinct_n([], 1) == distinct_n([["a"], []], 2) == 0


def test_n_grams_of_nothing_are_refused():
    with pytest.raises(SettingsError, match=r"n must be at least 1\. Received 0"):
        distinct_n([["a"]], 0)


@given(st.lists(st.lists(st.integers(0, 3), max_size=6), max_size=6), st.integers(1, 4))
def test_distinct_is_what_counting_by_hand_gives(answers, n):
    grams = [tuple(ids[at : at + n]) for ids in answers for at in range(len(ids) - n + 1)]

    assert distinct_n(answers, n) == (len(set(grams)) / len(grams) if grams else 0)


def test_the_interval_of_half_hits_is_that_of_a_coin():
    low, high = bootstrap_interval(np.array([0.0, 1.0] * 200), resamples=4000)

    # 1.96 standard errors of 0.5 / sqrt(400).
    assert (low, high) == pytest.approx((0.451, 0.549), abs=0.006)


def test_the_same_seed_gives_the_same_interval():
    values = np.arange(50.0)

    assert bootstrap_interval(values) == bootstrap_interval(values, seed=0)
    assert bootstrap_interval(values) != bootstrap_interval(values, seed=1)


def test_a_smaller_share_lies_within_a_larger_one():
    wide, narrow = (bootstrap_interval(np.arange(50.0), share=share) for share in (0.95, 0.5))

    assert wide[0] < narrow[0] < 24.5 < narrow[1] < wide[1]


def test_equal_values_have_no_width():
    assert bootstrap_interval(np.ones(7)) == bootstrap_interval(np.ones(1)) == (1.0, 1.0)


def test_an_interval_over_what_is_no_number_is_none():
    assert all(map(math.isnan, bootstrap_interval(np.array([math.nan, 1.0]))))


def test_resampling_many_values_takes_little_memory():
    values = np.arange(100_000, dtype=np.float64)
    tracemalloc.start()

    bootstrap_interval(values, resamples=50)

    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak_bytes < 40_000_000


@given(st.lists(st.floats(-100, 100), min_size=1, max_size=20))
def test_an_interval_lies_within_its_values(values):
    low, high = bootstrap_interval(np.array(values), resamples=50)

    assert min(values) - 1e-9 <= low <= high <= max(values) + 1e-9


@pytest.mark.parametrize("shape", [(0,), (2, 2)])
def test_an_interval_of_nothing_is_refused(shape):
    with pytest.raises(DatasetError, match=r"at least one value\. Received shape"):
        bootstrap_interval(np.zeros(shape))


@pytest.mark.parametrize("options", [{"share": 0.0}, {"share": 1.0}, {"resamples": 0}])
def test_an_interval_that_says_nothing_is_refused(options):
    with pytest.raises(SettingsError, match=r"between 0 and 1, of at least one resample\. Received"):
        bootstrap_interval(np.ones(3), **options)
