"""Tokens back into text as people write it."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Self

from preprocessing.durable_file import write_text_durably
from preprocessing.errors import VocabularyError
from preprocessing.script import HAN
from preprocessing.subwords import joined_pieces
from preprocessing.text_settings import TextSettings

NO_SPACE_BEFORE = re.compile(r"[,.!?;:%)\]}…、。，！？；：）】」』》〉’”]+\Z|\.{2,}\Z|[!?]+\Z")
NO_SPACE_AFTER = re.compile(r"[(\[{#@$£€（【「『《〈“‘/]\Z")
SENTENCE_END = re.compile(r"[.!?…。！？]+\Z")
IS_CHINESE = re.compile(rf"[{HAN}\u3000-\u303f\uff00-\uffef“”‘’…]")
IS_LATIN_WORD = re.compile(r"[^\W\d_]")
QUOTES = ('"', "'")


class SurfaceForms:
    """The most frequent written form of each token, where it differs from the token itself."""

    def __init__(self, forms: Mapping[str, str]) -> None:
        self._forms = dict(forms)

    def __len__(self) -> int:
        return len(self._forms)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SurfaceForms) and self._forms == other._forms

    def __hash__(self) -> int:
        return hash(tuple(sorted(self._forms.items())))

    def written(self, token: str) -> str:
        return self._forms.get(token, token)

    def joined_with(self, newer: "SurfaceForms") -> "SurfaceForms":
        """Return both; where they differ the newer one's form counts."""
        return SurfaceForms({**self._forms, **newer._forms})

    def to_file(self, path: Path) -> None:
        text = json.dumps(self._forms, ensure_ascii=False, sort_keys=True, indent=0)
        write_text_durably(path, text + "\n")

    @classmethod
    def from_file(cls, path: Path) -> Self:
        try:
            forms = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise VocabularyError(f"{path.name} must be a JSON object of written forms: {error}.") from None
        is_right = isinstance(forms, dict) and all(isinstance(form, str) for form in forms.values())
        if not is_right:
            raise VocabularyError(f"{path.name} must map tokens to written forms.")
        return cls(forms)


def most_frequent_forms(counts: Iterable[tuple[str, str, int]]) -> SurfaceForms:
    """Return the surface forms from (token, written, times seen); ties go to the token's own spelling."""
    best: dict[str, tuple[int, bool, str]] = {}
    for token, written, number in counts:
        candidate = (number, written == token, written)
        if token not in best or candidate > best[token]:
            best[token] = candidate
    return SurfaceForms({token: form[2] for token, form in best.items() if form[2] != token})


def put_together(tokens: Sequence[str], surface_forms: SurfaceForms) -> str:
    """Return the text of `tokens`: spaces as people set them, written forms, sentence case.

    >>> put_together(["hi", ",", "i", "am", "anna", "."], SurfaceForms({"i": "I", "anna": "Anna"}))
    'Hi, I am Anna.'
    >>> put_together(["我们", "用", "python", "。"], SurfaceForms({"python": "Python"}))
    '我们用 Python。'
    """
    text, left, is_quoting, at_start = "", "", dict.fromkeys(QUOTES, False), True
    for token in tokens:
        written = surface_forms.written(token)
        if at_start:
            written = capitalised(written)
        if left and has_space_between(left, token, is_quoting):
            text += " "
        text += written
        if token in QUOTES:
            is_quoting[token] = not is_quoting[token]
        at_start = bool(SENTENCE_END.search(token)) or (at_start and not token[-1:].isalnum())
        left = token
    return text


def text_of(tokens: Sequence[str], surface_forms: SurfaceForms, settings: TextSettings) -> str:
    """Return the text of a generator's tokens, whatever its units are."""
    return put_together(tokens, surface_forms) if settings.units == "words" else joined_pieces(tokens)


def capitalised(written: str) -> str:
    """Return `written` with a capital first letter; a word with capitals of its own stays as it is."""
    return written[:1].upper() + written[1:] if written == written.lower() else written


def has_space_between(left: str, right: str, is_quoting: Mapping[str, bool]) -> bool:
    if right in QUOTES:
        return not is_quoting[right] and not NO_SPACE_AFTER.search(left)
    if left in QUOTES:
        return not is_quoting[left] and not NO_SPACE_BEFORE.match(right)
    if NO_SPACE_BEFORE.match(right) or NO_SPACE_AFTER.search(left) or right == "/":
        return False
    return not is_joined_chinese(left, right)


def is_joined_chinese(left: str, right: str) -> bool:
    """Whether the two meet without a space: Chinese with Chinese, with digits, with its own punctuation."""
    left_chinese, right_chinese = bool(IS_CHINESE.search(left)), bool(IS_CHINESE.search(right))
    if left_chinese and right_chinese:
        return True
    if not (left_chinese or right_chinese):
        return False
    chinese, other = (left, right) if left_chinese else (right, left)
    is_punctuation = not re.search(rf"[{HAN}]", chinese)
    return is_punctuation or not IS_LATIN_WORD.search(other)
