"""Questions worded or typed a little otherwise, made by rules: whoever asks so expects the same answer.

The checklist's invariance tests (Ribeiro et al. 2020, section 2). The same text and seed give the same
paraphrases.
"""

import re
import unicodedata
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from preprocessing.errors import DatasetError
from preprocessing.script import contains_han
from training.evaluation.chinese_variants import to_simplified, to_traditional
from training.evaluation.contractions import closed, opened
from training.evaluation.metrics import Values

# Shorter words are other words with a letter less.
WORD = re.compile("[A-Za-z]{4,}")
KEYBOARD = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
SIGNS_TO_ADD, CHINESE_SIGNS_TO_ADD = ("?", "!", "...", "."), ("？", "！", "……", "。")
# Between letters and digits a sign belongs to the word: don't, 10:30, well-known.
WITHIN_WORD = re.compile(r"(?<=\w)['’.:,-](?=\w)")
Random = np.random.Generator
Rule = Callable[[str, Random], str]


class Paraphrase(NamedTuple):
    """`rule` is the name of the rule that made it."""

    rule: str
    text: str


def paraphrases_of(text: str, seed: int = 0) -> list[Paraphrase]:
    """Return a paraphrase for each rule that changes the text, in the order of the rules.

    >>> [found.text for found in paraphrases_of("I'm fine.")][:3]
    ["i'm fine.", 'I am fine.', "I'm fine"]
    """
    made = ((name, rule(text, random_for(text, name, seed))) for name, rule in RULES.items())
    return [Paraphrase(name, other) for name, other in made if other != text and other.strip()]


def random_for(text: str, rule: str, seed: int) -> Random:
    return np.random.default_rng((seed, zlib.crc32(f"{rule}\0{text}".encode("utf-8", "replace"))))


def in_other_case(text: str, random: Random) -> str:
    """Write everything small, as most people type; what is small already, in capitals."""
    return text.lower() if text.lower() != text else text.upper()


def without_signs(text: str, random: Random) -> str:
    kept = {match.start() for match in WITHIN_WORD.finditer(text)}
    letters = (
        sign
        for place, sign in enumerate(text)
        if place in kept or not unicodedata.category(sign).startswith("P")
    )
    return " ".join("".join(letters).split())


def with_sign(text: str, random: Random) -> str:
    """Put one more sign behind the text, or the first where it ends without."""
    signs = CHINESE_SIGNS_TO_ADD if contains_han(text) else SIGNS_TO_ADD
    return text + signs[int(random.integers(len(signs)))]


def mistyped(change: Callable[[str, int, Random], str]) -> Rule:
    """Return a rule that changes one word at one place behind its first letter; none in a short word."""

    def rule(text: str, random: Random) -> str:
        words = list(WORD.finditer(text))
        if not words:
            return text
        word = words[int(random.integers(len(words)))]
        place = int(random.integers(1, len(word[0]) - 1))
        return text[: word.start()] + change(word[0], place, random) + text[word.end() :]

    return rule


def letter_missing(word: str, place: int, random: Random) -> str:
    return word[:place] + word[place + 1 :]


def letters_swapped(word: str, place: int, random: Random) -> str:
    """Swap a letter with the next; where they are equal, with the first different one before."""
    while place and word[place] == word[place + 1]:
        place -= 1
    return word[:place] + word[place + 1] + word[place] + word[place + 2 :]


def letter_doubled(word: str, place: int, random: Random) -> str:
    return word[: place + 1] + word[place:]


def wrong_key(word: str, place: int, random: Random) -> str:
    """Hit a key beside the right one."""
    beside = neighbours(word[place].lower())
    key = beside[int(random.integers(len(beside)))]
    return word[:place] + (key.upper() if word[place].isupper() else key) + word[place + 1 :]


def neighbours(letter: str) -> str:
    """Return the letters to the left and right of one on the keyboard.

    >>> neighbours("q"), neighbours("g")
    ('w', 'fh')
    """
    row = next(keys for keys in KEYBOARD if letter in keys)
    place = row.index(letter)
    return row[max(place - 1, 0) : place] + row[place + 1 : place + 2]


RULES: dict[str, Rule] = {
    "case": in_other_case,
    "contraction opened": lambda text, random: opened(text),
    "contraction closed": lambda text, random: closed(text),
    "punctuation removed": without_signs,
    "punctuation added": with_sign,
    "letter missing": mistyped(letter_missing),
    "letters swapped": mistyped(letters_swapped),
    "letter doubled": mistyped(letter_doubled),
    "wrong key": mistyped(wrong_key),
    "simplified": lambda text, random: to_simplified(text),
    "traditional": lambda text, random: to_traditional(text),
}


@dataclass(frozen=True)
class Consistency:
    """How often a paraphrase is answered like the original: of all of them, and by rule.

    `values` has the share of each question with paraphrases (Q,): an interval is one over questions, since
    the paraphrases of one hang together. `numbers` says how many paraphrases each rule made.
    """

    overall: float
    by_rule: Mapping[str, float]
    numbers: Mapping[str, int]
    values: Values


def consistency(answers_by_question: Iterable[tuple[str, Sequence[tuple[str, str]]]]) -> Consistency:
    """Return the share of paraphrases whose answer equals that of the original.

    Args:
        answers_by_question: for each question its answer, and the answers to its paraphrases, each with the
            name of the rule.

    Raises:
        DatasetError: there is no paraphrase.
    """
    same: dict[str, list[bool]] = {}
    values = []
    for original, answers in answers_by_question:
        for rule, answer in answers:
            same.setdefault(rule, []).append(answer == original)
        if answers:
            values.append(sum(answer == original for _, answer in answers) / len(answers))
    if not same:
        raise DatasetError(
            "Consistency must be measured on at least one paraphrase. There is none. Ask questions in words."
        )
    every = [is_same for of_rule in same.values() for is_same in of_rule]
    return Consistency(
        overall=sum(every) / len(every),
        by_rule={rule: sum(of_rule) / len(of_rule) for rule, of_rule in same.items()},
        numbers={rule: len(of_rule) for rule, of_rule in same.items()},
        values=np.array(values),
    )
