"""Whether what is evaluated on was trained on: looked at before anything is measured.

An exchange leaks where its question and its answer, cut into tokens, both stand in what an earlier split has:
this is what preprocessing drops from held-out splits, so a dataset of this project has none, short and
frequent exchanges ("Hi." "Hi.") included. An answer alone does not leak: "Yes." answers many questions. A
conversation leaks where what is said in it stands on both sides: answered in an earlier split, asked here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from preprocessing.dataset import Dataset
from preprocessing.normalisation import normalise
from preprocessing.splits import NAMES
from preprocessing.tokenisation import Tokeniser
from training.errors import LeakageError

LONGEST_SHOWN = 80
Rows = npt.NDArray[np.int64]
# A source and the name of a conversation in it.
Conversation = tuple[str, str]
# The row of each turn.
Turns = dict[int, int]


@dataclass(frozen=True)
class Leakage:
    """What a held-out split shares with the splits before it; an example in words where it does."""

    split: str
    checked: int
    exchanges: int
    conversations: int
    example: str = ""

    def __bool__(self) -> bool:
        return bool(self.exchanges or self.conversations)


def require_no_leakage(dataset: Dataset, split: str) -> Leakage:
    """Return what was looked at.

    Raises:
        LeakageError: exchanges or conversations of the split stand in training; the message has one of them.
    """
    found = leakage_of(dataset, split)
    if found:
        raise LeakageError(
            f"What is evaluated on must not have been trained on. Of {found.checked:,} exchanges of the "
            f"{split} split, {found.exchanges:,} stand in an earlier split too, and so do parts of "
            f"{found.conversations:,} conversations, such as {found.example}. Preprocess the corpus again, "
            "or evaluate on another one."
        )
    return found


def leakage_of(dataset: Dataset, split: str) -> Leakage:
    """Compare a split with those before it: validation with training, test with both."""
    rows = dataset.indices(split)
    seen = np.flatnonzero(dataset.exchanges.splits < NAMES.index(split))
    exchanges = Exchanges(dataset).shared(rows, seen)
    conversations = shared_conversations(dataset, rows, seen)
    example = ""
    if exchanges:
        example = shown(dataset, exchanges[0])
    elif conversations:
        example = f"conversation {conversations[0][1]!r}"
    return Leakage(split, len(rows), len(exchanges), len(conversations), example)


def shown(dataset: Dataset, row: int) -> str:
    question, answer = dataset.question_text(row), dataset.answer_text(row)
    return f"{question[:LONGEST_SHOWN]!r} answered by {answer[:LONGEST_SHOWN]!r}"


@dataclass(frozen=True)
class Exchanges:
    """Compares exchanges as preprocessing does: by the tokens of both sides, whatever their case."""

    dataset: Dataset

    def shared(self, rows: Rows, seen: Rows) -> list[int]:
        """Return which of `rows` equal one of `seen`.

        Letters are compared first, since cutting all of a large dataset into tokens takes minutes.
        """
        held_out: dict[str, list[int]] = {}
        for row in rows.tolist():
            held_out.setdefault(self.letters(row), []).append(row)
        tokens: dict[str, set[tuple[str, ...]]] = {}
        for row in seen.tolist():
            letters = self.letters(row)
            if letters in held_out:
                tokens.setdefault(letters, set()).add(self.tokens(row))
        return sorted(
            row for letters in tokens for row in held_out[letters] if self.tokens(row) in tokens[letters]
        )

    def letters(self, row: int) -> str:
        """Return what two exchanges with equal tokens have in common: all but their blanks and their case."""
        settings = self.dataset.text_settings
        sides = (normalise(text, settings).lower() for text in self.texts(row))
        return "\0".join("".join(side.split()) for side in sides)

    def tokens(self, row: int) -> tuple[str, ...]:
        """Return the tokens of question and answer; where they are pieces, which case decides, the text."""
        sides = [[token.lower() for token in self.tokeniser.tokenise(text)] for text in self.texts(row)]
        if self.dataset.text_settings.units == "words":
            return (*sides[0], "\0", *sides[1])
        return tuple(map("".join, sides))

    def texts(self, row: int) -> Iterator[str]:
        yield self.dataset.question_text(row)
        yield self.dataset.answer_text(row)

    @cached_property
    def tokeniser(self) -> Tokeniser:
        return Tokeniser(self.dataset.text_settings, self.dataset.resources)


def shared_conversations(dataset: Dataset, rows: Rows, seen: Rows) -> list[Conversation]:
    """Return the conversations of `rows` that go on in `seen`."""
    held_out, trained = turns_by_conversation(dataset, rows), turns_by_conversation(dataset, seen)
    return [
        name
        for name, turns in held_out.items()
        if name in trained and is_one_conversation(dataset, turns, trained[name])
    ]


def is_one_conversation(dataset: Dataset, turns: Turns, others: Turns) -> bool:
    """Return whether one side asks what the other answers.

    A name is not enough: a file may give one to two conversations. Of those both have some turn, which none
    has twice.
    """
    if turns.keys() & others.keys():
        return False
    sides = ((turns, others), (others, turns))
    return any(
        dataset.answer_text(row) == dataset.question_text(second[turn + 1])
        for first, second in sides
        for turn, row in first.items()
        if turn + 1 in second
    )


def turns_by_conversation(dataset: Dataset, rows: Rows) -> dict[Conversation, Turns]:
    columns = dataset.exchanges
    found: dict[Conversation, Turns] = {}
    for row in rows.tolist():
        name = columns.sources[row], columns.conversations[row]
        found.setdefault(name, {})[int(columns.turns[row])] = row
    return found
