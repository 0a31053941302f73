"""Answers' vectors as they lie in a bundle: a quarter of the bytes, mapped, multiplied without copying all.

N vectors, D numbers in a vector.
"""

from pathlib import Path

import numpy as np
import numpy.typing as npt

from answering.errors import BundleError
from preprocessing.errors import ChatbotError
from preprocessing.ragged import load_array

# NumPy multiplies integers ten times slower than floats: a block becomes floats in the processor's cache.
ROWS_AT_ONCE = 1024

Floats = npt.NDArray[np.float32]
Vectors = npt.NDArray[np.int8]
Rows = npt.NDArray[np.int32]


def open_vectors(path: Path) -> Vectors:
    """Map the vectors (N, D) of the answers.

    Raises:
        BundleError: they are no such array.
    """
    try:
        vectors = np.asarray(load_array(path))
    except ChatbotError as error:
        raise BundleError(f"The ranker part must be whole: {error}") from None
    if vectors.dtype != np.int8 or vectors.ndim != 2 or not vectors.shape[1]:
        raise BundleError(
            f"{path.name} must hold a vector of int8 for each answer. "
            f"Received {vectors.dtype} of shape {vectors.shape}. Export the run again."
        )
    return vectors


def stored(vectors: Floats) -> tuple[Vectors, float]:
    """Return vectors (N, D) of length 1 in a quarter of the bytes, and what to multiply them with.

    One scale for all of them: cosines move by some 0.001.
    """
    scale = float(np.abs(vectors).max(initial=0.0)) / 127 or 1.0
    return np.rint(vectors / scale).astype(np.int8), scale


def products(vectors: Vectors, vector: Floats, rows: Rows | None = None) -> Floats:
    """Return the products (N,) of all vectors (N, D), or of those in the given rows, with one (D,)."""
    number = len(vectors) if rows is None else len(rows)
    result = np.empty(number, np.float32)
    block = np.empty((min(ROWS_AT_ONCE, number), vectors.shape[1]), np.float32)
    for start in range(0, number, ROWS_AT_ONCE):
        end = min(start + ROWS_AT_ONCE, number)
        floats = block[: end - start]
        np.copyto(floats, vectors[start:end] if rows is None else vectors[rows[start:end]])
        np.matmul(floats, vector, out=result[start:end])
    return result
