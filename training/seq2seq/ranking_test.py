"""Which answers held-out questions are given to choose from: what recall@k of 10 is measured with.

Q questions of a test.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from preprocessing.dataset import Dataset
from preprocessing.errors import DatasetError
from training.evaluation.distractors import draw_distractors
from training.evaluation.metrics import recall_at_k
from training.seq2seq.batches import Rows

CANDIDATES, RANKS = 10, (1, 2, 5)
# A ranker has a vector of each answer; a generator reads all ten of them with each question.
QUESTIONS = {"ranker": 1000, "generator": 200}


@dataclass(frozen=True)
class RankingTest:
    """Questions (Q,) by their rows, and the places (Q, 10) of ten answers among them, the true one first."""

    rows: Rows
    places: Rows

    @classmethod
    def of(cls, dataset: Dataset, rows: Rows, role: str = "ranker") -> Self | None:
        """Return questions from all over the rows, as many as the role can take.

        None where some question has no nine wrong answers that differ.
        """
        if len(rows) < CANDIDATES:
            return None
        if len(rows) > QUESTIONS[role]:
            rows = rows[np.linspace(0, len(rows) - 1, QUESTIONS[role]).astype(int)]
        try:
            wrong = draw_distractors(dataset, rows, CANDIDATES - 1)  # (Q, 9)
        except DatasetError:
            return None
        return cls(rows, np.searchsorted(rows, np.column_stack([rows, wrong])))


def recalls(scores: npt.NDArray[np.float32]) -> dict[str, float]:
    """Return recall@k by name for the scores (Q, 10) of a test's answers."""
    return {f"recall@{k}": recall_at_k(scores, k) for k in RANKS}
