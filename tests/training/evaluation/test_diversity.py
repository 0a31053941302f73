import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocessing.errors import DatasetError
from training.evaluation.diversity import (
    copies_of_question,
    copies_of_training,
    diversity_of,
    entropy_n,
    folded_text,
    most_frequent,
    repetitions,
)

ANSWERS = ["I do not know", "i do not know ", "Me too", "no no no no"]
TOKENS = [answer.lower().split() for answer in ANSWERS]
QUESTIONS = ["Why?", "How?", " ME TOO", "yes"]
TRAINED = {"i do not know"}


def entropy_of(*counts):
    return -sum(count / sum(counts) * math.log(count / sum(counts)) for count in counts)


def test_all_figures_of_four_answers():
    found = diversity_of(ANSWERS, TOKENS, QUESTIONS, TRAINED)

    assert found.figures == pytest.approx(
        {
            # i do not know me too no; i do, do not, not know, me too, no no.
            "distinct-1": 7 / 14,
            "distinct-2": 5 / 10,
            "entropy of words": entropy_of(2, 2, 2, 2, 1, 1, 4),
            "entropy of pairs": entropy_of(2, 2, 2, 1, 3),
            "share of the 20 most frequent answers": 1.0,
            "tokens an answer": 14 / 4,
            "answers with a repetition": 1 / 4,
            "copies of the question": 1 / 4,
            "copies of training answers": 2 / 4,
        }
    )  # fmt: skip


def test_each_question_has_its_values():
    by_question = diversity_of(ANSWERS, TOKENS, QUESTIONS, TRAINED).by_question

    assert {name: values.tolist() for name, values in by_question.items()} == {
        "share of the 20 most frequent answers": [1, 1, 1, 1],
        "tokens an answer": [4, 4, 2, 4],
        "answers with a repetition": [0, 0, 0, 1],
        "copies of the question": [0, 0, 1, 0],
        "copies of training answers": [1, 1, 0, 0],
    }
    assert {values.dtype for values in by_question.values()} == {np.dtype(np.float64)}


def test_equally_frequent_words_have_the_logarithm_of_their_number():
    assert entropy_n([["a", "b", "c"], ["d"]], 1) == pytest.approx(math.log(4))
    assert entropy_n([["a", "b", "c"], ["d"]], 2) == pytest.approx(math.log(2))


def test_a_half_and_two_quarters_have_one_and_a_half_bits():
    assert entropy_n([["a", "a", "b", "c"]], 1) / math.log(2) == pytest.approx(1.5)


def test_one_word_or_none_has_no_entropy():
    for answers in ([["a", "a"]], [["a"], []], []):
        assert entropy_n(answers, 1) == 0
        assert math.copysign(1, entropy_n(answers, 1)) == 1


@given(st.lists(st.lists(st.integers(0, 3), max_size=6), max_size=6))
def test_entropy_lies_between_none_and_that_of_all_different(answers):
    number = len({token for answer in answers for token in answer})

    assert 0 <= entropy_n(answers, 1) <= math.log(max(number, 1)) + 1e-9


def test_the_most_frequent_answers_are_counted_whatever_their_case():
    answers = ["Yes.", "yes. ", "No.", "Maybe.", "maybe.", "Who?"]

    assert most_frequent(answers, 1).tolist() == [True, True, False, False, False, False]
    assert most_frequent(answers, 2).tolist() == [True, True, False, True, True, False]


def test_twenty_one_different_answers_have_one_that_is_not_among_the_twenty():
    assert most_frequent(list(map(str, range(21)))).sum() == 20


def test_three_tokens_twice_are_a_repetition():
    answers = ["a b c a b c", "a b c a b", "a a a a", "a a a", "", "a b c d e f"]

    assert repetitions([answer.split() for answer in answers]).tolist() == [
        True, False, True, False, False, False
    ]  # fmt: skip


def test_ids_are_tokens_too():
    assert repetitions([np.array([4, 5, 6, 4, 5, 6]), np.array([4, 5])]).tolist() == [True, False]


def test_an_answer_copies_its_own_question_alone():
    assert copies_of_question(["Why?", "How?"], ["why? ", "Why?"]).tolist() == [True, False]


def test_saying_nothing_copies_nothing():
    assert copies_of_question(["", " "], ["", ""]).tolist() == [False, False]
    assert copies_of_training(["", " "], {""}).tolist() == [False, False]


def test_what_was_trained_on_may_be_a_question_to_somebody():
    asked = []

    def is_known(text):
        asked.append(text)
        return text == "ja."

    assert copies_of_training(["Ja. ", "NEIN."], is_known).tolist() == [True, False]
    assert asked == ["ja.", "nein."]
    assert copies_of_training(["STRASSE"], {folded_text("Straße")}).tolist() == [True]


@pytest.mark.parametrize(
    ("answers", "tokens", "questions"), [([], [], []), (["a"], [], ["b"]), (["a"], [["a"]], [])]
)
def test_what_does_not_belong_together_is_refused(answers, tokens, questions):
    with pytest.raises(DatasetError, match=r"at least one question, each with its tokens\. Received"):
        diversity_of(answers, tokens, questions)
