"""Words that a user adds to Chinese segmentation: lines of `word freq pos`, of which the word is enough."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from preprocessing.errors import VocabularyError
from preprocessing.vocabulary import SEPARATOR, SPECIAL_TOKENS

FILE_NAME = "user_words.txt"
MOST_WORDS = 200_000
LONGEST_WORD = 64
HIGHEST_FREQUENCY = 10**9
FREQUENCY = re.compile(r"[0-9]{1,10}")
PART_OF_SPEECH = re.compile(r"[a-zA-Z]{1,10}")


@dataclass(frozen=True)
class UserWord:
    """Without a frequency the word gets the one that makes it come out whole."""

    word: str
    frequency: int | None = None
    part_of_speech: str = ""

    def as_line(self) -> str:
        parts = (self.word, "" if self.frequency is None else str(self.frequency), self.part_of_speech)
        return " ".join(part for part in parts if part)


def parse_user_words(text: str, name: str) -> tuple[UserWord, ...]:
    """Return the words of a dictionary; empty lines are skipped.

    Raises:
        VocabularyError: a line is not `word freq pos`; it is named.
    """
    lines = text.lstrip("\ufeff").splitlines()
    words = [word_of(line.strip(), name, number) for number, line in enumerate(lines, 1) if line.strip()]
    if len(words) > MOST_WORDS:
        raise VocabularyError(
            f"{name}: a dictionary must have at most {MOST_WORDS:,} words. It has {len(words):,}."
        )
    return tuple(words)


def word_of(line: str, name: str, number: int) -> UserWord:
    word, *rest = line.split()
    frequency = int(rest.pop(0)) if rest and FREQUENCY.fullmatch(rest[0]) else None
    part = rest.pop(0) if rest and PART_OF_SPEECH.fullmatch(rest[0]) else ""
    if rest or not is_possible(word) or (frequency or 0) > HIGHEST_FREQUENCY:
        raise VocabularyError(
            f"{name}, line {number}: there must be a word of at most {LONGEST_WORD} characters without "
            f"spaces, and if you like its frequency (0 to {HIGHEST_FREQUENCY:,}) and part of speech: "
            f"云计算 500 n. Received {line[:80]!r}."
        )
    return UserWord(word, frequency, part)


def is_possible(word: str) -> bool:
    """Whether a token may look like this: not without a letter or digit, and none of our own."""
    is_ours = word.lower() in (*SPECIAL_TOKENS, SEPARATOR)
    return len(word) <= LONGEST_WORD and any(map(str.isalnum, word)) and not is_ours


def joined_words(dictionaries: Iterable[tuple[UserWord, ...]]) -> tuple[UserWord, ...]:
    """Return the words of several dictionaries; of a word in two of them, what the later one says."""
    return tuple({word.word: word for words in dictionaries for word in words}.values())


def write_user_words(words: tuple[UserWord, ...], directory: Path) -> None:
    lines = "".join(f"{word.as_line()}\n" for word in words)
    (directory / FILE_NAME).write_text(lines, encoding="utf-8", newline="\n")


def read_user_words(path: Path) -> tuple[UserWord, ...]:
    try:
        return parse_user_words(path.read_text(encoding="utf-8"), path.name)
    except (OSError, UnicodeDecodeError) as error:
        raise VocabularyError(f"{path.name} must be a UTF-8 file with a word a line: {error}.") from None


class MixedWords:
    """Finds added words that are not Chinese characters alone, such as C语言, whatever their case."""

    def __init__(self, words: Iterable[str]) -> None:
        self._words = {word.lower() for word in words}
        self._lengths: dict[str, list[int]] = {}
        for length, first in sorted({(len(word), word[0]) for word in self._words}, reverse=True):
            self._lengths.setdefault(first, []).append(length)
        self._first = re.compile("|".join(map(re.escape, sorted(self._lengths))))

    def __bool__(self) -> bool:
        return bool(self._words)

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield where such words begin and end, of two at one place the longer."""
        lowered = text.lower()
        if len(lowered) != len(text):  # a few capitals have two small letters
            lowered = text
        place = 0
        while match := self._first.search(lowered, place):
            start, place = match.start(), self._end(lowered, match.start())
            if place:
                yield start, place
            place = place or start + 1

    def _end(self, text: str, start: int) -> int:
        """Return where the word at `start` ends; 0 where there is none."""
        for end in (start + length for length in self._lengths[text[start]]):
            if text[start:end] in self._words and not (is_within(text, start) or is_within(text, end)):
                return end
        return 0


def is_within(text: str, place: int) -> bool:
    """Whether a Latin word or a number goes on across that place."""
    around = text[max(place - 1, 0) : place + 1]
    return len(around) == 2 and around.isascii() and around.isalnum()
