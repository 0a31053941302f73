import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from preprocessing.splits import TEST, TRAIN, VALIDATION, leaked, split_of


def test_a_text_is_always_in_the_same_split():
    assert [split_of("hello", "hi"), split_of("what is it 9", "a")] == [
        split_of("hello", "hi"),
        split_of("what is it 9", "a"),
    ]
    assert split_of("\ud800", "a") in (TRAIN, VALIDATION, TEST)


def test_about_a_tenth_is_held_out():
    splits = [split_of(f"question {number}", "answer") for number in range(10_000)]

    assert 400 < splits.count(VALIDATION) < 600
    assert 400 < splits.count(TEST) < 600


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 5)), max_size=30))
def test_after_dropping_what_leaked_no_exchange_stands_in_two_splits(rows):
    splits = np.array([split for split, _ in rows], np.int8)
    fingerprints = np.array([value for _, value in rows], np.uint64)

    kept = ~leaked(splits, fingerprints)

    by_split = [set(fingerprints[kept & (splits == part)].tolist()) for part in (TRAIN, VALIDATION, TEST)]
    assert not by_split[0] & by_split[1]
    assert not by_split[0] & by_split[2]
    assert not by_split[1] & by_split[2]
    # Training loses nothing.
    assert kept[splits == TRAIN].all()
