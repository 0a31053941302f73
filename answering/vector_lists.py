"""Near vectors among very many: those are sorted into lists by what they lie close to; few lists are read.

An inverted file (Sivic & Zisserman 2003; Jégou et al. 2011, section IV) as plain arrays, so that it is
mapped, shared and checked like all of a bundle; docs/decisions/0008 says why no library.

N vectors, D numbers in a vector, C lists.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt

from answering.errors import BundleError
from answering.highest import highest
from preprocessing.errors import ChatbotError
from preprocessing.ragged import load_array

Floats = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int32]

CENTRES, ROWS, OFFSETS = "list_centres.npy", "list_rows.npy", "list_offsets.npy"
# Below it, all vectors are read in some four milliseconds.
FEWEST_VECTORS = 100_000
# Lists for each root of the vectors: more of them are read more exactly, and their centres cost little.
LISTS_TO_ROOT = 8
ROUNDS, SAMPLE_A_LIST = 8, 32
ROWS_AT_ONCE = 8192
LEAST_RECALL, RECALLED = 0.98, 10
# Rounding makes it a little more than 1.
LONGEST_CENTRE = 1.001


@dataclass(frozen=True)
class VectorLists:
    """Which rows lie in which list, and how many lists are read for a question."""

    centres: Floats  # (C, D)
    rows: Rows  # (N,), list after list
    offsets: npt.NDArray[np.int64]  # (C + 1,)
    probes: int

    @classmethod
    def open(cls, directory: Path, probes: int, shape: tuple[int, int]) -> Self:
        """Map the lists of vectors (N, D) of that shape.

        Raises:
            BundleError: they are not the lists of such vectors.
        """
        try:
            centres, rows, offsets = (
                np.asarray(load_array(directory / name)) for name in (CENTRES, ROWS, OFFSETS)
            )
        except ChatbotError as error:
            raise BundleError(f"The ranker part must be whole: {error}") from None
        check_lists(centres, rows, offsets, shape)
        if not 1 <= probes <= len(centres):
            raise BundleError(f"1 to {len(centres):,} lists must be read. Received {probes}.")
        return cls(centres, rows.view(np.int32), offsets.view(np.int64), probes)

    def save(self, directory: Path) -> None:
        for name, array in ((CENTRES, self.centres), (ROWS, self.rows), (OFFSETS, self.offsets)):
            np.save(directory / name, array)

    def near(self, vector: Floats) -> Rows:
        """Return the rows of the lists whose centres lie closest to a vector (D,)."""
        lists = highest(self.centres @ vector, self.probes)
        if not len(lists):  # a vector that is no number is close to nothing
            return self.rows
        return np.concatenate([self.rows[self.offsets[one] : self.offsets[one + 1]] for one in lists])


def check_lists(
    centres: npt.NDArray[np.generic],
    rows: npt.NDArray[np.generic],
    offsets: npt.NDArray[np.generic],
    shape: tuple[int, int],
) -> None:
    number, size = shape
    has_types = centres.dtype == np.float32 and rows.dtype == np.int32 and offsets.dtype == np.int64
    if not has_types or centres.ndim != 2 or centres.shape[1] != size or rows.shape != (number,):
        raise BundleError("The lists of vectors must hold float32 centres, int32 rows and int64 offsets.")
    ends = offsets.view(np.int64)
    fits = ends.shape == (len(centres) + 1,) and ends[0] == 0 and ends[-1] == number
    if not fits or (np.diff(ends) < 0).any() or not np.isfinite(centres.view(np.float32)).all():
        raise BundleError("The lists of vectors must follow each other and end with the last row.")
    if (np.linalg.norm(centres.view(np.float32), axis=1) > LONGEST_CENTRE).any():
        raise BundleError("The centres of the lists of vectors must have the length 1.")
    places = rows.view(np.int32)
    if number and (places.min() < 0 or places.max() >= number or np.bincount(places).max() > 1):
        raise BundleError("The lists of vectors must hold each row once.")


def make_lists(vectors: npt.NDArray[np.int8], queries: Floats) -> VectorLists:
    """Sort vectors (N, D) into lists, and find how many must be read to find what `queries` (Q, D) seek."""
    number = max(1, min(len(vectors), round(LISTS_TO_ROOT * len(vectors) ** 0.5)))
    rng = np.random.default_rng(0)
    sample = vectors[
        np.sort(rng.choice(len(vectors), min(len(vectors), SAMPLE_A_LIST * number), replace=False))
    ]
    centres = centres_of(sample.astype(np.float32), number, rng)
    lists = nearest_centres(vectors, centres)  # (N,)
    rows = np.argsort(lists, kind="stable").astype(np.int32)
    offsets = np.concatenate([[0], np.cumsum(np.bincount(lists, minlength=number))]).astype(np.int64)
    probes = enough_probes(VectorLists(centres, rows, offsets, 1), vectors, queries)
    return VectorLists(centres, rows, offsets, probes)


def centres_of(sample: Floats, number: int, rng: np.random.Generator) -> Floats:
    """Return centres (C, D) of length 1: k-means by cosine, from some of the vectors on."""
    centres = unit(sample[rng.choice(len(sample), number, replace=False)])
    for _ in range(ROUNDS):
        lists = nearest_centres(sample, centres)
        sums = np.zeros_like(centres)
        np.add.at(sums, lists, sample)
        is_empty = np.bincount(lists, minlength=number) == 0
        sums[is_empty] = sample[rng.choice(len(sample), int(is_empty.sum()))]
        centres = unit(sums)
    return centres


def unit(vectors: Floats) -> Floats:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    made: Floats = (vectors / np.maximum(lengths, 1e-9)).astype(np.float32)
    return made


def nearest_centres(vectors: npt.NDArray[np.generic], centres: Floats) -> npt.NDArray[np.int64]:
    """Return the number of the centre that each vector (N, D) lies closest to."""
    found = np.empty(len(vectors), np.int64)
    for start in range(0, len(vectors), ROWS_AT_ONCE):
        part = vectors[start : start + ROWS_AT_ONCE].astype(np.float32)
        found[start : start + len(part)] = (part @ centres.T).argmax(axis=1)
    return found


def enough_probes(lists: VectorLists, vectors: npt.NDArray[np.int8], queries: Floats) -> int:
    """Return a small number of lists in which nearly all of the nearest vectors stand."""
    nearest = [set(exact_nearest(vectors, query).tolist()) for query in queries]
    probes = 1
    while probes < len(lists.centres):
        reading = VectorLists(lists.centres, lists.rows, lists.offsets, probes)
        if recall(reading, nearest, queries) >= LEAST_RECALL:
            return probes
        probes = probes + 1 + probes // 4
    return len(lists.centres)


def exact_nearest(vectors: npt.NDArray[np.int8], query: Floats) -> npt.NDArray[np.int64]:
    scores = np.concatenate(
        [
            vectors[start : start + ROWS_AT_ONCE].astype(np.float32) @ query
            for start in range(0, len(vectors), ROWS_AT_ONCE)
        ]
    )
    return highest(scores, RECALLED)


def recall(lists: VectorLists, nearest: list[set[int]], queries: Floats) -> float:
    """Return the share of the nearest rows that stand in the lists that are read (recall@10)."""
    shares = [
        len(wanted & set(lists.near(query).tolist())) / max(len(wanted), 1)
        for wanted, query in zip(nearest, queries, strict=True)
    ]
    return float(np.mean(shares)) if shares else 1.0
