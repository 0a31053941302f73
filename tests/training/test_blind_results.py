import csv
import io
import json

import pytest

from tests.training.blind import DIFFERENT, EQUAL, ONE, OTHER, choose, person, write_comparison
from training.evaluation.preference import BOOTSTRAP, WILSON, Wins, wilson_interval
from training.services.blind_choosing import LEFT, blind_choose
from training.services.blind_export import blind_result_csv, blind_result_json
from training.services.blind_results import blind_result, blind_state
from training.services.blind_sentences import blind_sentences

pytestmark = pytest.mark.django_db


@pytest.fixture
def comparison():
    return write_comparison([*DIFFERENT, EQUAL])


@pytest.fixture
def alice():
    return person("alice")


@pytest.fixture
def bob():
    return person("bob")


def in_order(*choices):
    """Return a choice for each question of DIFFERENT."""
    return {question: choice for (question, _, _), choice in zip(DIFFERENT, choices, strict=True)}


def test_win_rates_of_one_person_are_over_all_questions(comparison, alice):
    choose(comparison, alice, in_order("one", "one", "other", "both_bad"))

    result = blind_result(comparison)

    assert (result.different, result.equal, result.judged, result.equal_counted) == (4, 1, 4, 1)
    one, other = result.rates["one"], result.rates["other"]
    assert (one.rate, other.rate, one.method) == (2 / 5, 1 / 5, WILSON)
    assert (one.low, one.high) == wilson_interval(2, 5)
    assert (result.wins, result.p_value) == (Wins(2, 1, 1), 1.0)
    assert result.counts == {"one": 2, "other": 1, "neither": 0, "both_bad": 1}
    assert result.by_person == {"alice": result.counts}
    assert result.agreement is None
    assert result.pairs[4].is_equal


def test_several_people_share_a_pair(comparison, alice, bob):
    choose(comparison, alice, in_order("one", "one", "one", "one"))
    choose(comparison, bob, in_order("one", "other", "neither", "one"))

    result = blind_result(comparison)

    # (1 + 1/2 + 1/2 + 1 + 0) / 5 and (0 + 1/2 + 0 + 0 + 0) / 5.
    assert (result.rates["one"].rate, result.rates["other"].rate) == pytest.approx((0.6, 0.1))
    assert result.rates["one"].method == BOOTSTRAP
    # One of four pairs tied: she for the one, he for the other.
    assert (result.wins, result.p_value) == (Wins(3, 0, 1), 0.25)
    assert result.agreement == (0.5, 4)
    assert result.pairs[1].chosen == {"alice": "one", "bob": "other"}


def test_equal_pairs_weigh_as_much_as_was_chosen_of_the_others(alice):
    comparison = write_comparison([*DIFFERENT, EQUAL, EQUAL])
    blind_choose(comparison=comparison, person=alice, at=1, side="neither")
    blind_choose(comparison=comparison, person=alice, at=2, side="neither")

    assert blind_result(comparison).equal_counted == 1


def test_before_anybody_chose_there_are_no_rates(comparison):
    result = blind_result(comparison)

    assert (result.rates, result.p_value, result.judged) == (None, 1.0, 0)
    assert "There are no win rates yet: nobody has chosen." in blind_sentences(result)


def test_two_that_always_agree_win_nothing():
    result = blind_result(write_comparison([EQUAL] * 3))

    assert (result.rates["one"].rate, result.rates["other"].rate) == (0.0, 0.0)
    assert result.rates["one"].high == wilson_interval(0, 3)[1]


def test_the_sentences_say_whether_it_may_be_chance(alice):
    pairs = [(f"{n}?", f"First {n}", f"Second {n}") for n in range(6)]
    comparison = write_comparison(pairs)
    choose(comparison, alice, {question: "other" for question, _, _ in pairs})

    told = " ".join(blind_sentences(blind_result(comparison)))

    # 2 / 2^6.
    assert f"{ONE} won 0 and {OTHER} won 6; 0 tied" in told
    assert "p = 0.031: the difference is significant at 5 %." in told
    assert "Wilson's score interval" in told


def test_the_state_says_who_is_through(comparison, alice, bob):
    assert blind_state(comparison) == "nobody has begun"
    choose(comparison, alice, in_order("one", "one", "one", "one"))
    blind_choose(comparison=comparison, person=bob, at=1, side=LEFT)
    assert blind_state(comparison) == "1 of 2 people have finished"
    assert blind_state(write_comparison([EQUAL])) == "all answers are equal"


def test_a_result_goes_out_as_json_and_as_a_table(alice):
    comparison = write_comparison([("=1+1", "First", "Second, 你好"), EQUAL, ("Later?", "First", "Second")])
    choose(comparison, alice, {"=1+1": "other", "Later?": "neither"})
    result = blind_result(comparison)

    told = json.loads(blind_result_json(result))
    assert (told["one"], told["other"], told["questions"], told["equal"]) == (ONE, OTHER, 3, 1)
    assert told["sign_test"] == {"one": 0, "other": 1, "tied": 1, "p": 1.0, "significant": False}
    assert told["pairs"][0]["chosen"] == {"alice": "other"}
    lines = list(csv.reader(io.StringIO(blind_result_csv(result).removeprefix("\ufeff"))))
    assert lines[1] == ["1", "'=1+1", ONE, "First", OTHER, "Second, 你好", "alice", "other"]
    assert lines[2][-2:] == ["", "equal"]
