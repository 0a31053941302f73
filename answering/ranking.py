"""Ranks answers by a dual encoder: a question's vector against the vectors of all answers, one product.

N answers, D numbers in a vector. NumPy and ONNX Runtime only.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from answering import vector_lists
from answering.errors import BundleError
from answering.highest import highest
from answering.runtime import PRECISIONS, one_line, open_session
from answering.stored_vectors import Floats, Vectors, open_vectors, products, stored
from answering.vector_lists import VectorLists

FOLDER, VECTORS = "ranker", "answer_vectors.npy"
TOWERS = ("question", "answer")
# The best so many are sorted at once; the others only for whoever wants more.
FIRST = 64
# The numbers in a vector for which it was measured from how many on lists pay.
USUAL_SIZE = 256
# A vector's length, as int8 networks give it.
LENGTH_TOLERANCE = 1e-3


class Ranked(NamedTuple):
    """An answer by its row; the higher the score, a cosine, the better it follows the question."""

    row: int
    score: float


@dataclass(frozen=True)
class Towers:
    """The two networks of a ranker part: ids become a vector of length 1.

    One text at a time: with the int8 networks of older bundles a text would depend on its neighbours.
    """

    sessions: dict[str, Any]

    @classmethod
    def open(cls, directory: Path, precision: str) -> "Towers":
        if precision not in PRECISIONS:
            raise BundleError(f"The precision must be one of {', '.join(PRECISIONS)}. Received {precision}.")
        suffix = ".int8.onnx" if precision == "int8" else ".onnx"
        return cls({tower: open_session(directory / f"{tower}{suffix}") for tower in TOWERS})

    def vector(self, tower: str, ids: Sequence[int]) -> Floats:
        """Return the vector (D,) of a question's or an answer's ids, at least one."""
        [vectors] = self.sessions[tower].run(["vector"], {"ids": np.array([ids], np.int32)})
        vector: Floats = vectors[0]
        return vector


class Ranker:
    """Read access to a ranker part; the vectors are mapped, so that processes share them."""

    def __init__(self, directory: Path, settings: dict[str, Any]) -> None:
        self._towers = Towers.open(directory, str(settings.get("precision", "float32")))
        self.vectors = open_vectors(directory / VECTORS)
        self._scale = checked_scale(settings.get("vector_scale"))
        self.lists = open_lists(directory, settings.get("probes"), self.vectors)

    def __len__(self) -> int:
        return len(self.vectors)

    def check(self, vocabulary_size: int, exchanges: int) -> None:
        """Refuse now, not in a question, networks and vectors that do not fit each other or the exchanges.

        Raises:
            BundleError: they do not.
        """
        if len(self) != exchanges:
            raise BundleError(
                f"The ranker must have a vector for each of the {exchanges:,} exchanges. "
                f"It has {len(self):,}. Export the run again."
            )
        for tower in TOWERS:
            self._check_tower(tower, vocabulary_size)

    def _check_tower(self, tower: str, vocabulary_size: int) -> None:
        last, size = vocabulary_size - 1, self.vectors.shape[1]
        try:
            vectors = [self._towers.vector(tower, ids) for ids in ([last], [last, last])]
        except Exception as error:  # ONNX Runtime raises many kinds of its own
            raise BundleError(f"The ranker's {tower} network must read texts: {one_line(error)}") from None
        for vector in vectors:
            if vector.shape != (size,) or not abs(float(np.linalg.norm(vector)) - 1) < LENGTH_TOLERANCE:
                raise BundleError(
                    f"The ranker's {tower} network must give {size:,} finite numbers of length 1. "
                    f"Received the shape {vector.shape}. Export the run again."
                )

    def search(self, question_ids: Sequence[int], number: int) -> list[Ranked]:
        """Return the `number` best answers of all, best first."""
        return list(islice(self.best_first(question_ids), number))

    def best_first(self, question_ids: Sequence[int]) -> Iterator[Ranked]:
        """Yield all answers, best first, equally good ones in their order; ids are at least one.

        Where vectors stand in lists, the first ones are the best of those lists.
        """
        vector = self.question_vector(question_ids)
        first = self._nearest(vector)
        yield from first
        if len(first) == len(self):
            return
        scores = self._scale * products(self.vectors, vector)  # (N,)
        scores[[found.row for found in first]] = -np.inf
        others = np.argsort(-scores, kind="stable")[: len(self) - len(first)]
        yield from (Ranked(row, float(scores[row])) for row in others.tolist())

    def question_vector(self, question_ids: Sequence[int]) -> Floats:
        """Return the vector (D,) of a question's ids, at least one."""
        return self._towers.vector("question", question_ids)

    def answer_vector(self, answer_ids: Sequence[int]) -> Floats:
        """Return the vector (D,) of an answer's ids, at least one."""
        return self._towers.vector("answer", answer_ids)

    def _nearest(self, vector: Floats) -> list[Ranked]:
        """Return the best answers for a question's vector, best first."""
        rows = self.lists.near(vector) if self.lists else None
        scores = self._scale * products(self.vectors, vector, rows)
        best = highest(scores, FIRST)
        found = best if rows is None else rows[best]
        return [Ranked(row, float(score)) for row, score in zip(found.tolist(), scores[best], strict=True)]

    def score(self, question_ids: Sequence[int], answers: Sequence[Sequence[int]]) -> Floats:
        """Return how well each of the given answers (N of them), by its ids, follows the question: (N,)."""
        asked = self.question_vector(question_ids)
        scores = [self.answer_vector(answer) @ asked for answer in answers]
        return np.array(scores, np.float32)


def open_lists(directory: Path, probes: object, vectors: Vectors) -> VectorLists | None:
    """Map the lists in which the vectors stand, if there are such."""
    if probes is None:
        return None
    # A bool is an int to isinstance.
    if not isinstance(probes, int) or isinstance(probes, bool):
        raise BundleError(f"The lists that are read must be a whole number. Received {probes!r}.")
    return VectorLists.open(directory, probes, vectors.shape)


def checked_scale(scale: object) -> np.float32:
    # A bool is an int to isinstance; comparisons are false for NaN.
    if not isinstance(scale, float) or not 0 < scale <= 1:
        raise BundleError(f"The vectors' scale must be a number above 0 and at most 1. Received {scale!r}.")
    return np.float32(scale)


def write_vectors(folder: Path, vectors: Floats, asked: Callable[[], Floats]) -> dict[str, Any]:
    """Write answers' vectors (N, D) of length 1, very many also in lists; return the part's settings.

    Args:
        asked: gives vectors of questions (Q, D), by which is found how many lists are enough.
    """
    numbers, scale = stored(vectors)
    np.save(folder / VECTORS, numbers)
    # Twice as long ones take twice as long to read.
    if len(numbers) * max(numbers.shape[1] / USUAL_SIZE, 1) < vector_lists.FEWEST_VECTORS:
        return {"vector_scale": scale}
    lists = vector_lists.make_lists(numbers, asked())
    lists.save(folder)
    return {"vector_scale": scale, "probes": lists.probes}
