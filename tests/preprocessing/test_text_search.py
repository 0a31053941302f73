import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocessing.errors import SettingsError
from preprocessing.text_search import TextSearch


def found(wanted, text, **options):
    return TextSearch([wanted], **options).finds(text)


@pytest.mark.parametrize(
    ("keyword", "text"),
    [
        ("love", "I LOVE you."),
        ("love", "我love你"),
        ("爱", "我爱你们"),
        ("iPhone 手机", "我的iPhone  手机呢"),
        ("New York", "new\nyork?"),
        ("C++", "in C++17"),
        ("don't", "I don’t know"),
        ("(a+)+", "what is (a+)+ ?"),
        ("ねこ", "このねこが"),
        (":-)", "hello:-)"),
    ],
)
def test_a_keyword_is_found(keyword, text):
    assert found(keyword, text)


@pytest.mark.parametrize(
    ("keyword", "text"),
    [("love", "a glove"), ("love", "lovely"), ("New York", "NewYork"), ("7", "1789"), ("art", "Bogart é")],
)
def test_a_part_of_a_word_is_not_found(keyword, text):
    assert not found(keyword, text)


def test_case_counts_where_it_is_asked_to():
    assert not found("Paris", "paris", ignore_case=False)
    assert found(r"\bparis\b", "Paris!", is_regular_expression=True)
    assert not found(r"\bparis\b", "Paris!", is_regular_expression=True, ignore_case=False)


def test_nothing_to_look_for_is_false():
    assert not TextSearch([])


@given(st.text("ab +?.\\[爱'’", min_size=1).filter(str.strip))
def test_any_keyword_is_found_in_itself_alone(keyword):
    assert found(keyword, keyword)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (r"(a+)+$", "a" * 1000 + "b"),
        (r"(a|aa)+$", "a" * 200 + "b"),
        (r"(.*?,){30}P", "a," * 3000),
        (r"(\w+\s?)+\d$", "word " * 300),
    ],
)
def test_a_hostile_pattern_ends_in_an_error_within_a_second(pattern, text):
    began = time.monotonic()

    with pytest.raises(SettingsError, match=r"within 0\.1 s"):
        found(pattern, text, is_regular_expression=True)

    assert time.monotonic() - began < 1


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("(", "must be valid"),
        ("(" * 900, "must be valid"),
        ("[z-a]", "must be valid"),
        ("((a{500}){500}){500}", "counts"),
        ("a{1000000}", "counts"),
        ("(?x)((a{5 00}){5 00}){5 00}", "the flag x"),
        ("a" * 1001, "1,000 characters"),
    ],
)
def test_a_pattern_that_cannot_be_compiled_is_an_error_of_one_line(pattern, reason):
    with pytest.raises(SettingsError, match=reason) as error:
        TextSearch([pattern], is_regular_expression=True)

    assert "\n" not in str(error.value)


def test_too_many_patterns_are_refused():
    with pytest.raises(SettingsError, match="1,000 things"):
        TextSearch(["a"] * 1001)
