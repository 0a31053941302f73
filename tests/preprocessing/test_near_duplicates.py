import numpy as np
import pytest

from preprocessing.near_duplicates import LEAST_IN_COMMON, Likeness, near_earlier, near_to

LONG = "we could meet at the old station near the river on monday morning before work"


@pytest.fixture
def likeness_of(make_sieve):
    def make(*pairs):
        sieve = make_sieve(pairs)
        return Likeness(sieve.tokens, sieve.columns.questions, sieve.columns.answers)

    return make


def test_punctuation_and_case_make_no_difference(likeness_of):
    likeness = likeness_of((LONG, "yes please"), (LONG.upper() + "!", "Yes, please."))

    assert likeness.in_common(0, 1) == 1
    assert near_earlier(likeness, np.arange(2)).tolist() == [False, True]


def test_jaccards_coefficient_is_over_words_and_pairs_of_words_by_side(likeness_of):
    likeness = likeness_of(("a b", "c"), ("a b", "d"), ("c", "a b"))

    # a, b, (start a), (a b) of the question are shared; c, (start c) and d, (start d) are not.
    assert likeness.in_common(0, 1) == 4 / 8
    assert likeness.in_common(0, 2) == 0


def test_what_differs_in_a_word_of_a_long_text_is_found_and_what_differs_in_many_is_not(likeness_of):
    likeness = likeness_of(
        (LONG, "yes please"),
        (LONG.replace("monday", "friday"), "yes please"),
        ("where is the station", "over there"),
    )

    assert likeness.in_common(0, 1) >= LEAST_IN_COMMON
    assert near_to(likeness, np.array([1, 2]), np.array([0])).tolist() == [True, False]


def test_with_nothing_to_compare_nothing_is_found(likeness_of):
    likeness = likeness_of(("!", "?"), ("a", "b"))

    assert near_to(likeness, np.arange(2), np.zeros(0, np.int64)).tolist() == [False, False]
    assert likeness.in_common(0, 0) == 0


def test_nearly_all_near_duplicates_are_found(likeness_of):
    """The share of pairs with 0.8 in common that the bands find."""
    generator = np.random.default_rng(5)
    words = [f"w{number}" for number in range(2000)]
    originals, changed = [], []
    for _ in range(300):
        text = [words[place] for place in generator.integers(0, 2000, 20)]
        originals.append((" ".join(text), "ok then"))
        text[int(generator.integers(0, 20))] = "changed"
        changed.append((" ".join(text), "ok then"))
    likeness = likeness_of(*originals, *changed)

    found = near_to(likeness, np.arange(300, 600), np.arange(300))

    assert found.mean() >= 0.95
    assert not near_to(likeness, np.arange(150, 300), np.arange(150)).any()
