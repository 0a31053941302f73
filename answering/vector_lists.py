"""Near vectors among very many: those are sorted into lists by what they lie close to; few lists are read.

An inverted file (Sivic & Zisserman 2003; Jégou et al. 2011, section IV) as plain arrays, so that it is
mapped, shared and checked like all of a bundle; docs/decisions/0008 says why no library. Of each vector a
sketch stands in its list, its part along the directions in which vectors differ most (principal components),
so that what is read lies side by side and is short.

N vectors, D numbers in a vector, S in a sketch, C lists.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt

from answering.errors import BundleError
from answering.highest import highest
from answering.stored_vectors import Floats, Rows, Vectors, products
from preprocessing.errors import ChatbotError
from preprocessing.ragged import load_array

TYPES = {
    "centres": np.float32,
    "rows": np.int32,
    "sketches": np.int8,
    "directions": np.float32,
    "offsets": np.int64,
}
FILES = {name: f"list_{name}.npy" for name in TYPES}
# Below it, all vectors are read in some four milliseconds.
FEWEST_VECTORS = 100_000
# Lists for each root of the vectors: more of them are read more exactly, and their centres cost little.
LISTS_TO_ROOT = 8
ROUNDS, SAMPLE_A_LIST = 8, 32
ROWS_AT_ONCE = 8192
LEAST_RECALL, RECALLED = 0.98, 10
SKETCH_SIZE = 64
# So many have the best sketches, and are then looked at whole.
BEST_SKETCHES = 1024
# Rounding makes it a little more than 1.
LONGEST = 1.001


@dataclass(frozen=True)
class VectorLists:
    """Which rows lie in which list, and how many lists are read for a question."""

    centres: Floats  # (C, D)
    rows: Rows  # (N,), list after list
    sketches: Vectors  # (N, S), in the order of the rows
    directions: Floats  # (S, D), each as long as a sketch's number counts
    offsets: npt.NDArray[np.int64]  # (C + 1,)
    probes: int

    @classmethod
    def open(cls, directory: Path, probes: int, shape: tuple[int, int]) -> Self:
        """Map the lists of vectors (N, D) of that shape.

        Raises:
            BundleError: they are not the lists of such vectors.
        """
        try:
            arrays = {name: np.asarray(load_array(directory / file)) for name, file in FILES.items()}
        except ChatbotError as error:
            raise BundleError(f"The ranker part must be whole: {error} Export the run again.") from None
        check_types(arrays, shape)
        lists = cls(**{name: array.view(TYPES[name]) for name, array in arrays.items()}, probes=probes)
        lists.check()
        return lists

    def check(self) -> None:
        """Refuse numbers that would make a search fail or read what is not there."""
        ends, places, number = self.offsets, self.rows, len(self.rows)
        if ends[0] != 0 or ends[-1] != number or (np.diff(ends) < 0).any():
            raise BundleError("The lists of vectors must follow each other and end with the last row.")
        if number and (places.min() < 0 or places.max() >= number or np.bincount(places).max() > 1):
            raise BundleError("The lists of vectors must hold each row once.")
        for name, floats in (("centres", self.centres), ("directions", self.directions)):
            # Comparisons with NaN are false.
            if not (np.linalg.norm(floats, axis=1) <= LONGEST).all():
                raise BundleError(f"The {name} of the lists of vectors must be no longer than 1.")
        if not 1 <= self.probes <= len(self.centres):
            raise BundleError(f"1 to {len(self.centres):,} lists must be read. Received {self.probes}.")

    def save(self, directory: Path) -> None:
        for name, file in FILES.items():
            np.save(directory / file, getattr(self, name))

    def near(self, vector: Floats) -> Rows:
        """Return the rows of the best sketches in the lists whose centres lie closest to a vector (D,)."""
        lists = highest(self.centres @ vector, self.probes)
        if not len(lists):  # a vector that is no number is close to nothing
            return self.rows[:BEST_SKETCHES]
        # In their order, as they lie on the disk.
        parts = [slice(self.offsets[one], self.offsets[one + 1]) for one in np.sort(lists)]
        sketches = np.concatenate([self.sketches[part] for part in parts])  # (M, S)
        best = highest(products(sketches, self.directions @ vector), BEST_SKETCHES)
        found: Rows = np.concatenate([self.rows[part] for part in parts])[best]
        return found

    def reading(self, probes: int) -> Self:
        """Return the same lists of which another number is read."""
        return replace(self, probes=probes)


def check_types(arrays: dict[str, npt.NDArray[np.generic]], shape: tuple[int, int]) -> None:
    number, size = shape
    has_types = all(array.dtype == TYPES[name] for name, array in arrays.items())
    lists, sketch_size = (
        arrays[name].shape[0] if arrays[name].ndim else 0 for name in ("centres", "directions")
    )
    shapes = {
        "centres": (lists, size),
        "rows": (number,),
        "sketches": (number, sketch_size),
        "directions": (sketch_size, size),
        "offsets": (lists + 1,),
    }
    if not has_types or any(array.shape != shapes[name] for name, array in arrays.items()):
        raise BundleError(
            "The lists of vectors must hold int32 rows, int64 offsets, int8 sketches and float32 centres and "
            "directions, of shapes that fit each other. Export the run again."
        )


def make_lists(vectors: Vectors, queries: Floats) -> VectorLists:
    """Sort vectors (N, D) into lists, and find how many must be read to find what `queries` (Q, D) seek."""
    number = max(1, min(len(vectors), round(LISTS_TO_ROOT * len(vectors) ** 0.5)))
    rng = np.random.default_rng(0)
    sample = vectors[
        np.sort(rng.choice(len(vectors), min(len(vectors), SAMPLE_A_LIST * number), replace=False))
    ]
    centres = centres_of(sample.astype(np.float32), number, rng)
    places = nearest_centres(vectors, centres)  # (N,)
    rows = np.argsort(places, kind="stable").astype(np.int32)
    offsets = np.concatenate([[0], np.cumsum(np.bincount(places, minlength=number))]).astype(np.int64)
    directions, reaches = main_directions(sample.astype(np.float32))
    in_units: Floats = (directions / np.maximum(reaches, 1e-9)[:, None]).astype(np.float32)
    lists = VectorLists(
        centres=centres,
        rows=rows,
        sketches=sketches_of(vectors, rows, in_units),
        directions=(directions * (reaches / max(float(reaches.max()), 1e-9))[:, None]).astype(np.float32),
        offsets=offsets,
        probes=len(centres),
    )
    return lists.reading(enough_probes(lists, vectors, queries))


def main_directions(sample: Floats) -> tuple[Floats, Floats]:
    """Return the directions (S, D) along which vectors are longest, and how far they reach there (S,)."""
    _, found = np.linalg.eigh(sample.T @ sample)
    directions: Floats = found.T[::-1][:SKETCH_SIZE].astype(np.float32)
    return directions, np.abs(sample @ directions.T).max(axis=0)


def sketches_of(vectors: Vectors, rows: Rows, directions: Floats) -> Vectors:
    """Return the sketches (N, S) of vectors (N, D) in the order of `rows`, along directions (S, D)."""
    sketches = np.empty((len(rows), len(directions)), np.int8)
    for start in range(0, len(rows), ROWS_AT_ONCE):
        along = vectors[rows[start : start + ROWS_AT_ONCE]].astype(np.float32) @ directions.T
        sketches[start : start + len(along)] = np.rint(127 * along.clip(-1, 1))
    return sketches


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


def enough_probes(lists: VectorLists, vectors: Vectors, queries: Floats) -> int:
    """Return the fewest lists, to a twentieth, in which nearly all of the nearest vectors stand."""
    nearest = [set(highest(products(vectors, query), RECALLED).tolist()) for query in queries]
    too_few, enough = 0, 1
    while recall(lists.reading(enough), nearest, queries) < LEAST_RECALL and enough < len(lists.centres):
        too_few, enough = enough, min(2 * enough, len(lists.centres))
    while enough - too_few > 1 + enough // 20:
        middle = (too_few + enough) // 2
        if recall(lists.reading(middle), nearest, queries) < LEAST_RECALL:
            too_few = middle
        else:
            enough = middle
    return enough


def recall(lists: VectorLists, nearest: list[set[int]], queries: Floats) -> float:
    """Return the share of the nearest rows that stand in the lists that are read (recall@10)."""
    shares = [
        len(wanted & set(lists.near(query).tolist())) / max(len(wanted), 1)
        for wanted, query in zip(nearest, queries, strict=True)
    ]
    return float(np.mean(shares)) if shares else 1.0
