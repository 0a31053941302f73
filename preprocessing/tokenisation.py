"""Text into tokens: words with contractions, numbers, punctuation; Chinese by jieba; or smaller units."""

import re
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from preprocessing import subwords
from preprocessing.errors import VocabularyError
from preprocessing.normalisation import normalise
from preprocessing.privacy import PLACEHOLDERS
from preprocessing.script import HAN, HAN_CHARACTER, contains_han
from preprocessing.segmentation import Cut, segmenter_for
from preprocessing.subwords import SPACE, Subwords
from preprocessing.text_settings import TextSettings
from preprocessing.user_words import FILE_NAME as USER_WORDS
from preprocessing.user_words import MixedWords, UserWord, read_user_words, write_user_words

# An address ends where Chinese goes on, and before punctuation that belongs to the sentence.
IN_ADDRESS = rf"[^\s<>{HAN}\u3000-\u303f\uff00-\uffef]"
ADDRESSES = (
    "|".join(PLACEHOLDERS),
    rf"(?:https?://|www\.){IN_ADDRESS}*(?<![.,;:!?)\]}}'\"])",
    r"[A-Za-z0-9._+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z0-9-]*[A-Za-z0-9]",
)
KEYCAP = r"\d\ufe0f?\u20e3"
NUMBERS = r"\d+(?:[.,:]\d+)*(?:(?:st|nd|rd|th|%)(?![^\W\d_]))?"
PICTURE = "[\U0001f000-\U0001f1e5\U0001f200-\U0001faff\u231a-\u23ff\u2600-\u27bf\u2b00-\u2bff]"
# Skin, presentation and the letters of a flag belong to a picture, and so do others that are joined to it.
EMOJI = (
    "[\U0001f1e6-\U0001f1ff]{2}|"
    f"{PICTURE}[\ufe0f\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]*"
    f"(?:\u200d{PICTURE}[\ufe0f\U0001f3fb-\U0001f3ff]*)*"
)
SIGNS = r"\.{2,}|…+|-{2,}|[!?]+"


def word_of(letter: str) -> str:
    """Return the pattern of a word: with its contractions, joined to others by dashes, or such as goin'."""
    return rf"{letter}+(?:['-]{letter}+)*(?:'(?<=[A-Za-z][A-Za-z]in')(?!\w))?"


# What ASCII text cannot hold need not be looked for in it: three patterns that find the same.
CHINESE, WORD = f"[{HAN}]+", word_of(rf"[^\W\d_{HAN}]")
ASCII_TOKEN = re.compile("|".join((word_of("[A-Za-z]"), NUMBERS, SIGNS, r"\S")), re.ASCII)
TOKEN = re.compile("|".join((CHINESE, WORD, KEYCAP, NUMBERS, SIGNS, EMOJI, r"\S")))
TOKEN_OR_ADDRESS = re.compile("|".join((*ADDRESSES, CHINESE, WORD, KEYCAP, NUMBERS, SIGNS, EMOJI, r"\S")))

# Segmenters cut such a line at its signs themselves; only jieba's full mode leaves them out.
CHINESE_LINE = re.compile("[\u4e00-\u9fd5，。！？、；：（）《》]+")


@dataclass(frozen=True)
class TextResources:
    """What was learned or given for one dataset: files in its folder, and in the bundle's."""

    user_words: tuple[UserWord, ...] = ()
    subwords: Subwords | None = None

    def save(self, directory: Path) -> None:
        if self.user_words:
            write_user_words(self.user_words, directory)
        if self.subwords:
            (directory / subwords.FILE_NAME).write_bytes(self.subwords.content)

    @classmethod
    def open(cls, directory: Path) -> "TextResources":
        words, model = directory / USER_WORDS, directory / subwords.FILE_NAME
        return cls(
            read_user_words(words) if words.exists() else (),
            Subwords(model.read_bytes()) if model.exists() else None,
        )


class Tokeniser:
    """Cuts questions and corpora alike."""

    def __init__(self, settings: TextSettings, resources: TextResources | None = None) -> None:
        self.settings = settings
        self.resources = resources or TextResources()
        self._subwords = self.resources.subwords if settings.units == "subwords" else None
        if settings.units == "subwords" and self._subwords is None:
            raise VocabularyError(f"Text in subwords must come with its {subwords.FILE_NAME}. There is none.")

    def tokenise(self, text: str) -> list[str]:
        """Return the tokens as the vocabulary has them.

        >>> Tokeniser(TextSettings()).tokenise("Don't you? 我们走吧 OK...")
        ["don't", 'you', '?', '我们', '走', '吧', 'ok', '...']
        """
        return [self.fold(token) for token in self.tokenise_written(text)]

    def tokenise_written(self, text: str) -> list[str]:
        """Return the same tokens as they are written, for surface forms and unknown words."""
        return self.cut(normalise(text, self.settings))

    def cut(self, normal: str) -> list[str]:
        """Return the tokens of text that is normalised already."""
        return self.cutter(normal)

    @cached_property
    def cutter(self) -> Cut:
        if self.settings.units == "characters":
            return lambda normal: list(normal.replace(" ", SPACE))
        if self._subwords:
            cut, settings = self._subwords.cut, self.settings
            return lambda normal: cut(folded(normal, settings))
        return self.cut_around_words if self.mixed_words else self.cut_words

    def cut_words(self, normal: str) -> list[str]:
        if normal.isascii():
            return (TOKEN_OR_ADDRESS if may_hold_address(normal) else ASCII_TOKEN).findall(normal)
        if CHINESE_LINE.fullmatch(normal) and self.settings.cut != "full":
            return self.segment(normal)
        found = (TOKEN_OR_ADDRESS if may_hold_address(normal) else TOKEN).findall(normal)
        return self.segment_runs(found) if contains_han(normal) else found

    def segment_runs(self, found: list[str]) -> list[str]:
        tokens: list[str] = []
        for run in found:
            if HAN_CHARACTER.match(run):
                tokens += self.segment(run)
            else:
                tokens.append(run)
        return tokens

    def cut_around_words(self, normal: str) -> list[str]:
        """Keep added words with other than Chinese characters whole; cut what lies between."""
        tokens: list[str] = []
        last = 0
        for start, end in self.mixed_words.spans(normal):
            tokens += [*self.cut_words(normal[last:start]), normal[start:end]]
            last = end
        return tokens + self.cut_words(normal[last:])

    @cached_property
    def user_words(self) -> tuple[UserWord, ...]:
        """Return the added words as they stand in normalised text."""
        normal = ((added, normalise(added.word, self.settings)) for added in self.resources.user_words)
        return tuple(replace(added, word=word) for added, word in normal if word)

    @cached_property
    def mixed_words(self) -> MixedWords:
        words = (added.word for added in self.user_words)
        return MixedWords(word for word in words if not all(map(HAN_CHARACTER.match, word)))

    @cached_property
    def segment(self) -> Cut:
        return segmenter_for(self.settings, self.user_words)

    def fold(self, written: str) -> str:
        """Return a token as the vocabulary has it; subwords are cut from folded text and stay as they are."""
        return written if self._subwords else folded(written, self.settings)

    def warm_up(self) -> None:
        """Load dictionaries now, not in the first question."""
        self.tokenise("warm 预热")


def may_hold_address(text: str) -> bool:
    return "@" in text or "://" in text or "www." in text or "<" in text


def folded(text: str, settings: TextSettings) -> str:
    return text.lower() if settings.lower_case else text
