import math

import numpy as np
import pytest
from gensim.models import KeyedVectors

from preprocessing.errors import DatasetError
from training.evaluation.embedding_similarity import (
    MEASURES,
    WordVectors,
    embedding_average,
    greedy_matching,
    vector_extrema,
)

WORDS = ["east", "north", "northeast", "west", "nowhere"]
MATRIX = np.array([[1, 0], [0, 2], [1, 1], [-3, 0], [0, 0]], np.float32)
VECTORS = WordVectors({word: row for row, word in enumerate(WORDS)}, MATRIX)
HALF = math.sqrt(0.5)


def one(measure, answer, *references):
    [value] = measure([answer.split()], [[text.split() for text in references]], VECTORS)
    return value


def test_the_average_is_the_cosine_of_sums():
    # (1, 2) and (1, 1).
    assert one(embedding_average, "east north", "northeast") == pytest.approx(3 / math.sqrt(10))


def test_the_average_is_that_of_gensim():
    known = KeyedVectors(2)
    known.add_vectors(WORDS[:4], MATRIX[:4])

    assert one(embedding_average, "east north west", "northeast north") == pytest.approx(
        float(known.n_similarity(["east", "north", "west"], ["northeast", "north"])), abs=1e-6
    )


def test_greedy_matching_gives_each_word_its_best_partner_in_both_directions():
    # East and north each find northeast; northeast finds either.
    assert one(greedy_matching, "east north", "northeast") == pytest.approx(HALF)
    # East finds itself, west only a right angle; the other way both find their own.
    assert one(greedy_matching, "east west", "east north") == pytest.approx(((1 + 0) / 2 + (1 + 0) / 2) / 2)


def test_greedy_matching_counts_words_that_repeat():
    # East twice and northeast; the other way northeast alone.
    assert one(greedy_matching, "east east northeast", "northeast") == pytest.approx(
        ((HALF + HALF + 1) / 3 + 1) / 2
    )


def test_extrema_takes_the_number_farthest_from_zero():
    # (-3, 2) of west and north against (1, 0).
    assert one(vector_extrema, "west north", "east") == pytest.approx(-3 / math.sqrt(13))
    # (1, 2) against (1, 1): north's 2 beats northeast's 1.
    assert one(vector_extrema, "northeast north", "northeast") == pytest.approx(3 / math.sqrt(10))


def test_of_two_as_far_from_zero_the_negative_one_counts():
    vectors = WordVectors({"up": 0, "down": 1}, np.array([[1.0], [-1.0]]))

    assert vector_extrema([["up", "down"]], [[["down"]]], vectors).tolist() == [1]


@pytest.mark.parametrize("measure", MEASURES.values())
def test_an_equal_answer_is_as_close_as_can_be(measure):
    assert one(measure, "east northeast", "east northeast") == pytest.approx(1)


@pytest.mark.parametrize("measure", MEASURES.values())
def test_the_closest_reference_counts(measure):
    assert one(measure, "east", "west", "north", "east") == pytest.approx(1)
    assert one(measure, "east", "unheard", "west") == pytest.approx(-1)


@pytest.mark.parametrize("measure", MEASURES.values())
@pytest.mark.parametrize(("answer", "reference"), [("", "east"), ("east", ""), ("unheard", "unheard")])
def test_texts_without_known_words_have_nothing_in_common(measure, answer, reference):
    assert one(measure, answer, reference) == 0


@pytest.mark.parametrize("measure", MEASURES.values())
def test_unknown_words_are_passed_over_and_a_vector_of_zeros_says_nothing(measure):
    assert one(measure, "unheard east", "east") == pytest.approx(1)
    assert one(measure, "nowhere", "east") == 0


@pytest.mark.parametrize("measure", MEASURES.values())
def test_each_question_has_its_value(measure):
    values = measure([["east"], ["west"]], [[["east"]], [["east"], ["north"]]], VECTORS)

    assert values.dtype == np.float64
    assert values.tolist() == pytest.approx([1, 0])


@pytest.mark.parametrize("measure", MEASURES.values())
def test_no_questions_are_refused(measure):
    with pytest.raises(DatasetError, match="at least one reference"):
        measure([], [], VECTORS)
