import numpy as np
import pytest
from hypothesis import given
from hypothesis.strategies import floats, integers

from answering.decoding import sampling
from answering.decoding.greedy import decode_greedily
from answering.decoding.sampling import Sampling, decode_by_sampling, drawn, number_kept
from tests.answering.decoding.test_beam import LIMITS, SHORT, letters, nothing_said, random_network, step_from

COIN = step_from(lambda said: {"a": 0.75, "b": 0.25} if not said else {"": 1.0})


def shares(sampling, number=400):
    found = decode_by_sampling(COIN, nothing_said(), LIMITS, sampling, number)
    return sum(letters(each.ids) == "a" for each in found) / number


def test_tokens_are_drawn_as_often_as_they_are_likely():
    assert shares(Sampling()) == pytest.approx(0.75, abs=0.06)
    assert shares(Sampling(temperature=0.5)) == pytest.approx(0.9, abs=0.05)
    assert shares(Sampling(temperature=0.01)) == 1


@pytest.mark.parametrize("sampling", [Sampling(top_k=1), Sampling(top_p=0.5)])
def test_only_the_likeliest_are_drawn_from(sampling):
    assert shares(sampling) == 1


def test_the_same_seed_draws_the_same_answers_however_many():
    three, five = (
        decode_by_sampling(COIN, nothing_said(), LIMITS, Sampling(seed=4), number) for number in (3, 5)
    )
    other = decode_by_sampling(random_network(1), start(), SHORT, Sampling(seed=1), 5)
    another = decode_by_sampling(random_network(1), start(), SHORT, Sampling(seed=2), 5)

    assert {found.ids for found in three} <= {found.ids for found in five}
    assert other != another


def start():
    return [np.zeros((1, 1), np.float32)]


def test_a_score_is_the_networks_own_whatever_the_temperature():
    [found] = decode_by_sampling(COIN, nothing_said(), LIMITS, Sampling(temperature=0.01), 1)

    assert found.log_probability == pytest.approx(np.log(0.75), abs=1e-5)


@given(seed=integers(0, 10_000), temperature=floats(0.1, 3), top_k=integers(0, 5), top_p=floats(0.05, 1))
def test_every_drawn_answer_is_legal(seed, temperature, top_k, top_p):
    sampling = Sampling(temperature, top_k, top_p, seed)

    for found in decode_by_sampling(random_network(seed), start(), SHORT, sampling, 3):
        assert 1 <= len(found.ids) <= SHORT.max_tokens
        assert not {0, 1, 2, 3} & set(found.ids)
        assert np.isfinite(found.score)


def test_one_token_alone_is_greedy_decoding():
    greedy = decode_greedily(random_network(3), start(), SHORT)

    [found] = decode_by_sampling(random_network(3), start(), SHORT, Sampling(top_k=1), 1)

    assert found.ids == greedy.ids


def test_where_nothing_is_possible_nothing_is_said():
    def silent(tokens, states):
        return np.full((len(tokens), 8), -np.inf, np.float32), states

    assert decode_by_sampling(silent, nothing_said(), LIMITS, Sampling(), 2) == []


def test_the_nucleus_is_the_fewest_that_reach_the_share():
    assert [number_kept(np.array([0.5, 0.8, 1.0]), top_p, 1.0) for top_p in (0.1, 0.5, 0.6, 0.8, 1.0)] == [
        1, 1, 2, 2, 3,
    ]  # fmt: skip


def test_a_draw_falls_to_the_token_whose_share_it_hits():
    scores = np.log(np.array([0.2, 0.5, 0.3], np.float32))

    assert [drawn(scores, Sampling(), chance) for chance in (0.0, 0.19, 0.21, 0.69, 0.71, 0.999)] == [
        0, 0, 1, 1, 2, 2,
    ]  # fmt: skip


def test_of_some_tokens_the_likeliest_come_first():
    scores = np.log(np.array([0.2, 0.5, 0.3], np.float32))

    assert [drawn(scores, Sampling(top_k=2), chance) for chance in (0.0, 0.62, 0.63, 0.999)] == [1, 1, 2, 2]


def test_a_nucleus_larger_than_usual_is_drawn_from_as_a_whole(monkeypatch):
    scores = np.log(np.full(100, 0.01, np.float32))
    few = [drawn(scores, Sampling(top_p=0.5), chance) for chance in (0.0, 0.5, 0.999)]
    monkeypatch.setattr(sampling, "NEARLY_ALWAYS_ENOUGH", 10)

    assert [drawn(scores, Sampling(top_p=0.5), chance) for chance in (0.0, 0.5, 0.999)] == few
    assert few[-1] in (49, 50)
