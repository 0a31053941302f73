"""Which exchanges are worth learning from: each filter counts what it drops and keeps a few examples."""

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from preprocessing.collection import Collection, Columns
from preprocessing.language import detect_language
from preprocessing.near_duplicates import Likeness, near_earlier, near_to
from preprocessing.splits import FEWEST_TO_HOLD_OUT, NAMES, TEST, TRAIN, VALIDATION, leaked
from preprocessing.turn_tokens import TurnTokens

EXAMPLES = 5
LONGEST_EXAMPLE = 300
# Of larger corpora the exact duplicates go, the near ones stay unless they are asked for.
MOST_TO_COMPARE = 200_000
LINK = re.compile(r"https?://.*|www\..*|<address>", re.DOTALL)
COMMAND = re.compile(r"\s*[/!][A-Za-z]\w*(?:@\w+)?(?:\s+\S+){0,3}\s*")
# Multiplies the question's hash, so that an exchange and its reverse differ.
ODD = np.uint64(0x9E3779B97F4A7C15)
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class FilterSettings:
    """`languages` keeps only those; `most_per_answer` limits how often one answer may be learned.

    `near_duplicates` None compares held-out exchanges with training where there are not too many, and
    drops no other; True drops near duplicates within a split too.
    """

    duplicates: bool = True
    near_duplicates: bool | None = None
    same_as_question: bool = False
    commands: bool = True
    links_only: bool = True
    languages: tuple[str, ...] = ()
    most_per_answer: int | None = None
    most_unknown: float = 0.5


class Sieve:
    """Exchanges that are still kept, and the count of the others by reason."""

    def __init__(self, collection: Collection, tokens: TurnTokens) -> None:
        self.collection, self.tokens = collection, tokens
        self.columns: Columns = collection.columns()
        self.kept = np.ones(len(collection), bool)

    def drop(self, mask: Mask, reason: str) -> None:
        """Drop the rows of `mask` that are still there."""
        rows = np.flatnonzero(mask & self.kept)
        counts = self.collection.counts
        counts.drop(reason, len(rows))
        if len(rows):
            examples = counts.examples.setdefault(reason, [])
            examples.extend(map(self.example, rows[: EXAMPLES - len(examples)]))
        self.kept[rows] = False

    def example(self, row: int) -> dict[str, str]:
        texts = self.collection.turn_texts()
        question, answer = self.columns.questions[row], self.columns.answers[row]
        return {"question": texts[question][:LONGEST_EXAMPLE], "answer": texts[answer][:LONGEST_EXAMPLE]}

    def rows(self) -> npt.NDArray[np.int64]:
        return np.flatnonzero(self.kept)

    def rows_of(self, *splits: int) -> npt.NDArray[np.int64]:
        return np.flatnonzero(self.kept & np.isin(self.columns.splits, splits))

    def move(self, rows: npt.NDArray[np.int64], split: int) -> None:
        """Let rows belong to another split, and count them."""
        moved = self.collection.counts.moved
        if len(rows):
            moved[NAMES[split]] = moved.get(NAMES[split], 0) + len(rows)
        self.columns.splits[rows] = split

    def either(self, turns: Mask) -> Mask:
        """Return the rows whose question or answer is among the marked turns."""
        marked: Mask = turns[self.columns.questions] | turns[self.columns.answers]
        return marked

    def fingerprints(self) -> npt.NDArray[np.uint64]:
        """Return a number a row; equal ones have equal tokens."""
        hashes = self.tokens.hashes
        combined: npt.NDArray[np.uint64] = hashes[self.columns.questions] * ODD + hashes[self.columns.answers]
        return combined


def apply_filters(sieve: Sieve, settings: FilterSettings) -> None:
    """Drop what is asked for; then what held-out exchanges share with training, always."""
    sieve.drop(sieve.either(sieve.tokens.lengths == 0), "empty_text")
    if settings.commands:
        sieve.drop(commands(sieve), "bot_command")
    if settings.links_only:
        sieve.drop(sieve.either(links_only(sieve.tokens)), "links_only")
    if settings.same_as_question:
        hashes, columns = sieve.tokens.hashes, sieve.columns
        sieve.drop(hashes[columns.questions] == hashes[columns.answers], "same_as_question")
    if settings.languages:
        sieve.drop(wrong_language(sieve, settings.languages), "wrong_language")
    hold_out(sieve)
    if settings.duplicates:
        sieve.drop(duplicates(sieve), "duplicate")
    sieve.drop(leaked_rows(sieve), "duplicate_of_training")
    drop_near_duplicates(sieve, settings.near_duplicates)
    if settings.most_per_answer:
        sieve.drop(beyond_most(sieve, settings.most_per_answer), "answer_too_often")


def hold_out(sieve: Sieve) -> None:
    """Let small corpora train on everything."""
    if sieve.kept.sum() < FEWEST_TO_HOLD_OUT:
        sieve.columns.splits[:] = TRAIN


def commands(sieve: Sieve) -> Mask:
    texts = sieve.collection.turn_texts()
    starts = texts.offsets[:-1]
    first = np.zeros(len(starts), np.uint8)
    filled = np.diff(texts.offsets) > 0
    first[filled] = texts.blob[starts[filled]]
    found = np.zeros(len(starts), bool)
    for turn in np.flatnonzero(np.isin(first, np.frombuffer(b"/! \t\r\n", np.uint8))).tolist():
        found[turn] = COMMAND.fullmatch(texts[turn]) is not None
    asked: Mask = found[sieve.columns.questions]
    return asked


def links_only(tokens: TurnTokens) -> Mask:
    """Return the turns that hold a link and no word."""
    links = np.fromiter((bool(LINK.fullmatch(t)) for t in tokens.written), bool, len(tokens.written))
    words = (
        np.fromiter((any(map(str.isalnum, t)) for t in tokens.written), bool, len(tokens.written)) & ~links
    )
    ends = tokens.offsets[1:], tokens.offsets[:-1]
    totals = [np.concatenate([[0], np.cumsum(marks[tokens.tokens])]) for marks in (links, words)]
    linked, worded = (total[ends[0]] - total[ends[1]] for total in totals)
    found: Mask = (linked > 0) & (worded == 0)
    return found


def wrong_language(sieve: Sieve, languages: tuple[str, ...]) -> Mask:
    candidates = tuple(dict.fromkeys([*languages, "en", "zh"]))
    texts = sieve.collection.turn_texts()
    rows = sieve.rows()
    used = np.unique(np.concatenate([sieve.columns.questions[rows], sieve.columns.answers[rows]]))
    wrong = np.zeros(len(texts), bool)
    for turn in used.tolist():
        wrong[turn] = detect_language(texts[turn], candidates) not in languages
    return sieve.either(wrong)


def duplicates(sieve: Sieve) -> Mask:
    """Return the rows that stand earlier in the same split."""
    rows = sieve.rows()
    split = sieve.columns.splits[rows].astype(np.uint64)
    _, first = np.unique(sieve.fingerprints()[rows] * np.uint64(4) + split, return_index=True)
    found = np.zeros(len(sieve.kept), bool)
    found[rows] = True
    found[rows[first]] = False
    return found


def leaked_rows(sieve: Sieve) -> Mask:
    rows = sieve.rows()
    found = np.zeros(len(sieve.kept), bool)
    found[rows] = leaked(sieve.columns.splits[rows], sieve.fingerprints()[rows])
    return found


def drop_near_duplicates(sieve: Sieve, wanted: bool | None) -> None:
    rows = sieve.rows()
    splits = sieve.columns.splits[rows]
    if wanted is False or (wanted is None and (len(rows) >= MOST_TO_COMPARE or (splits == TRAIN).all())):
        return
    likeness = Likeness(sieve.tokens, sieve.columns.questions, sieve.columns.answers)
    if wanted:
        for split in np.unique(splits):
            own = rows[splits == split]
            sieve.drop(marked(sieve, own[near_earlier(likeness, own)]), "near_duplicate")
    part_near_duplicates(sieve, likeness, (VALIDATION, TEST), TRAIN)
    part_near_duplicates(sieve, likeness, (TEST,), VALIDATION)


def part_near_duplicates(sieve: Sieve, likeness: Likeness, held_out: tuple[int, ...], split: int) -> None:
    """Leave nothing in the `held_out` splits that nearly stands in `split`.

    What is all of its conversation joins it, so that no line of a FAQ is lost; of others the rest of the
    conversation is held out, so they are dropped.
    """
    is_alone = sieve.collection.is_alone()
    others = sieve.rows_of(split)
    while len(others):
        rows = sieve.rows_of(*held_out)
        near = rows[near_to(likeness, rows, others)]
        sieve.drop(marked(sieve, near[~is_alone[near]]), "near_duplicate_of_training")
        # What has moved may have near duplicates of its own.
        others = near[is_alone[near]]
        sieve.move(others, split)


def marked(sieve: Sieve, rows: npt.NDArray[np.int64]) -> Mask:
    mask = np.zeros(len(sieve.kept), bool)
    mask[rows] = True
    return mask


def beyond_most(sieve: Sieve, most: int) -> Mask:
    """Return the training rows whose answer was there `most` times before; held-out ones stay as they are."""
    rows = sieve.rows()
    training = rows[sieve.columns.splits[rows] == TRAIN]
    answers = sieve.tokens.hashes[sieve.columns.answers[training]]
    order = np.argsort(answers, kind="stable")
    ranked = answers[order]
    starts = np.searchsorted(ranked, ranked)  # where the run of equal answers begins
    ranks = np.arange(len(ranked)) - starts
    return marked(sieve, training[order[ranks >= most]])


def drop_unknown_answers(sieve: Sieve, known: Mask, most_unknown: float) -> None:
    """Drop exchanges of whose answer more than that share is outside the vocabulary; `known` is by token."""
    tokens = sieve.tokens
    total = np.concatenate([[0], np.cumsum(~known[tokens.tokens])])
    unknown = total[tokens.offsets[1:]] - total[tokens.offsets[:-1]]
    too_many: Mask = unknown > most_unknown * tokens.lengths
    sieve.drop(too_many[sieve.columns.answers], "unknown_words_in_answer")
