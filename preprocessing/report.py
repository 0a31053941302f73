"""What people look at before they trust a dataset: figures and examples, made while it is written."""

from collections import Counter
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from preprocessing.collection import Columns
from preprocessing.dataset import Exchanges
from preprocessing.filters import Sieve
from preprocessing.ragged import IdColumn
from preprocessing.splits import NAMES, TRAIN, leaked
from preprocessing.turn_tokens import TurnTokens
from preprocessing.vocabulary import UNKNOWN_ID, Vocabulary
from preprocessing.words import Words, folded_totals, token_counts

SEED = 0
SAMPLES = 30
MOST_FREQUENT = 30
GROWTH_POINTS = 25
COVERAGE_SIZES = (10, 30, 100, 300, 1000, 2000, 4000, 8000, 16000, 32000, 64000)
LENGTH_EDGES = (1, 2, 3, 4, 5, 6, 8, 10, 13, 16, 20, 30, 50, 100, 200)
LONGEST_SHOWN = 400


def describe(sieve: Sieve, words: Words, exchanges: Exchanges) -> dict[str, Any]:
    """Return the report's figures; words and answers are counted in training alone."""
    tokens, columns, kept = sieve.tokens, sieve.columns, sieve.rows()
    training = kept[exchanges.splits == TRAIN]
    totals = folded_totals(tokens, token_counts(tokens, columns, training))
    return {
        "lengths": {
            "question": histogram(tokens.lengths[columns.questions[kept]]),
            "answer": histogram(tokens.lengths[columns.answers[kept]]),
        },
        "vocabulary_growth": growth(tokens, columns, training),
        "coverage": {
            name: coverage(words, tokens, columns, kept[exchanges.splits == number])
            for number, name in enumerate(NAMES)
        },
        "coverage_by_size": coverage_by_size(totals),
        "frequent_words": Counter(totals).most_common(MOST_FREQUENT),
        "frequent_answers": frequent_answers(exchanges, tokens, columns, kept),
        "duplicates_between_splits": int(leaked(exchanges.splits, sieve.fingerprints()[kept]).sum()),
        "samples": random_samples(exchanges, words.vocabulary),
    }


def histogram(lengths: npt.NDArray[np.int64]) -> list[dict[str, Any]]:
    """Return how many texts have how many tokens, in steps that grow."""
    edges = [*LENGTH_EDGES, max(int(lengths.max(initial=0)) + 1, LENGTH_EDGES[-1] + 1)]
    numbers, _ = np.histogram(lengths, edges)
    labels = [
        f"{low}+" if high == edges[-1] else str(low) if high == low + 1 else f"{low}-{high - 1}"
        for low, high in pairwise(edges)
    ]
    return [
        {"tokens": label, "texts": number} for label, number in zip(labels, numbers.tolist(), strict=True)
    ]


def growth(tokens: TurnTokens, columns: Columns, training: npt.NDArray[np.int64]) -> list[dict[str, int]]:
    """Return how many different words the first so many tokens of training hold."""
    turns = np.unique(np.concatenate([columns.questions[training], columns.answers[training]]))
    chosen = np.zeros(len(tokens.lengths), bool)
    chosen[turns] = True
    read = tokens.word_hashes[tokens.tokens[np.repeat(chosen, tokens.lengths)]]
    _, first = np.unique(read, return_index=True)
    points = np.unique(np.linspace(0, len(read), GROWTH_POINTS + 1).astype(int))[1:]
    seen = np.searchsorted(np.sort(first), points)
    return [{"tokens": int(point), "words": int(word)} for point, word in zip(points, seen, strict=True)]


def coverage(words: Words, tokens: TurnTokens, columns: Columns, rows: npt.NDArray[np.int64]) -> float | None:
    """Return the share of tokens that are in the vocabulary, or None where there is no token."""
    counts = token_counts(tokens, columns, rows)
    total = int(counts.sum())
    return round(int(counts[words.ids != UNKNOWN_ID].sum()) / total, 5) if total else None


def coverage_by_size(totals: dict[str, int]) -> list[dict[str, float]]:
    """Return what share of training a vocabulary of each size would cover."""
    ranked = np.cumsum(np.sort(np.fromiter(totals.values(), np.int64, len(totals)))[::-1])
    sizes = [*(size for size in COVERAGE_SIZES if size < len(ranked)), len(ranked)] if len(ranked) else []
    return [{"words": size, "share": round(float(ranked[size - 1] / ranked[-1]), 5)} for size in sizes]


def frequent_answers(
    exchanges: Exchanges, tokens: TurnTokens, columns: Columns, kept: npt.NDArray[np.int64]
) -> list[tuple[str, int]]:
    training = np.flatnonzero(exchanges.splits == TRAIN)
    hashes = tokens.hashes[columns.answers[kept[training]]]
    _, first, numbers = np.unique(hashes, return_index=True, return_counts=True)
    order = sorted(range(len(numbers)), key=lambda place: (-numbers[place], first[place]))[:MOST_FREQUENT]
    return [
        (exchanges.answer_texts[int(training[first[place]])][:LONGEST_SHOWN], int(numbers[place]))
        for place in order
    ]


def random_samples(exchanges: Exchanges, vocabulary: Vocabulary) -> list[dict[str, Any]]:
    """Return thirty exchanges drawn by chance, as text and as what a generator sees."""
    total = len(exchanges.splits)
    drawn = np.random.default_rng(SEED).choice(total, min(SAMPLES, total), replace=False)
    return [
        {
            "row": row,
            "split": NAMES[exchanges.splits[row]],
            "source": exchanges.sources[row],
            "conversation": exchanges.conversations[row],
            "question": exchanges.question_texts[row][:LONGEST_SHOWN],
            "question_tokens": shown_tokens(exchanges.questions, row, vocabulary),
            "answer": exchanges.answer_texts[row][:LONGEST_SHOWN],
            "answer_tokens": shown_tokens(exchanges.answers, row, vocabulary),
        }
        for row in sorted(drawn.tolist())
    ]


def shown_tokens(column: IdColumn, row: int, vocabulary: Vocabulary) -> list[str]:
    return vocabulary.decode(column[row].tolist())
