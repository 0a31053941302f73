import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocessing.errors import DatasetError, SettingsError
from training.evaluation.preference import (
    BOOTSTRAP,
    WILSON,
    Wins,
    agreement,
    pairs_won,
    sign_test,
    wilson_interval,
    win_rate,
)

PAIRS = st.lists(st.lists(st.sampled_from("abn"), min_size=1, max_size=4), min_size=1, max_size=12)


def test_one_person_s_win_rate_has_wilson_s_interval():
    rate = win_rate([["a"], ["a"], ["b"], ["n"]], "a")

    assert (rate.rate, rate.method) == (0.5, WILSON)
    assert (rate.low, rate.high) == wilson_interval(2, 4)


def test_each_pair_counts_once_however_many_people_chose_for_it():
    rate = win_rate([["a"], ["b", "b", "a", "n"]], "a")

    assert (rate.rate, rate.method) == ((1 + 1 / 4) / 2, BOOTSTRAP)
    # Both pairs the one, or both the other, in a quarter of the draws each.
    assert (rate.low, rate.high) == (0.25, 1.0)


def test_people_who_only_repeat_each_other_make_the_interval_no_narrower():
    once = [["a"]] * 50 + [["b"]] * 50
    thrice = [chosen * 3 for chosen in once]

    alone, together = win_rate(once, "a"), win_rate(thrice, "a")

    # 1.96 standard errors of 0.5 / sqrt(100), by both ways.
    assert (alone.low, alone.high) == pytest.approx((0.404, 0.596), abs=0.002)
    assert (together.low, together.high) == pytest.approx((0.404, 0.596), abs=0.02)


def test_what_all_chose_of_few_pairs_is_not_certain():
    rate = win_rate([["a", "a"]] * 4, "a")

    assert (rate.rate, rate.method, rate.high) == (1.0, WILSON, 1.0)
    # z^2 = 3.8415: 4 / (4 + z^2).
    assert rate.low == pytest.approx(4 / 7.8415, abs=1e-4)


@pytest.mark.parametrize("pairs", [[], [["a"], []]])
def test_a_win_rate_of_nothing_is_refused(pairs):
    with pytest.raises(DatasetError, match=r"at least one pair.*Choose first"):
        win_rate(pairs, "a")


@given(PAIRS)
def test_an_interval_holds_its_rate_within_0_and_1(pairs):
    rate = win_rate(pairs, "a")

    assert 0 <= rate.low <= rate.rate + 1e-9
    assert rate.rate - 1e-9 <= rate.high <= 1


def test_wilson_s_published_intervals():
    # Newcombe (1998), table I, method 3: 81/263, 15/148, 0/20, 1/29.
    published = {
        (81, 263): (0.2553, 0.3662),
        (15, 148): (0.0624, 0.1605),
        (0, 20): (0.0, 0.1611),
        (1, 29): (0.0061, 0.1718),
    }

    for (wins, number), interval in published.items():
        assert wilson_interval(wins, number) == pytest.approx(interval, abs=5e-5)


@pytest.mark.parametrize(
    ("wins", "number", "share"), [(-1, 3, 0.95), (4, 3, 0.95), (0, 0, 0.95), (1, 2, 1.0)]
)
def test_an_interval_of_what_cannot_be_is_refused(wins, number, share):
    with pytest.raises(SettingsError, match="from 0 to the number of cases"):
        wilson_interval(wins, number, share=share)


def test_a_pair_goes_to_what_more_people_chose():
    pairs = [["a"], ["a", "a", "b"], ["a", "b"], ["n", "bad"], ["b", "n", "n"]]

    assert pairs_won(pairs, "a", "b") == Wins(one=2, other=1, tied=2)


def test_the_sign_test_counts_all_results_that_are_as_uneven():
    # 2 * (1 + 10 + 45) / 1024: of ten coins, at most two on one side.
    assert sign_test(8, 2) == sign_test(2, 8) == 112 / 1024
    assert sign_test(10, 0) == 2 / 1024
    assert sign_test(5, 5) == sign_test(0, 0) == 1.0


def test_the_sign_test_of_many_cases_is_finite():
    assert 0 < sign_test(2100, 1900) < 0.01
    assert sign_test(5000, 0) == pytest.approx(0, abs=1e-300)


@given(st.integers(0, 40), st.integers(0, 40))
def test_the_sign_test_is_what_adding_up_by_hand_gives(won, lost):
    number, least = won + lost, abs(won - lost)
    uneven = sum(math.comb(number, heads) for heads in range(number + 1) if abs(2 * heads - number) >= least)

    assert sign_test(won, lost) == pytest.approx(uneven / 2**number)


def test_wins_below_0_are_refused():
    with pytest.raises(SettingsError, match="Received -1 and 3"):
        sign_test(-1, 3)


def test_agreement_is_how_often_two_people_chose_the_same():
    # Alone; agreed; not agreed; of three couples one agrees.
    pairs = [["a"], ["a", "a"], ["a", "b"], ["n", "n", "b"]]

    share, number = agreement(pairs)

    assert (share, number) == (pytest.approx((1 + 0 + 1 / 3) / 3), 3)


def test_one_person_alone_agrees_with_nobody():
    assert agreement([["a"], ["b"]]) is None
    assert agreement([]) is None
