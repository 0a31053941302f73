import numpy as np
import pytest

from training.evaluation.embedding_similarity import average_cosine
from training.evaluation.word_space import near_each_other, word_vectors_of

TEXTS = [
    ["hot", "tea", "please"],
    ["hot", "coffee", "please"],
    ["red", "car", "fast"],
    ["red", "bus", "fast"],
]


def test_words_that_stand_near_the_same_ones_are_close():
    vectors = word_vectors_of(TEXTS * 3)

    def closeness(one, other):
        return average_cosine(vectors.of([one]), vectors.of([other]))

    assert closeness("tea", "coffee") > 0.8 > 0.2 > closeness("tea", "car")


def test_neighbours_are_counted_within_a_text_and_four_places():
    texts = [["a", "b", "?", "?", "?", "c"], ["b", "a"], ["a"]]

    counts = near_each_other(texts, {"a": 0, "b": 1, "c": 2})

    # a and b stand side by side twice; b and c are four places apart, a and c five.
    assert counts.tolist() == [[0, 2, 0], [2, 0, 1], [0, 1, 0]]


def test_a_word_beside_itself_is_counted_from_both_sides():
    assert near_each_other([["a", "a"]], {"a": 0}).tolist() == [[2]]


@pytest.mark.parametrize("texts", [[], [[]], [["once"]], [["tea"]] * 3])
def test_few_words_or_none_are_no_error(texts):
    vectors = word_vectors_of(texts)

    assert np.isfinite(vectors.matrix).all()
    assert vectors.of(["unknown"]).shape[0] == 0


def test_the_same_texts_give_the_same_vectors():
    np.testing.assert_array_equal(word_vectors_of(TEXTS * 3).matrix, word_vectors_of(TEXTS * 3).matrix)
