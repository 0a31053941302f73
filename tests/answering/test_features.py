import pytest

from answering.features import LONGEST_CACHED, features, is_telling, similarity


def test_a_word_gives_itself_and_its_letters_in_threes():
    assert features(["hello"]) == ["whello", "c^he", "chel", "cell", "cllo", "clo$"]


def test_a_short_word_and_punctuation():
    assert features(["i", "?!"]) == ["wi", "c^i$", "w?!"]


def test_chinese_gives_its_characters():
    assert features(["你好"]) == ["w你好", "c你", "c好"]


def test_a_very_long_word_is_cut_the_same_way():
    word = "ab" * LONGEST_CACHED

    assert features([word]) == features([word])
    assert len(features([word])) == 1 + len(word)


@pytest.mark.parametrize(
    ("feature", "tells"), [("whello", True), ("c^i$", True), ("w?!", False), ("w…", False)]
)
def test_punctuation_tells_nothing(feature, tells):
    assert is_telling(feature) is tells


def test_similarity_is_one_for_equal_bags_and_zero_for_strangers():
    assert similarity({"a": 2.0, "b": 1.0}, {"b": 1.0, "a": 2.0}) == 1
    assert similarity({"a": 2.0}, {"b": 1.0}) == 0
    assert similarity({}, {}) == 0


def test_repetition_counts_as_often_as_both_have_it():
    assert similarity({"a": 3.0}, {"a": 1.0}) == pytest.approx(0.5)
