"""The questions of an evaluation, each with what was said before it and what was answered."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from answering.question import Question
from preprocessing.conversations import Conversation
from preprocessing.dataset import Dataset
from preprocessing.errors import DatasetError
from preprocessing.exchanges import placed_exchanges
from preprocessing.normalisation import normalise
from preprocessing.text_settings import TextSettings
from preprocessing.tokenisation import folded
from training.evaluation.distractors import Candidates, numbered

Rows = npt.NDArray[np.int64]
# A question and its answer, as they were written.
Exchange = tuple[str, str]


@dataclass(frozen=True)
class Case:
    """A question with its true answer; `references` are all answers that the set has to the same question.

    `number` is its row in a dataset, or its place in what was read; `earlier` are the turns before, oldest
    first.
    """

    number: int
    conversation: str
    source: str
    earlier: tuple[str, ...]
    question: str
    answer: str
    references: tuple[str, ...] = ()

    def asked(self, **settings: Any) -> Question:
        """Return it as it is put to a trained model."""
        return Question(text=self.question, earlier=self.earlier, **settings)


@dataclass(frozen=True)
class Cases:
    """All of a set; those that are asked are drawn from it, and so are the wrong answers."""

    cases: tuple[Case, ...]
    settings: TextSettings

    def __len__(self) -> int:
        return len(self.cases)

    def __getitem__(self, place: int) -> Case:
        return self.cases[place]

    def __iter__(self) -> Iterator[Case]:
        return iter(self.cases)

    def normal(self, text: str) -> str:
        """Return a text as retrieval compares them: whatever its case, normalised."""
        settings = self.settings.for_retrieval()
        return folded(normalise(text, settings), settings)

    @cached_property
    def exchanges(self) -> frozenset[Exchange]:
        """Return what must not be found in an index, since it is asked."""
        return frozenset((case.question, case.answer) for case in self)

    @cached_property
    def candidates(self) -> Candidates:
        """Return what wrong answers are drawn from, an entry a case."""
        return Candidates(
            rows=np.arange(len(self)),
            conversations=numbered(case.conversation for case in self),
            answers=numbered(self.normal(case.answer) for case in self),
        )

    def with_context(self, turns: int) -> "Cases":
        """Return the same cases with at most so many turns, the question included."""
        return replace(
            self,
            cases=tuple(
                replace(
                    case, earlier=case.earlier[max(len(case.earlier) - turns + 1, 0) :] if turns > 1 else ()
                )
                for case in self
            ),
        )

    def sample(self, number: int) -> Rows:
        """Return the places of so many cases from all over the set, always the same ones."""
        if len(self) <= number:
            return np.arange(len(self))
        return np.linspace(0, len(self) - 1, number).astype(np.int64)


def cases_of_dataset(dataset: Dataset, split: str) -> Cases:
    """Return the cases of a dataset's split.

    Raises:
        DatasetError: it holds none.
    """
    exchanges, rows = dataset.exchanges, dataset.indices(split)
    places = {(exchanges.conversations[row], int(exchanges.turns[row])): row for row in rows.tolist()}
    found = []
    for row in rows.tolist():
        conversation, turn = exchanges.conversations[row], int(exchanges.turns[row])
        found.append(
            Case(
                number=row,
                conversation=conversation,
                source=exchanges.sources[row],
                earlier=earlier_turns(dataset, places, conversation, turn),
                question=dataset.question_text(row),
                answer=dataset.answer_text(row),
            )
        )
    return made(found, dataset.text_settings, f"the {split} split of dataset {dataset.name}")


def earlier_turns(
    dataset: Dataset, places: dict[tuple[str, int], int], conversation: str, turn: int
) -> tuple[str, ...]:
    """Return the turns right before one, as far as their exchanges were kept."""
    turns: list[str] = []
    while (row := places.get((conversation, turn - 1))) is not None:
        turns.append(dataset.question_text(row))
        turn -= 1
    return tuple(reversed(turns))


def cases_of_conversations(conversations: Iterable[Conversation], settings: TextSettings) -> Cases:
    """Return every exchange of conversations as a case.

    Raises:
        DatasetError: they hold none.
    """
    found: list[Case] = []
    for place, conversation in enumerate(conversations):
        said: list[str] = []
        expected = -1
        for start, position, question, answer in placed_exchanges(conversation):
            said = [*said, question.text] if position == expected else [question.text]
            expected = position + 1
            found.append(
                Case(
                    number=len(found),
                    conversation=f"{place}/{conversation.identifier}@{start}",
                    source=conversation.source,
                    earlier=tuple(said[:-1]),
                    question=question.text,
                    answer=answer.text,
                )
            )
    return made(found, settings, "the corpus")


def made(found: Sequence[Case], settings: TextSettings, where: str) -> Cases:
    readable = [case for case in found if case.question.strip() and case.answer.strip()]
    if not readable:
        raise DatasetError(
            f"An evaluation must have at least one question with an answer; {where} has none. "
            "Evaluate on another split or corpus."
        )
    return with_references(Cases(tuple(readable), settings))


def with_references(cases: Cases) -> Cases:
    """Return the cases with all different answers to the same question, the true one first."""
    answers: dict[str, dict[str, str]] = {}
    questions = [cases.normal(case.question) for case in cases]
    for question, case in zip(questions, cases, strict=True):
        answers.setdefault(question, {}).setdefault(cases.normal(case.answer), case.answer)
    return replace(
        cases,
        cases=tuple(
            replace(case, references=(case.answer, *others(answers[question].values(), case.answer)))
            for question, case in zip(questions, cases, strict=True)
        ),
    )


def others(answers: Iterable[str], answer: str) -> Iterator[str]:
    return (other for other in answers if other != answer)
