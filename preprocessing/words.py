"""From the tokens of all turns to vocabulary, surface forms and the ids that a generator sees."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from preprocessing.collection import Columns
from preprocessing.conversations import Counts
from preprocessing.ragged import IdColumn, Ids
from preprocessing.realisation import SurfaceForms, most_frequent_forms
from preprocessing.text_settings import TextSettings
from preprocessing.turn_tokens import TurnTokens
from preprocessing.vocabulary import SEPARATOR, Vocabulary, build_vocabulary

Rows = npt.NDArray[np.int64]
Counted = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Words:
    """Vocabulary and surface forms, and the id of each written token."""

    vocabulary: Vocabulary
    surface_forms: SurfaceForms
    ids: Ids


@dataclass(frozen=True, kw_only=True)
class VocabularyLimits:
    """`pieces` are tokens that must be there, seen or not: all of a subword model."""

    max_size: int
    min_count: int = 1
    pieces: tuple[str, ...] = ()


def turn_weights(columns: Columns, rows: Rows, turns: int) -> Counted:
    """Return how often each turn stands in the given exchanges."""
    return np.bincount(columns.questions[rows], minlength=turns) + np.bincount(
        columns.answers[rows], minlength=turns
    )


def token_counts(tokens: TurnTokens, columns: Columns, rows: Rows) -> Counted:
    """Return how often each written token stands in the given exchanges."""
    weights = np.repeat(turn_weights(columns, rows, len(tokens.lengths)), tokens.lengths)
    return np.bincount(tokens.tokens, weights, len(tokens.written)).astype(np.int64)


def learn_words(
    tokens: TurnTokens, columns: Columns, training: Rows, limits: VocabularyLimits, settings: TextSettings
) -> Words:
    """Learn from the training exchanges only: what is held out must not be seen by the vocabulary."""
    counts = token_counts(tokens, columns, training)
    totals = folded_totals(tokens, counts)
    for piece in limits.pieces:
        totals.setdefault(piece, 0)
    guaranteed = [*limits.pieces, *words_of_small_corpora(tokens, columns, training)]
    if settings.context_turns > 1:
        totals[SEPARATOR] = int(columns.contexts[training].sum())
        guaranteed.insert(0, SEPARATOR)
    vocabulary = build_vocabulary(
        totals, limits.max_size, min_count=limits.min_count, guaranteed=guaranteed[: room_for(limits)]
    )
    return Words(
        vocabulary,
        surface_forms_of(tokens, counts, inner_counts(tokens, columns, training), vocabulary),
        np.array(vocabulary.encode(tokens.folded), np.int32),
    )


def room_for(limits: VocabularyLimits) -> int:
    """Return how many words may be guaranteed: all pieces, else half of the vocabulary."""
    return max(limits.max_size // 2, len(limits.pieces) + 1)


def folded_totals(tokens: TurnTokens, counts: Counted) -> dict[str, int]:
    totals: dict[str, int] = {}
    for token, count in zip(tokens.folded, counts.tolist(), strict=True):
        if count:
            totals[token] = totals.get(token, 0) + count
    return totals


def words_of_small_corpora(tokens: TurnTokens, columns: Columns, training: Rows) -> list[str]:
    """Return the words of all corpora but the largest, most frequent first: they must not be crowded out."""
    sizes = np.bincount(columns.corpora[training])
    totals: dict[str, int] = {}
    for corpus in np.flatnonzero(sizes).tolist():
        if corpus != int(sizes.argmax()):
            rows = training[columns.corpora[training] == corpus]
            for token, count in folded_totals(tokens, token_counts(tokens, columns, rows)).items():
                totals[token] = totals.get(token, 0) + count
    return sorted(totals, key=lambda token: (-totals[token], token))


def inner_counts(tokens: TurnTokens, columns: Columns, rows: Rows) -> Counted:
    """Return how often each written token stands inside of a sentence."""
    weights = np.repeat(turn_weights(columns, rows, len(tokens.lengths)), tokens.lengths)
    inner = ~tokens.sentence_starts
    return np.bincount(tokens.tokens[inner], weights[inner], len(tokens.written)).astype(np.int64)


def surface_forms_of(
    tokens: TurnTokens, counts: Counted, inside: Counted, vocabulary: Vocabulary
) -> SurfaceForms:
    """Count written forms inside sentences; at their start a capital tells nothing: a last resort."""
    seen_inside = {token for token, count in zip(tokens.folded, inside.tolist(), strict=True) if count}
    rows = [
        (token, form, inner if token in seen_inside else (0 if form == form.capitalize() else total))
        for token, form, total, inner in zip(
            tokens.folded, tokens.written, counts.tolist(), inside.tolist(), strict=True
        )
        if token in vocabulary
    ]
    return most_frequent_forms(row for row in rows if row[2])


def cut_columns(
    tokens: TurnTokens, columns: Columns, words: Words, kept: Rows, settings: TextSettings, counts: Counts
) -> tuple[IdColumn, IdColumn]:
    """Return ids of questions and answers of the kept exchanges, cut to what a generator sees."""
    ids, ends = words.ids[tokens.tokens], tokens.ends_sentence[tokens.tokens]
    offsets = tokens.offsets
    separator = np.array([words.vocabulary.lookup(SEPARATOR)], np.int32)

    def question(turn: int, context: int) -> Ids:
        start, stop = int(offsets[turn]), int(offsets[turn + 1])
        whole, ending = ids[start:stop], ends[start:stop]
        for earlier in range(turn - 1, turn - 1 - context, -1):
            start, stop = int(offsets[earlier]), int(offsets[earlier + 1])
            if start < stop:
                whole = np.concatenate([ids[start:stop], separator, whole])
                # A turn is a whole: what is cut begins behind its separator, never with it.
                ending = np.concatenate([ends[start : stop - 1], [False, True], ending])
        if len(whole) <= settings.max_length:
            return whole
        counts.cut["question"] += 1
        return whole[question_start(ending, settings.max_length) :]

    def answer(turn: int) -> Ids:
        start, stop = int(offsets[turn]), int(offsets[turn + 1])
        counts.cut["answer"] += stop - start > settings.max_answer_length
        return ids[start : min(stop, start + settings.max_answer_length)]

    asked = zip(columns.questions[kept].tolist(), columns.contexts[kept].tolist(), strict=True)
    return (
        IdColumn.from_rows(question(turn, context) for turn, context in asked),
        IdColumn.from_rows(answer(turn) for turn in columns.answers[kept].tolist()),
    )


def question_start(ends_sentence: npt.NDArray[np.bool_], max_length: int) -> int:
    """Return where the part of a long question begins that is kept: its last sentences, else its last tokens.

    >>> question_start(np.array([0, 1, 0, 0, 1], bool), 3), question_start(np.array([0, 0, 0, 0, 1], bool), 3)
    (2, 2)
    """
    earliest = len(ends_sentence) - max_length
    # A sentence begins behind the end of another one; the text's own end begins none.
    starts = np.flatnonzero(ends_sentence[earliest - 1 : -1]) + earliest
    return int(starts[0]) if len(starts) else earliest
