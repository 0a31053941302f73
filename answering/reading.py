"""The first station: a question as a network sees it, cut and numbered by what made its dataset."""

from dataclasses import dataclass

import numpy as np

from answering.question import Question
from answering.retrieval import is_word
from preprocessing.realisation import SENTENCE_END
from preprocessing.tokenisation import Tokeniser
from preprocessing.vocabulary import SEPARATOR, Vocabulary
from preprocessing.words import question_start


@dataclass(frozen=True)
class ReadQuestion:
    """The tokens that a network sees, as it knows them and as written; words that it does not know.

    `is_truncated` says that the beginning of the question itself was left out.
    """

    tokens: list[str]
    written: list[str]
    is_truncated: bool
    unknown_words: list[str]


@dataclass(frozen=True)
class Reader:
    tokeniser: Tokeniser
    vocabulary: Vocabulary

    def read(self, question: Question) -> ReadQuestion:
        """Return what is seen of the question and, where the network was trained with context, before it."""
        written = self.tokeniser.tokenise_written(question.text)
        if not written:
            return ReadQuestion([], [], False, [])
        before = self._before(question.earlier)
        whole = [*before, *written]
        seen = whole[len(whole) - number_seen(list(map(is_end, whole)), self.tokeniser.settings.max_length) :]
        unknown = [w for w in written if is_word(w) and self.tokeniser.fold(w) not in self.vocabulary]
        return ReadQuestion(list(map(self._fold, seen)), seen, len(seen) < len(written), unique(unknown))

    def encode(self, tokens: list[str]) -> list[int]:
        return self.vocabulary.encode(tokens)

    def _before(self, earlier: tuple[str, ...]) -> list[str]:
        """Return the turns before, each ended by a separator, as far as the network was trained with them."""
        number = self.tokeniser.settings.context_turns - 1
        turns = map(
            self.tokeniser.tokenise_written, earlier[max(len(earlier) - number, 0) :] if number else ()
        )
        return [token for said in turns if said for token in (*said, SEPARATOR)]

    def _fold(self, token: str) -> str:
        return token if token == SEPARATOR else self.tokeniser.fold(token)


def is_end(token: str) -> bool:
    """Whether a sentence or a turn ends with this token."""
    return token == SEPARATOR or bool(SENTENCE_END.search(token))


def number_seen(ends: list[bool], max_length: int) -> int:
    """Return how many of the last tokens a network sees: whole sentences where some fit."""
    if len(ends) <= max_length:
        return len(ends)
    return len(ends) - question_start(np.array(ends), max_length)


def unique(words: list[str]) -> list[str]:
    return list(dict.fromkeys(words))
