"""Word vectors from training texts alone, so that answers can be compared by meaning on any machine.

Positive pointwise mutual information of words that stand near each other (Levy and Goldberg 2014, section
3.2), reduced by a randomised decomposition (Halko et al. 2011, algorithm 4.4). The same texts give the same
vectors. V words, E numbers of a vector.
"""

from array import array
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from training.evaluation.embedding_similarity import WordVectors

WORDS, NUMBERS, WINDOW = 4000, 100, 4
FEWEST_OCCURRENCES = 3
# Directions beside those that are kept, and rounds, make the decomposition exact enough.
SPARE, ROUNDS = 20, 3
Floats = npt.NDArray[np.float32]


def word_vectors_of(texts: Iterable[Sequence[str]]) -> WordVectors:
    """Return vectors of the most frequent words of texts, given as tokens."""
    known = [text for text in texts if text]
    counts = Counter(token for text in known for token in text)
    words = [word for word, number in counts.most_common(WORDS) if number >= FEWEST_OCCURRENCES]
    if not words:
        return WordVectors({}, np.zeros((0, NUMBERS), np.float32))
    rows = {word: row for row, word in enumerate(words)}
    return WordVectors(rows, reduced(information(near_each_other(known, rows))))


def near_each_other(texts: Iterable[Sequence[str]], rows: dict[str, int]) -> Floats:
    """Return how often two words stand at most WINDOW places apart, (V, V)."""
    counts = np.zeros((len(rows), len(rows)), np.float32)
    numbers = numbers_of(texts, rows)
    for apart in range(1, WINDOW + 1):
        left, right = numbers[:-apart], numbers[apart:]
        known = (left >= 0) & (right >= 0)
        np.add.at(counts, (left[known], right[known]), 1)
    return counts + counts.T


def numbers_of(texts: Iterable[Sequence[str]], rows: dict[str, int]) -> npt.NDArray[np.int32]:
    """Return the rows of all tokens, -1 for words without one; between texts is room enough."""
    numbers = array("i")
    for text in texts:
        numbers.extend(rows.get(token, -1) for token in text)
        numbers.extend([-1] * WINDOW)
    return np.frombuffer(numbers, np.int32) if numbers else np.zeros(0, np.int32)


def information(counts: Floats) -> Floats:
    """Return the positive pointwise mutual information of counts (V, V)."""
    sums = np.maximum(counts.sum(axis=1), 1e-9)  # (V,)
    expected = np.outer(sums / sums.sum(), sums)
    found: Floats = np.log(np.maximum(counts / expected, 1.0)).astype(np.float32)
    return found


def reduced(matrix: Floats) -> Floats:
    """Return rows (V, E) whose products are close to those of a symmetric matrix's (V, V) main part."""
    size = min(NUMBERS + SPARE, len(matrix))
    basis = np.random.default_rng(0).standard_normal((len(matrix), size)).astype(np.float32)
    for _ in range(ROUNDS):
        basis, _ = np.linalg.qr(matrix @ basis)  # (V, size)
    _, values, rotated = np.linalg.svd(matrix @ basis, full_matrices=False)
    vectors = basis @ rotated.T[:, :NUMBERS] * np.sqrt(values[:NUMBERS])
    found: Floats = vectors.astype(np.float32)
    return found
