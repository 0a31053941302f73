"""Wrong answers to choose the true one from: what recall@k of N is measured against. NumPy only."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from preprocessing.dataset import Dataset
from preprocessing.errors import DatasetError, SettingsError
from preprocessing.normalisation import normalise
from preprocessing.tokenisation import folded

# Of so many more than are asked for, enough are nearly always permitted.
TIMES, MORE = 4, 32
Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Candidates:
    """The rows to draw from, an entry each; equal numbers mean the same conversation or answer."""

    rows: Rows
    conversations: Rows
    answers: Rows

    def draw(self, question: int, number: int, random: np.random.Generator) -> Rows:
        """Return at most `number` places of candidates for the question at a place, each as likely."""
        places = random.integers(len(self.rows), size=TIMES * number + MORE)
        found = self.permitted(question, places)
        if len(found) < number:
            # All the others behind those already drawn: what is permitted next is as likely as before.
            every = random.permutation(len(self.rows))
            found = self.permitted(question, np.concatenate([places, every]))
        return found[:number]

    def permitted(self, question: int, places: Rows) -> Rows:
        """Return those of another conversation and answer, in their order, each answer once."""
        is_other = self.conversations[places] != self.conversations[question]
        is_other &= self.answers[places] != self.answers[question]
        others = places[is_other]
        _, first = np.unique(self.answers[others], return_index=True)
        once: Rows = others[np.sort(first)]
        return once


def draw_distractors(dataset: Dataset, rows: Rows, number: int, seed: int = 0) -> Rows:
    """Return for each of `rows` (Q,) the rows (Q, number) whose answers are wrong for it.

    They are drawn from `rows` without replacement, from other conversations; their normalised texts differ
    from the true answer's and from each other. The seed, the question's row and `rows` decide.

    Raises:
        DatasetError: a question has too few such answers.
    """
    if number < 1:
        raise SettingsError(f"Distractors must be at least 1 a question. Received {number}. Take 9.")
    candidates = candidates_of(dataset, rows)
    drawn = np.empty((len(rows), number), np.int64)
    for place, row in enumerate(rows.tolist()):
        found = candidates.draw(place, number, np.random.default_rng((seed, row)))
        require_enough(row, len(found), number)
        drawn[place] = rows[found]
    return drawn


def candidates_of(dataset: Dataset, rows: Rows) -> Candidates:
    conversations = dataset.exchanges.conversations
    return Candidates(
        rows=rows,
        conversations=numbered(conversations[row] for row in rows.tolist()),
        answers=numbered(normal_answers(dataset, rows)),
    )


def normal_answers(dataset: Dataset, rows: Rows) -> Iterator[str]:
    """Yield the answers as retrieval compares texts: normalised, whatever their case."""
    settings = dataset.text_settings.for_retrieval()
    for row in rows.tolist():
        yield folded(normalise(dataset.answer_text(row), settings), settings)


def numbered(texts: Iterable[str]) -> Rows:
    """Return a number for each text; equal texts have the same."""
    numbers: dict[str, int] = {}
    return np.array([numbers.setdefault(text, len(numbers)) for text in texts], np.int64)


def require_enough(row: int, found: int, number: int) -> None:
    if found < number:
        raise DatasetError(
            f"Row {row} must have {number:,} different answers of other conversations to draw from. "
            f"There are {found:,}. Take fewer distractors or more exchanges."
        )
