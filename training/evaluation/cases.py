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
from preprocessing.text_settings import MOST_CONTEXT_TURNS, TextSettings
from preprocessing.tokenisation import folded
from training.evaluation.distractors import Candidates, numbered

Rows = npt.NDArray[np.int64]
# A question and its answer, as they were written.
Exchange = tuple[str, str]
# A source, a conversation in it and a turn of that; what was said there.
Place = tuple[str, str, int]
Said = dict[Place, str]
MOST_EARLIER = MOST_CONTEXT_TURNS - 1


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
        number = turns - 1
        cases = (replace(case, earlier=case.earlier[-number:] if number else ()) for case in self)
        return replace(self, cases=tuple(cases))

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
    said = turns_of(dataset, rows)
    found = []
    for row in rows.tolist():
        source, conversation, turn = place_of(dataset, row)
        found.append(
            Case(
                number=row,
                conversation=f"{source}\0{conversation}",
                source=exchanges.sources[row],
                earlier=earlier_turns(said, (source, conversation, turn)),
                question=dataset.question_text(row),
                answer=dataset.answer_text(row),
            )
        )
    return made(found, dataset.text_settings, f"the {split} split of dataset {dataset.name}")


def place_of(dataset: Dataset, row: int) -> Place:
    exchanges = dataset.exchanges
    return exchanges.sources[row], exchanges.conversations[row], int(exchanges.turns[row])


def turns_of(dataset: Dataset, rows: Rows) -> Said:
    """Return all that is known to have been said: a turn whose exchange was dropped may answer another."""
    said: Said = {}
    for row in rows.tolist():
        source, conversation, turn = place_of(dataset, row)
        said[source, conversation, turn] = dataset.question_text(row)
        said.setdefault((source, conversation, turn + 1), dataset.answer_text(row))
    return said


def earlier_turns(said: Said, place: Place) -> tuple[str, ...]:
    """Return the turns right before one, oldest first, as many as anything reads."""
    source, conversation, turn = place
    turns: list[str] = []
    while len(turns) < MOST_EARLIER and (text := said.get((source, conversation, turn - 1))) is not None:
        turns.append(text)
        turn -= 1
    return tuple(reversed(turns))


def cases_of_conversations(conversations: Iterable[Conversation], settings: TextSettings) -> Cases:
    """Return every exchange of conversations as a case.

    Raises:
        DatasetError: they hold none.
    """
    found: list[Case] = []
    for place, conversation in enumerate(conversations):
        for case in cases_of_conversation(conversation, place):
            found.append(replace(case, number=len(found)))
    return made(found, settings, "the corpus")


def cases_of_conversation(conversation: Conversation, place: int) -> Iterator[Case]:
    """Yield the exchanges of a conversation; what stands before a pause is not read."""
    said: tuple[str, ...] = ()
    expected = -1
    for start, position, question, answer in placed_exchanges(conversation):
        said = said if position == expected else ()
        expected = position + 1
        asked = whole(question.text)
        yield Case(
            number=position,
            conversation=f"{place}@{start}",
            source=whole(conversation.source),
            earlier=said,
            question=asked,
            answer=whole(answer.text),
        )
        said = (*said, asked)[-MOST_EARLIER:]


def whole(text: str) -> str:
    """Return a text as a dataset would keep it: half a character, which no file can hold, is a sign."""
    return text.encode("utf-8", "replace").decode("utf-8")


def made(found: Sequence[Case], settings: TextSettings, where: str) -> Cases:
    """Return the cases that can be asked and judged."""
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
