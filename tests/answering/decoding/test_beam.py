from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis.strategies import integers

from answering.decoding.beam import decode_with_beam, decode_with_diverse_beam
from answering.decoding.greedy import decode_greedily
from answering.decoding.hypothesis import Hypothesis, Limits, log_softmax, ranked, repeating

# The toy alphabet: 0 <pad>, 1 <go>, 2 <eos>, 3 <unknown>, then a to z.
LIMITS = Limits(go_id=1, eos_id=2, forbidden=(0, 1, 3), max_tokens=20)
FIRST_LETTER = 4


def letters(ids):
    return "".join(chr(ord("a") + number - FIRST_LETTER) for number in ids)


def token(letter):
    return ord(letter) - ord("a") + FIRST_LETTER


def step_from(rows):
    """Return a step that draws its log-probabilities from {what was said so far: {next: probability}}.

    The state is what was said, a row of 20 ids.
    """

    def step(tokens, states):
        said = states[0].copy()
        result = np.full((len(tokens), 30), -30.0, np.float32)
        for row, last in enumerate(tokens):
            position = int((said[row] > 0).sum())
            if last != LIMITS.go_id:
                said[row, position] = last
            text = letters(int(number) for number in said[row] if number > 0)
            for following, probability in rows(text).items():
                number = LIMITS.eos_id if following == "" else token(following)
                result[row, number] = np.log(probability)
        return result, [said]

    return step


def nothing_said():
    return [np.zeros((1, 20), np.float32)]


def spelling(word):
    return step_from(lambda said: {word[len(said)] if len(said) < len(word) else "": 0.9})


def test_greedy_decoding_follows_the_likeliest_letter():
    answer = decode_greedily(spelling("sequentially"), nothing_said(), LIMITS)

    assert letters(answer.ids) == "sequentially"
    assert answer.length == 13
    assert answer.score == pytest.approx(np.log(0.9), abs=1e-5)


def test_an_answer_is_never_empty_unknown_or_padding():
    greedy_for_specials = step_from(lambda said: {"": 0.9, "a": 0.05} if not said else {"": 1.0})

    def with_specials(tokens, states):
        scores, states = greedy_for_specials(tokens, states)
        scores[:, [0, 1, 3]] = 0.0
        return scores, states

    assert letters(decode_greedily(with_specials, nothing_said(), LIMITS).ids) == "a"
    assert letters(decode_with_beam(with_specials, nothing_said(), LIMITS, 3)[0].ids) == "a"


def test_an_answer_ends_at_its_longest_length():
    endless = step_from(lambda said: {"a": 0.9, "b": 0.1})

    assert letters(decode_greedily(endless, nothing_said(), LIMITS).ids) == "a" * 20
    assert letters(decode_with_beam(endless, nothing_said(), LIMITS, 2)[0].ids) == "a" * 20


def test_of_equally_likely_letters_the_first_is_taken():
    tie = step_from(lambda said: {"b": 0.5, "a": 0.5} if not said else {"": 1.0})

    assert letters(decode_greedily(tie, nothing_said(), LIMITS).ids) == "a"


def garden_path(said):
    """Greedy takes "b" (0.6), but only "a" leads to a likely word."""
    return {
        "": {"b": 0.6, "a": 0.4},
        "b": {"x": 0.3, "y": 0.3, "z": 0.3},
        "a": {"c": 1.0},
    }.get(said, {"": 1.0})


def test_a_beam_finds_what_greedy_decoding_misses():
    step = step_from(garden_path)

    assert letters(decode_greedily(step, nothing_said(), LIMITS).ids) == "bx"
    best = decode_with_beam(step, nothing_said(), LIMITS, 2)[0]
    assert letters(best.ids) == "ac"
    assert best.log_probability == pytest.approx(np.log(0.4), abs=1e-5)


def test_a_beams_answers_differ_and_come_best_first():
    found = decode_with_beam(step_from(garden_path), nothing_said(), LIMITS, 4)

    words = [letters(hypothesis.ids) for hypothesis in found]
    assert words == ["ac", "bx", "by", "bz"]
    assert [h.score for h in found] == sorted((h.score for h in found), reverse=True)


def test_a_beam_of_one_is_greedy():
    step = step_from(garden_path)

    beam = decode_with_beam(step, nothing_said(), LIMITS, 1)

    assert beam[0].ids == decode_greedily(step, nothing_said(), LIMITS).ids


def hesitating(said):
    """Spells "abcd"; <eos> is always possible and never likely."""
    if len(said) == 4:
        return {"": 1.0}
    return {"abcd"[len(said)]: 0.7, "x": 0.15, "": 0.1}


@pytest.mark.parametrize("beam_size", [1, 2, 3, 5])
def test_an_unlikely_end_does_not_end_the_search(beam_size):
    found = decode_with_beam(step_from(hesitating), nothing_said(), LIMITS, beam_size)

    assert letters(found[0].ids) == "abcd"
    assert len(found) == beam_size


def test_answers_that_were_cut_come_behind_those_that_ended():
    loud = step_from(lambda said: {"": 1.0} if said == "b" else {"a": 0.6, "b": 0.4})

    found = decode_with_beam(loud, nothing_said(), LIMITS, 3)

    assert letters(found[0].ids) == "b"
    assert len({hypothesis.ids for hypothesis in found}) == 3


def random_network(seed):
    """Scores that depend on all that was said, by a table of random numbers."""
    table = np.random.default_rng(seed).normal(scale=2, size=(499, 12)).astype(np.float32)

    def step(tokens, states):
        said = (states[0][:, 0].astype(np.int64) * 31 + tokens * 7 + 3) % 499
        return log_softmax(table[said]), [said[:, None].astype(np.float32)]

    return step


SHORT = Limits(go_id=1, eos_id=2, forbidden=(0, 1, 3), max_tokens=8)


@given(seed=integers(0, 10_000))
@settings(max_examples=50, deadline=None)
def test_a_beam_of_one_is_always_greedy(seed):
    start = [np.zeros((1, 1), np.float32)]

    greedy = decode_greedily(random_network(seed), start, SHORT)
    beam = decode_with_beam(random_network(seed), start, SHORT, 1)

    assert [hypothesis.ids for hypothesis in beam] == [greedy.ids]
    assert beam[0].score == pytest.approx(greedy.score, abs=1e-4)


@given(seed=integers(0, 10_000), beam_size=integers(1, 6))
@settings(max_examples=50, deadline=None)
def test_every_answer_is_legal_and_there_once(seed, beam_size):
    found = decode_with_beam(random_network(seed), [np.zeros((1, 1), np.float32)], SHORT, beam_size)

    assert 1 <= len({hypothesis.ids for hypothesis in found}) == len(found) <= beam_size
    for hypothesis in found:
        assert 1 <= len(hypothesis.ids) <= 8
        assert not {0, 1, 2, 3} & set(hypothesis.ids)
        assert hypothesis.score <= 0


@pytest.mark.parametrize("value", [np.nan, -np.inf])
def test_a_network_without_numbers_says_nothing(value):
    def broken(tokens, states):
        return np.full((len(tokens), 8), value, np.float32), states

    assert decode_greedily(broken, nothing_said(), LIMITS).ids == ()
    assert decode_with_beam(broken, nothing_said(), LIMITS, 3) == []


def test_log_softmax_gives_probabilities():
    scores = log_softmax(np.array([[1.0, 2.0, 3.0], [1000.0, 1000.0, 0.0]], np.float32))

    assert np.exp(scores).sum(axis=1) == pytest.approx([1.0, 1.0], abs=1e-6)


# Against all that could be said


def all_answers(step, limits, letters_known):
    """Return every answer with its log-probability, by trying all of them."""
    found, open_ones = {}, [((), 0.0, nothing_said(), limits.go_id)]
    while open_ones:
        ids, total, states, token = open_ones.pop()
        scores, following = step(np.array([token], np.int32), states)
        if ids:
            found[ids] = (total + float(scores[0, limits.eos_id])) / (len(ids) + 1)
        if len(ids) < limits.max_tokens:
            open_ones += [
                ((*ids, next_id), total + float(scores[0, next_id]), following, next_id)
                for next_id in letters_known
            ]
    return found


@pytest.mark.parametrize("seed", range(5))
def test_a_beam_as_wide_as_all_that_can_be_said_finds_the_best(seed):
    chance = np.random.default_rng(seed)
    table = {}

    def rows(said):
        if said not in table:
            table[said] = dict(zip(("", "a", "b", "c"), chance.dirichlet(np.ones(4)), strict=True))
        return table[said]

    limits = Limits(go_id=1, eos_id=2, forbidden=(0, 1, 3), max_tokens=3)
    known = [token(letter) for letter in "abc"]
    everything = all_answers(step_from(rows), limits, known)
    assert len(everything) == 3 + 9 + 27
    # Those of the longest length have no step left for <eos>.
    ended = {ids: score for ids, score in everything.items() if len(ids) < limits.max_tokens}

    best = decode_with_beam(step_from(rows), nothing_said(), limits, 200)[0]

    assert best.ids == max(ended, key=ended.get)
    assert best.score == pytest.approx(max(ended.values()), abs=1e-5)


# What no answer may hold


def test_no_ngram_is_said_twice():
    stutter = step_from(lambda said: {"a": 0.6, "b": 0.3, "": 0.1})
    limits = replace(LIMITS, ngram=2)

    for found in (
        decode_greedily(stutter, nothing_said(), limits),
        *decode_with_beam(stutter, nothing_said(), limits, 3),
    ):
        pairs = list(pairwise(found.ids))
        assert len(set(pairs)) == len(pairs)


def test_an_answer_is_as_long_as_it_must_be():
    short = step_from(lambda said: {"": 0.9, "a": 0.1})

    assert letters(decode_greedily(short, nothing_said(), replace(LIMITS, min_tokens=4)).ids) == "aaaa"


def test_what_would_repeat_is_known():
    assert repeating([5, 6, 7, 5, 6], 3) == [7]
    assert repeating([5, 5, 5], 2) == [5, 5]
    assert repeating([5, 6], 1) == [5, 6]
    assert repeating([5, 6, 7], 0) == repeating([5], 3) == []


def test_an_exponent_prefers_longer_or_shorter_answers():
    short, long = Hypothesis((4,), -1.0, 2), Hypothesis((4, 5, 6), -1.6, 4)

    assert ranked([short, long], 1.0)[0] is long
    assert ranked([short, long], 0.0)[0] is short


# Groups that keep apart


def greetings(said):
    """Four ways to begin, each with one end; two of them are nearly all that a beam sees."""
    if not said:
        return {"a": 0.4, "b": 0.3, "c": 0.2, "d": 0.1}
    return {"x": 0.6, "y": 0.4} if len(said) == 1 and said in "ab" else {"": 1.0}


def test_groups_begin_differently():
    step = step_from(greetings)
    diverse = decode_with_diverse_beam(step, nothing_said(), LIMITS, 4, diversity=2.0)

    assert {letters(found.ids)[0] for found in diverse} == set("abcd")
    assert [found.score for found in diverse] == sorted((found.score for found in diverse), reverse=True)


def test_without_a_penalty_groups_are_plain_beams_that_agree():
    step = step_from(greetings)

    same = decode_with_diverse_beam(step, nothing_said(), LIMITS, 3, width=2, diversity=0.0)

    assert [found.ids for found in same] == [
        found.ids for found in decode_with_beam(step, nothing_said(), LIMITS, 2)
    ]


def test_the_first_group_is_a_plain_beam():
    for seed in range(5):
        start = [np.zeros((1, 1), np.float32)]
        plain = decode_with_beam(random_network(seed), start, SHORT, 2)

        diverse = decode_with_diverse_beam(random_network(seed), start, SHORT, 3, width=2)

        assert {found.ids for found in plain} <= {found.ids for found in diverse}
