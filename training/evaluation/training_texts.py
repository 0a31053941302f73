"""What a trained model learned from, as far as it is still here: baselines know no more, copies are of it."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from answering.responder import Responder
from preprocessing.dataset import Dataset
from training.evaluation.cases import Exchange

# Word weights and the most frequent answer change little beyond.
MOST = 100_000


@dataclass(frozen=True)
class TrainingTexts:
    """Questions and answers that were trained on, entry by entry."""

    questions: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()

    @classmethod
    def of_dataset(cls, dataset: Dataset) -> "TrainingTexts":
        rows = dataset.indices("train")
        chosen = rows[np.linspace(0, len(rows) - 1, min(len(rows), MOST)).astype(np.int64)].tolist()
        return cls(tuple(map(dataset.question_text, chosen)), tuple(map(dataset.answer_text, chosen)))

    @classmethod
    def of_index(cls, responder: Responder, held_out: Collection[Exchange]) -> "TrainingTexts":
        """Return what a bundle's index holds beside the exchanges that are asked; nothing without one."""
        if responder.alike is None:
            return cls()
        retriever = responder.alike.retriever
        rows = np.linspace(0, len(retriever) - 1, min(len(retriever), MOST)).astype(np.int64).tolist()
        found = ((retriever.question_texts[row], retriever.answer_texts[row]) for row in rows)
        known = [exchange for exchange in found if exchange not in held_out]
        return cls(tuple(question for question, _ in known), tuple(answer for _, answer in known))

    def __iter__(self) -> Iterator[str]:
        return iter((*self.questions, *self.answers))

    @cached_property
    def known_answers(self) -> frozenset[str]:
        return frozenset(answer.strip().casefold() for answer in self.answers)
