"""From what was collected to vocabulary, surface forms and the ids that a generator sees."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from preprocessing.collection import Collection
from preprocessing.conversations import Counts
from preprocessing.ragged import IdColumn, Ids
from preprocessing.realisation import SENTENCE_END, SurfaceForms, most_frequent_forms
from preprocessing.text_settings import TextSettings
from preprocessing.tokenisation import Tokeniser
from preprocessing.vocabulary import Vocabulary, build_vocabulary


@dataclass(frozen=True)
class Words:
    """Vocabulary and surface forms, and the id of each written token of the collection."""

    vocabulary: Vocabulary
    surface_forms: SurfaceForms
    ids: Ids
    ends_sentence: npt.NDArray[np.bool_]


def learn_words(
    collection: Collection, chosen: npt.NDArray[np.bool_], tokeniser: Tokeniser, max_size: int
) -> Words:
    """Learn from the chosen exchanges only: what is held out must not be seen by the vocabulary."""
    written = list(collection.written)
    folded = [tokeniser.fold(token) for token in written]
    offsets = np.frombuffer(collection.turn_offsets, np.int64)
    lengths = offsets[1:] - offsets[:-1]
    weights = np.repeat(collection.turn_weights(chosen), lengths)
    tokens = np.frombuffer(collection.turn_tokens, np.int32)
    counts = np.bincount(tokens, weights, len(written)).astype(np.int64)
    inner = ~collection.sentence_starts()
    inner_counts = np.bincount(tokens[inner], weights[inner], len(written)).astype(np.int64)
    totals: dict[str, int] = {}
    for token, count in zip(folded, counts.tolist(), strict=True):
        if count:
            totals[token] = totals.get(token, 0) + count
    vocabulary = build_vocabulary(totals, max_size)
    return Words(
        vocabulary,
        surface_forms_of(written, folded, counts, inner_counts, vocabulary),
        np.array(vocabulary.encode(folded), np.int32),
        np.fromiter((bool(SENTENCE_END.search(token)) for token in written), bool, len(written)),
    )


def surface_forms_of(
    written: list[str],
    folded: list[str],
    counts: npt.NDArray[np.int64],
    inner_counts: npt.NDArray[np.int64],
    vocabulary: Vocabulary,
) -> SurfaceForms:
    """Count written forms inside sentences; at their start a capital tells nothing: a last resort."""
    seen_inside = {token for token, count in zip(folded, inner_counts.tolist(), strict=True) if count}
    rows = [
        (token, form, inside if token in seen_inside else (0 if form == form.capitalize() else total))
        for token, form, total, inside in zip(
            folded, written, counts.tolist(), inner_counts.tolist(), strict=True
        )
        if token in vocabulary
    ]
    return most_frequent_forms(row for row in rows if row[2])


def cut_columns(
    collection: Collection, words: Words, kept: npt.NDArray[np.int64], settings: TextSettings, counts: Counts
) -> tuple[IdColumn, IdColumn]:
    """Return ids of questions and answers of the kept exchanges, cut to what a generator sees."""
    tokens = np.frombuffer(collection.turn_tokens, np.int32)
    ids, ends = words.ids[tokens], words.ends_sentence[tokens]
    offsets = np.frombuffer(collection.turn_offsets, np.int64)

    def question(turn: int) -> Ids:
        start, stop = int(offsets[turn]), int(offsets[turn + 1])
        if stop - start <= settings.max_length:
            return ids[start:stop]
        counts.cut["question"] += 1
        return ids[question_start(ends[start:stop], settings.max_length) + start : stop]

    def answer(turn: int) -> Ids:
        start, stop = int(offsets[turn]), int(offsets[turn + 1])
        counts.cut["answer"] += stop - start > settings.max_answer_length
        return ids[start : min(stop, start + settings.max_answer_length)]

    questions, answers = (
        np.frombuffer(rows, np.int32)[kept] for rows in (collection.questions, collection.answers)
    )
    return (
        IdColumn.from_rows(question(turn) for turn in questions.tolist()),
        IdColumn.from_rows(answer(turn) for turn in answers.tolist()),
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
