"""Gathers exchanges while a corpus is read: numbers for what repeats, texts as bytes; memory stays small."""

import html
from array import array
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from preprocessing.conversations import Conversation, Counts, Turn
from preprocessing.exchanges import PAUSE_SECONDS, placed_exchanges
from preprocessing.privacy import replace_private
from preprocessing.ragged import TextColumn
from preprocessing.splits import TRAIN, split_at, split_place_of

UNKNOWN_TIME = float("nan")
Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Columns:
    """The exchanges as arrays, one entry each; questions and answers are numbers of turns.

    `contexts` says how many of the turns right before the question belong to it.
    """

    questions: npt.NDArray[np.int32]
    answers: npt.NDArray[np.int32]
    contexts: npt.NDArray[np.int8]
    splits: npt.NDArray[np.int8]
    corpora: npt.NDArray[np.int16]
    turns: npt.NDArray[np.int32]
    times: npt.NDArray[np.float64]


class Numbers:
    """Gives each text a number: names that repeat are kept once."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self.rows = array("i")

    def append(self, text: str) -> None:
        self.rows.append(self._numbers.setdefault(text, len(self._numbers)))

    def column(self, rows: Rows) -> TextColumn:
        """Return the texts of the given rows."""
        names = list(self._numbers)
        return TextColumn.from_texts(names[number] for number in np.frombuffer(self.rows, np.int32)[rows])


class Collection:
    """What has been read so far."""

    def __init__(
        self,
        counts: Counts,
        *,
        hide_private: bool = False,
        context_turns: int = 1,
        pause_seconds: float = PAUSE_SECONDS,
    ) -> None:
        self.counts = counts
        self.texts = bytearray()
        self.text_offsets = array("q", [0])
        self.sources, self.conversations, self.speakers = Numbers(), Numbers(), Numbers()
        self._questions, self._answers = array("i"), array("i")
        self._contexts, self._splits = array("b"), array("b")
        self._corpora, self._turns, self._times = array("h"), array("i"), array("d")
        self._hide_private = hide_private
        self._context_turns = context_turns
        self._pause_seconds = pause_seconds
        self._last: tuple[Turn, int] | None = None
        self._pseudonyms: dict[str, str] = {}

    def __len__(self) -> int:
        return len(self._splits)

    def add(self, conversation: Conversation, corpus: int = 0) -> None:
        """Take the exchanges of a conversation of the corpus with that number.

        What follows a pause is a conversation of its own: a chat of years is not held out as a whole.
        """
        identifier, split, parts = self.shown_name(conversation.identifier), TRAIN, 0
        for start, position, question, answer in placed_exchanges(conversation, self._pause_seconds):
            if position == start:
                split = split_at(place_of(conversation, question, answer))
                parts += 1
            self.counts.exchanges += 1
            self._questions.append(self.number_of(question))
            self._answers.append(self.number_of(answer))
            self._contexts.append(min(position - start, self._context_turns - 1))
            self._splits.append(split)
            self._corpora.append(corpus)
            self._turns.append(position)
            self._times.append(UNKNOWN_TIME if question.time is None else question.time)
            self.sources.append(conversation.source)
            self.conversations.append(identifier if parts == 1 else f"{identifier}@{start}")
            self.speakers.append(self.shown_speaker(question.speaker))
        self.counts.conversations += max(parts - 1, 0)
        if not parts:
            self.counts.drop("without_answer")

    def number_of(self, turn: Turn) -> int:
        """Return the number of a turn; one that answers and then asks is kept once."""
        if self._last is not None and self._last[0] is turn:
            return self._last[1]
        text = turn.text
        if self._hide_private:
            text, replaced = replace_private(html.unescape(text))
            for kind, number in replaced.items():
                self.counts.replaced[kind] = self.counts.replaced.get(kind, 0) + number
        self.texts += text.encode("utf-8", "replace")
        self.text_offsets.append(len(self.texts))
        number = len(self.text_offsets) - 2
        self._last = turn, number
        return number

    def shown_name(self, identifier: str) -> str:
        """Return a conversation's identifier, or a number where it tells who somebody is."""
        if not self._hide_private or not replace_private(identifier)[1]:
            return identifier
        return self._pseudonyms.setdefault(identifier, f"conversation {len(self._pseudonyms) + 1}")

    def shown_speaker(self, speaker: str | None) -> str:
        """Return who speaks; a number where names are hidden, since a name tells more than a number."""
        if not self._hide_private or not speaker:
            return speaker or ""
        return self._pseudonyms.setdefault(speaker, f"speaker {len(self._pseudonyms) + 1}")

    def columns(self) -> Columns:
        return Columns(
            questions=np.frombuffer(self._questions, np.int32),
            answers=np.frombuffer(self._answers, np.int32),
            contexts=np.frombuffer(self._contexts, np.int8),
            splits=np.frombuffer(self._splits, np.int8).copy(),
            corpora=np.frombuffer(self._corpora, np.int16),
            turns=np.frombuffer(self._turns, np.int32),
            times=np.frombuffer(self._times, np.float64),
        )

    def is_alone(self) -> npt.NDArray[np.bool_]:
        """Return which exchanges are all that there is of their conversation."""
        names = np.frombuffer(self.conversations.rows, np.int32).astype(np.int64)
        places = names << 16 | np.frombuffer(self._corpora, np.int16)
        _, inverse, numbers = np.unique(places, return_inverse=True, return_counts=True)
        alone: npt.NDArray[np.bool_] = numbers[inverse] == 1
        return alone

    def turn_texts(self) -> TextColumn:
        return TextColumn(np.frombuffer(self.texts, np.uint8), np.frombuffer(self.text_offsets, np.int64))

    def text_column(self, turns: npt.NDArray[np.int32]) -> TextColumn:
        """Return the original texts of the given turns."""
        starts = np.frombuffer(self.text_offsets, np.int64)
        offsets = np.zeros(len(turns) + 1, np.int64)
        np.cumsum(np.diff(starts)[turns], out=offsets[1:])
        blob = np.empty(int(offsets[-1]), np.uint8)
        view, target = memoryview(self.texts), blob.data
        for row, turn in enumerate(turns.tolist()):
            target[offsets[row] : offsets[row + 1]] = view[starts[turn] : starts[turn + 1]]
        return TextColumn(blob, offsets)


def place_of(conversation: Conversation, question: Turn, answer: Turn) -> int:
    """Return the place that decides the split; a selected conversation keeps that of the first one."""
    if conversation.split_place is not None:
        return conversation.split_place
    return split_place_of(question.text, answer.text)
