"""Which conversations train, validate and test.

By a hash of their text, so that a growing corpus keeps its splits.
"""

import hashlib

import numpy as np
import numpy.typing as npt

TRAIN, VALIDATION, TEST = 0, 1, 2
NAMES = ("train", "validation", "test")
PLACES = 100
# Of 100 conversations, so many are held out for validation, and so many for test.
VALIDATION_SHARE, TEST_SHARE = 5, 5
# A corpus with fewer exchanges trains on all of them; reports then say "not measured".
FEWEST_TO_HOLD_OUT = 500


def split_place_of(first_question: str, first_answer: str) -> int:
    """Return a number from 0 to 99 for a conversation, from its first exchange's text."""
    digest = hashlib.sha256(f"{first_question}\0{first_answer}".encode("utf-8", "replace")).digest()
    return int.from_bytes(digest[:8], "big") % PLACES


def split_at(place: int) -> int:
    if place < VALIDATION_SHARE:
        return VALIDATION
    return TEST if place < VALIDATION_SHARE + TEST_SHARE else TRAIN


def split_of(first_question: str, first_answer: str) -> int:
    """Return the split of a conversation from its first exchange's text."""
    return split_at(split_place_of(first_question, first_answer))


def leaked(splits: npt.NDArray[np.int8], fingerprints: npt.NDArray[np.uint64]) -> npt.NDArray[np.bool_]:
    """Return which held-out exchanges stand in training too, or test ones in validation.

    Both arrays have one entry an exchange; equal fingerprints mean equal tokens.
    """
    in_training = np.isin(fingerprints, fingerprints[splits == TRAIN])
    in_validation = np.isin(fingerprints, fingerprints[splits == VALIDATION])
    either: npt.NDArray[np.bool_] = ((splits != TRAIN) & in_training) | ((splits == TEST) & in_validation)
    return either
