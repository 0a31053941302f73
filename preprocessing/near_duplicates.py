"""Exchanges that are nearly the same, by MinHash (Broder 1997).

Candidates share a band of their signatures (Leskovec et al., Mining of Massive Datasets, 3.4).
"""

from collections.abc import Iterator
from functools import cached_property

import numpy as np
import numpy.typing as npt

from preprocessing.turn_tokens import TurnTokens

# 8 bands of 4: of pairs with 0.8 in common 98 % are found, of those with 0.5 most are not looked at.
BANDS, HASHES_A_BAND = 8, 4
LEAST_IN_COMMON = 0.75
# Of exchanges that share a band, so many are compared with one: what is frequent is frequent by being equal.
CANDIDATES_A_BAND = 8
SEED = 20
EMPTY = np.uint32(0xFFFFFFFF)
Rows = npt.NDArray[np.int64]
Signatures = npt.NDArray[np.uint32]


class Likeness:
    """Compares exchanges by their words and pairs of neighbouring words; punctuation and case say nothing."""

    def __init__(
        self, tokens: TurnTokens, questions: npt.NDArray[np.int32], answers: npt.NDArray[np.int32]
    ) -> None:
        self._questions, self._answers = questions, answers
        self._shingles, self._offsets = shingles_of(tokens)

    @cached_property
    def signatures(self) -> Signatures:
        """Return [exchanges, 32] numbers; the share of equal ones estimates how much two have in common."""
        random = np.random.default_rng(SEED)
        factors = random.integers(1, 2**63, BANDS * HASHES_A_BAND, np.uint64) * 2 + 1
        signatures = np.empty((len(self._questions), len(factors)), np.uint32)
        for column, factor in enumerate(factors):
            asked = self.smallest(self._shingles * factor)
            # Another multiple for answers: a word asked is not the same word answered.
            answered = self.smallest((self._shingles ^ ~factor) * factor)
            signatures[:, column] = np.minimum(asked[self._questions], answered[self._answers])
        return signatures

    def smallest(self, hashes: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint32]:
        """Return the smallest hash of each turn."""
        mixed = (hashes >> np.uint64(32)).astype(np.uint32)
        result = np.full(len(self._offsets) - 1, EMPTY)
        filled = np.diff(self._offsets) > 0
        if filled.any():
            result[filled] = np.minimum.reduceat(mixed, self._offsets[:-1][filled])
        return result

    def in_common(self, left: int, right: int) -> float:
        """Return Jaccard's coefficient of two exchanges."""
        one, other = self.shingles(left), self.shingles(right)
        union = len(one | other)
        return len(one & other) / union if union else 0.0

    def shingles(self, row: int) -> set[tuple[int, int]]:
        turns = int(self._questions[row]), int(self._answers[row])
        return {
            (side, shingle)
            for side, turn in enumerate(turns)
            for shingle in self._shingles[self._offsets[turn] : self._offsets[turn + 1]].tolist()
        }


def shingles_of(tokens: TurnTokens) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.int64]]:
    """Return hashes of words and pairs of words, turn by turn, and where each turn begins."""
    tells = np.fromiter((any(map(str.isalnum, token)) for token in tokens.folded), bool, len(tokens.folded))
    kept = tells[tokens.tokens]
    turns = np.repeat(np.arange(len(tokens.offsets) - 1), tokens.lengths)[kept]
    words = tokens.word_hashes[tokens.tokens[kept]]
    is_first = np.ones(len(words), bool)
    is_first[1:] = turns[1:] != turns[:-1]
    before = np.where(is_first, np.uint64(0), np.roll(words, 1))
    pairs = words * np.uint64(0x9E3779B97F4A7C15) + before * np.uint64(0xC2B2AE3D27D4EB4F)
    both = np.stack([words, pairs], axis=1).reshape(-1)  # (2 x words,)
    offsets = np.zeros(len(tokens.offsets), np.int64)
    np.cumsum(2 * np.bincount(turns, minlength=len(tokens.offsets) - 1), out=offsets[1:])
    return both, offsets


def near_to(likeness: Likeness, rows: Rows, others: Rows) -> npt.NDArray[np.bool_]:
    """Return which of `rows` nearly equal one of `others`."""
    found = np.zeros(len(rows), bool)
    if not len(rows) or not len(others):
        return found
    ours, theirs = likeness.signatures[rows], likeness.signatures[others]
    for mine, other in candidates(ours, theirs):
        if not found[mine] and likeness.in_common(int(rows[mine]), int(others[other])) >= LEAST_IN_COMMON:
            found[mine] = True
    return found


def candidates(ours: Signatures, theirs: Signatures) -> Iterator[tuple[int, int]]:
    """Yield pairs of positions that share a band and may have enough in common."""
    for band in range(BANDS):
        columns = slice(band * HASHES_A_BAND, (band + 1) * HASHES_A_BAND)
        keys, mine = band_keys(theirs[:, columns]), band_keys(ours[:, columns])
        order = np.argsort(keys, kind="stable")
        first = np.searchsorted(keys[order], mine)
        for step in range(CANDIDATES_A_BAND):
            places = np.minimum(first + step, len(order) - 1)
            matches = np.flatnonzero((keys[order[places]] == mine) & (first + step < len(order)))
            partners = order[places[matches]]
            likely = (ours[matches] == theirs[partners]).mean(axis=1) >= LEAST_IN_COMMON - 0.2
            yield from zip(matches[likely].tolist(), partners[likely].tolist(), strict=True)


def band_keys(columns: Signatures) -> npt.NDArray[np.uint64]:
    keys = np.zeros(len(columns), np.uint64)
    for column in columns.T:
        keys = keys * np.uint64(0x100000001B3) + column
    return keys


def near_earlier(likeness: Likeness, rows: Rows) -> npt.NDArray[np.bool_]:
    """Return which of `rows` nearly equal an earlier one of them, which stays."""
    signatures = likeness.signatures[rows]
    found = np.zeros(len(rows), bool)
    for band in range(BANDS):
        keys = band_keys(signatures[:, band * HASHES_A_BAND : (band + 1) * HASHES_A_BAND])
        _, first, group = np.unique(keys, return_index=True, return_inverse=True)
        partners = first[group]
        later = np.flatnonzero((partners != np.arange(len(rows))) & ~found & ~found[partners])
        for row in later.tolist():
            if likeness.in_common(int(rows[row]), int(rows[partners[row]])) >= LEAST_IN_COMMON:
                found[row] = True
    return found
