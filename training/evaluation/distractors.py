"""Wrong answers to choose the true one from: what recall@k of N is measured against, by chance or by BM25."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, Self

import numpy as np
import numpy.typing as npt

from answering.features import features
from answering.highest import highest
from answering.retrieval import quiet_bm25s
from preprocessing.dataset import Dataset
from preprocessing.errors import DatasetError, SettingsError
from preprocessing.normalisation import normalise
from preprocessing.tokenisation import Tokeniser, folded

# Of so many more than are asked for, enough are nearly always permitted.
TIMES, MORE = 4, 32
Rows = npt.NDArray[np.int64]


class Source(Protocol):
    """Where the wrong answers to a question come from."""

    def draw(self, question: int, number: int, random: np.random.Generator) -> Rows:
        """Return at most `number` places of candidates for the question at a place."""
        ...


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
    require_some(number)
    return drawn_by(candidates_of(dataset, rows), rows, number, seed)


def require_some(number: int) -> None:
    if number < 1:
        raise SettingsError(f"Distractors must be at least 1 a question. Received {number}. Take 9.")


def drawn_by(source: Source, rows: Rows, number: int, seed: int) -> Rows:
    drawn = np.empty((len(rows), number), np.int64)
    for place, row in enumerate(rows.tolist()):
        found = source.draw(place, number, np.random.default_rng((seed, row)))
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


@dataclass(frozen=True)
class HardCandidates:
    """Wrong answers that are hard to tell from the true one: those to the most similar questions.

    By BM25 over words and character n-grams, as retrieval finds questions. Answers to the very same question
    come last of all: they may be right.
    """

    candidates: Candidates
    # Equal numbers mean the same question.
    questions: Rows
    terms: Sequence[Rows]
    index: Any

    @classmethod
    def of(cls, candidates: Candidates, questions: Sequence[str], tokeniser: Tokeniser) -> Self:
        """Index the questions of candidates, normalised as retrieval compares texts."""
        numbers: dict[str, int] = {}
        ids = [
            [numbers.setdefault(feature, len(numbers)) for feature in features(tokeniser.tokenise(question))]
            for question in questions
        ]
        index = quiet_bm25s().BM25()
        if numbers:
            index.index((ids, numbers), create_empty_token=False, show_progress=False)
        return cls(
            candidates, numbered(questions), [np.unique(np.array(row, np.int64)) for row in ids], index
        )

    def draw(self, question: int, number: int, random: np.random.Generator) -> Rows:
        """Return at most `number` places of candidates, those to the most similar questions first.

        Equally similar ones come in any order.
        """
        order = random.permutation(len(self.questions))
        scores = self.similarities(question)[order]
        most_similar = order[highest(scores, TIMES * number + MORE)]
        found = self.candidates.permitted(question, most_similar)
        if len(found) < number:
            found = self.candidates.permitted(question, order[highest(scores, len(scores))])
        return found[:number]

    def similarities(self, question: int) -> npt.NDArray[np.float32]:
        """Return how similar each question is to the one at a place; below 0 where it is the same."""
        asked = self.terms[question]
        scores = np.zeros(len(self.questions), np.float32)
        if len(asked):
            scores[:] = self.index.get_scores_from_ids(asked)
        scores[self.questions == self.questions[question]] = -1
        return scores


def draw_hard_distractors(dataset: Dataset, rows: Rows, number: int, seed: int = 0) -> Rows:
    """Return for each of `rows` (Q,) the rows (Q, number) with wrong answers, those of similar questions.

    They come from `rows`, permitted as in `draw_distractors`; the most similar question's answer is in column
    0. The seed decides between equally similar ones.

    Raises:
        DatasetError: a question has too few such answers.
    """
    require_some(number)
    candidates = candidates_of(dataset, rows)
    settings = dataset.text_settings.for_retrieval()
    questions = [folded(normalise(dataset.question_text(row), settings), settings) for row in rows.tolist()]
    hard = HardCandidates.of(candidates, questions, Tokeniser(settings, dataset.resources))
    return drawn_by(hard, rows, number, seed)
