import numpy as np
import pytest

from answering.decoding import Limits, decode_greedily, decode_with_beam, log_softmax

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


def test_log_softmax_gives_probabilities():
    scores = log_softmax(np.array([[1.0, 2.0, 3.0], [1000.0, 1000.0, 0.0]], np.float32))

    assert np.exp(scores).sum(axis=1) == pytest.approx([1.0, 1.0], abs=1e-6)
