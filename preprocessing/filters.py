"""Which exchanges are worth learning from: each filter counts what it drops and keeps a few examples."""

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from preprocessing.collection import Collection, Columns
from preprocessing.language import is_foreign
from preprocessing.near_duplicates import Likeness, near_earlier, near_to
from preprocessing.ragged import TextColumn
from preprocessing.splits import FEWEST_TO_HOLD_OUT, NAMES, TEST, TRAIN, VALIDATION, leaked
from preprocessing.tokenisation import IN_ADDRESS
from preprocessing.turn_tokens import TurnTokens

EXAMPLES = 5
LONGEST_EXAMPLE = 300
# Of larger corpora the exact duplicates go, the near ones stay unless they are asked for.
MOST_TO_COMPARE = 200_000
LINK = re.compile(rf"(?:https?://|www\.){IN_ADDRESS}*|<address>", re.IGNORECASE)
LINK_SIGN = re.compile(rb"://|www\.|<address>", re.IGNORECASE)
COMMAND = re.compile(r"\s*[/!][A-Za-z]\w*(?:@\w+)?(?:\s+\S+){0,3}\s*")
# Another one than that between the tokens of a turn, and not linear: a word may change places with another
# across the sides.
ODD, SHIFT = np.uint64(0xC2B2AE3D27D4EB4F), np.uint64(29)
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

    def __init__(
        self, collection: Collection, tokens: TurnTokens, weights: tuple[float, ...] = (1.0,)
    ) -> None:
        self.collection, self.tokens = collection, tokens
        self.columns: Columns = collection.columns()
        self.weights = np.array(weights, np.float32)[self.columns.corpora]
        # Whether near duplicates were looked for.
        self.is_compared = False
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

    def fingerprints(self, *, with_context: bool = False) -> npt.NDArray[np.uint64]:
        """Return a number a row; equal ones have equal tokens, whatever their case."""
        hashes, questions = self.tokens.hashes, self.columns.questions
        combined: npt.NDArray[np.uint64] = mixed(hashes[questions]) + hashes[self.columns.answers]
        for turns in range(1, int(self.columns.contexts.max(initial=0)) + 1 if with_context else 1):
            rows = np.flatnonzero(self.columns.contexts >= turns)
            combined[rows] = mixed(combined[rows]) + hashes[questions[rows] - turns]
        return combined


def mixed(hashes: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    return (hashes ^ (hashes >> SHIFT)) * ODD


def apply_filters(sieve: Sieve, settings: FilterSettings) -> None:
    """Drop what is asked for; then what held-out exchanges share with training, always."""
    sieve.drop(sieve.either(sieve.tokens.lengths == 0), "empty_text")
    if settings.commands:
        sieve.drop(commands(sieve), "bot_command")
    if settings.links_only:
        sieve.drop(sieve.either(links_only(sieve.collection.turn_texts())), "links_only")
    if settings.same_as_question:
        hashes, columns = sieve.tokens.hashes, sieve.columns
        sieve.drop(hashes[columns.questions] == hashes[columns.answers], "same_as_question")
    if settings.languages:
        sieve.drop(wrong_language(sieve, settings.languages), "wrong_language")
    hold_out(sieve)
    sieve.drop(outweighed(sieve), "duplicate_of_weightier_corpus")
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


def links_only(texts: TextColumn) -> Mask:
    """Return the turns that hold a link and no word."""
    places = [match.start() for match in LINK_SIGN.finditer(texts.blob.data)]
    found = np.zeros(len(texts), bool)
    for turn in np.unique(np.searchsorted(texts.offsets, places, "right") - 1).tolist():
        text = texts[turn]
        found[turn] = LINK.search(text) is not None and not any(map(str.isalnum, LINK.sub(" ", text)))
    return found


def wrong_language(sieve: Sieve, languages: tuple[str, ...]) -> Mask:
    """Return the rows that are surely in none of the languages, both sides taken together."""
    texts, columns = sieve.collection.turn_texts(), sieve.columns
    wrong = np.zeros(len(sieve.kept), bool)
    for row in sieve.rows().tolist():
        wrong[row] = is_foreign(f"{texts[columns.questions[row]]} {texts[columns.answers[row]]}", languages)
    return wrong


def outweighed(sieve: Sieve) -> Mask:
    """Return the rows that a corpus of more weight has too: fused with all, a selection keeps its weight."""
    rows = sieve.rows()
    _, group = np.unique(sieve.fingerprints(with_context=True)[rows], return_inverse=True)
    heaviest = np.zeros(int(group.max(initial=-1)) + 1, np.float32)
    np.maximum.at(heaviest, group, sieve.weights[rows])
    return marked(sieve, rows[sieve.weights[rows] < heaviest[group]])


def duplicates(sieve: Sieve) -> Mask:
    """Return the rows that stand earlier in the same split."""
    rows = sieve.rows()
    split = sieve.columns.splits[rows].astype(np.uint64)
    fingerprints = mixed(sieve.fingerprints(with_context=True)[rows])
    _, first = np.unique(fingerprints + split, return_index=True)
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
    sieve.is_compared = True
    likeness = Likeness(sieve.tokens, sieve.columns.questions, sieve.columns.answers)
    # Where near duplicates are not wanted at all, none may join.
    may_join = np.zeros(len(sieve.kept), bool) if wanted else sieve.collection.is_alone()
    if wanted:
        for split in np.unique(splits):
            own = rows[splits == split]
            sieve.drop(marked(sieve, own[near_earlier(likeness, own)]), "near_duplicate")
    part_near_duplicates(sieve, likeness, may_join, (VALIDATION, TEST), TRAIN)
    part_near_duplicates(sieve, likeness, may_join, (TEST,), VALIDATION)


def part_near_duplicates(
    sieve: Sieve, likeness: Likeness, may_join: Mask, held_out: tuple[int, ...], split: int
) -> None:
    """Leave nothing in the `held_out` splits that nearly stands in `split`.

    What is all of its conversation joins it, so that no line of a FAQ is lost; of others the rest of the
    conversation is held out, so they are dropped.
    """
    others = sieve.rows_of(split)
    while len(others):
        rows = sieve.rows_of(*held_out)
        near = rows[near_to(likeness, rows, others)]
        sieve.drop(marked(sieve, near[~may_join[near]]), "near_duplicate_of_training")
        # What has moved may have near duplicates of its own.
        others = near[may_join[near]]
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
