"""Gathers exchanges while a corpus is read: tokens as numbers, texts as bytes, so that memory stays small."""

import hashlib
from array import array

import numpy as np
import numpy.typing as npt

from preprocessing.conversations import Conversation, Counts, Turn
from preprocessing.exchanges import split_into_exchanges
from preprocessing.ragged import TextColumn
from preprocessing.realisation import SENTENCE_END
from preprocessing.splits import split_of
from preprocessing.tokenisation import Tokeniser

UNKNOWN_TIME = float("nan")
# Multiplies the question's hash, so that an exchange and its reverse differ.
ODD = np.uint64(0x9E3779B97F4A7C15)


class Collection:
    """What has been read so far. A turn is tokenised once, also where it answers and asks."""

    def __init__(self, tokeniser: Tokeniser, counts: Counts) -> None:
        self.counts = counts
        self.written: dict[str, int] = {}  # written token -> its number
        self.turn_tokens = array("i")
        self.turn_offsets = array("q", [0])
        self.turn_hashes = array("Q")
        self.texts = bytearray()
        self.text_offsets = array("q", [0])
        self.questions, self.answers = array("i"), array("i")  # numbers of turns
        self.splits = array("b")
        self.turns = array("i")
        self.times = array("d")
        self.sources: list[str] = []
        self.conversations: list[str] = []
        self.speakers: list[str] = []
        self._tokeniser = tokeniser
        self._last: tuple[Turn, int] | None = None

    def add(self, conversation: Conversation) -> None:
        split: int | None = None
        for position, question, answer in split_into_exchanges(conversation):
            if split is None:
                split = split_of(question.text, answer.text)
            self.counts.exchanges += 1
            numbers = self.number_of(question), self.number_of(answer)
            if self.is_empty(numbers[0]) or self.is_empty(numbers[1]):
                self.counts.drop("empty_text")
                continue
            self.questions.append(numbers[0])
            self.answers.append(numbers[1])
            self.splits.append(split)
            self.turns.append(position)
            self.times.append(UNKNOWN_TIME if question.time is None else question.time)
            self.sources.append(conversation.source)
            self.conversations.append(conversation.identifier)
            self.speakers.append(question.speaker or "")

    def number_of(self, turn: Turn) -> int:
        """Return the number of a turn, tokenising it where it is new."""
        if self._last is not None and self._last[0] is turn:
            return self._last[1]
        tokens = self._tokeniser.tokenise_written(turn.text)
        written = self.written
        self.turn_tokens.extend([written.setdefault(token, len(written)) for token in tokens])
        self.turn_offsets.append(len(self.turn_tokens))
        folded = "\x1f".join(map(self._tokeniser.fold, tokens)).encode("utf-8", "replace")
        self.turn_hashes.append(int.from_bytes(hashlib.blake2b(folded, digest_size=8).digest(), "big"))
        self.texts += turn.text.encode("utf-8", "replace")
        self.text_offsets.append(len(self.texts))
        number = len(self.turn_hashes) - 1
        self._last = turn, number
        return number

    def is_empty(self, turn: int) -> bool:
        return self.turn_offsets[turn] == self.turn_offsets[turn + 1]

    def fingerprints(self) -> npt.NDArray[np.uint64]:
        """Return a number an exchange; equal ones have equal tokens."""
        hashes = np.frombuffer(self.turn_hashes, np.uint64)
        questions, answers = np.frombuffer(self.questions, np.int32), np.frombuffer(self.answers, np.int32)
        combined: npt.NDArray[np.uint64] = hashes[questions] * ODD + hashes[answers]
        return combined

    def sentence_starts(self) -> npt.NDArray[np.bool_]:
        """Return which tokens of all turns begin a sentence: their capital says nothing."""
        tokens = np.frombuffer(self.turn_tokens, np.int32)
        ends = np.fromiter(
            (bool(SENTENCE_END.search(token)) for token in self.written), bool, len(self.written)
        )
        starts = np.zeros(len(tokens) + 1, bool)
        starts[1:] = ends[tokens]
        starts[np.frombuffer(self.turn_offsets, np.int64)] = True
        return starts[:-1]

    def turn_weights(self, chosen: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
        """Return how often each turn stands in the chosen exchanges."""
        size = len(self.turn_hashes)
        questions, answers = np.frombuffer(self.questions, np.int32), np.frombuffer(self.answers, np.int32)
        return np.bincount(questions[chosen], minlength=size) + np.bincount(answers[chosen], minlength=size)

    def text_column(self, turns: npt.NDArray[np.int32]) -> TextColumn:
        """Return the original texts of the given turns."""
        starts = np.frombuffer(self.text_offsets, np.int64)
        offsets = np.zeros(len(turns) + 1, np.int64)
        np.cumsum(np.diff(starts)[turns], out=offsets[1:])
        view = memoryview(self.texts)
        blob = b"".join(view[starts[turn] : starts[turn + 1]] for turn in turns)
        return TextColumn(np.frombuffer(blob, np.uint8), offsets)
