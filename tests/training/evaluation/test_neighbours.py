import json

import numpy as np
import pytest

from preprocessing.vocabulary import SPECIAL_TOKENS
from training.evaluation.neighbours import AFTER, BEFORE, content_words, nearest_words, note_neighbours

TOKENS = [*SPECIAL_TOKENS, "the", "!", "coffee", "tea", "rain", "storm", "42", "咖啡"]
DRINKS, WEATHER = [1.0, 0.1], [0.1, 1.0]


def matrix_of(**rows):
    """Return embeddings in which unnamed tokens point away from all others."""
    return np.array([rows.get(token, [-1.0, -1.0]) for token in TOKENS], np.float32)


ALIKE = matrix_of(coffee=DRINKS, tea=[2.0, 0.3], rain=WEATHER, storm=[0.2, 1.5])


def test_words_that_point_the_same_way_are_nearest():
    found = nearest_words(ALIKE, TOKENS, ["coffee", "rain"], 1)

    assert found == {"coffee": ["tea"], "rain": ["storm"]}


def test_a_word_is_not_its_own_neighbour_and_signs_are_none():
    assert nearest_words(ALIKE, TOKENS, ["tea"], 10)["tea"] == ["coffee", "storm", "rain", "the", "咖啡"]


def test_words_that_the_vocabulary_lacks_are_left_out():
    assert nearest_words(ALIKE, TOKENS, ["zebra"], 3) == {}


@pytest.mark.parametrize("broken", [np.nan, 0.0, np.inf])
def test_embeddings_that_are_broken_or_nothing_have_neighbours_all_the_same(broken):
    matrix = np.full((len(TOKENS), 2), broken, np.float32)

    assert len(nearest_words(matrix, TOKENS, ["coffee"], 3)["coffee"]) == 3


def test_content_words_are_frequent_ones_that_mean_something():
    assert content_words(TOKENS) == ["coffee", "tea", "rain", "storm", "咖啡"]
    assert content_words(TOKENS, 2) == ["coffee", "tea"]


def test_pieces_of_words_are_named_without_their_marks():
    tokens = [*SPECIAL_TOKENS, "▁coffee", "▁tea", "▁the"]
    matrix = np.eye(len(tokens), dtype=np.float32)

    assert content_words(tokens) == ["▁coffee", "▁tea"]
    assert nearest_words(matrix, tokens, ["▁coffee"], 1) == {"coffee": ["tea"]}


def test_before_and_after_stand_side_by_side(tmp_path):
    note_neighbours(tmp_path, BEFORE, matrix_of(coffee=DRINKS, rain=[1.0, 0.2], tea=WEATHER), TOKENS)
    note_neighbours(tmp_path, AFTER, ALIKE, TOKENS)

    words = json.loads((tmp_path / "neighbours.json").read_text(encoding="utf-8"))["words"]
    assert words["coffee"]["before"][0] == "rain"
    assert words["coffee"]["after"][0] == "tea"
    assert list(words) == ["coffee", "tea", "rain", "storm", "咖啡"]


@pytest.mark.parametrize("content", [None, "{", "[]", '{"words": 3}'])
def test_without_a_readable_before_there_is_only_an_after(tmp_path, content):
    if content is not None:
        (tmp_path / "neighbours.json").write_text(content)

    note_neighbours(tmp_path, AFTER, ALIKE, TOKENS)

    words = json.loads((tmp_path / "neighbours.json").read_text(encoding="utf-8"))["words"]
    assert list(words["coffee"]) == ["after"]
