"""Why an answer is what it is, for people: attention as a picture and in words, what each word weighs."""

from dataclasses import dataclass

import numpy as np

from answering.explanation import Explanation
from training.services.heat_map import MOST_COLUMNS, MOST_ROWS, heat_map_svg

# What a token looked at, in words: the first so many.
MOST_NAMED = 3
LEAST_NAMED = 0.05


@dataclass(frozen=True)
class LookedAt:
    """A token of an answer and what it looked at, such as `name 62 %, your 20 %`."""

    token: str
    words: str


@dataclass(frozen=True)
class Weight:
    """How much the score falls without a word; `bar`, from 0 to 1, is its length beside the others."""

    word: str
    fall: str
    bar: str


@dataclass(frozen=True)
class ExplanationReport:
    text: str
    attention_in_words: str
    looked_at: tuple[LookedAt, ...]
    no_attention: str
    weights: tuple[Weight, ...]
    no_weights: str


def explanation_report(explanation: Explanation) -> ExplanationReport:
    return ExplanationReport(
        text=explanation.text,
        attention_in_words=title_of(explanation),
        looked_at=looked_at(explanation),
        no_attention=explanation.no_attention,
        weights=weights(explanation),
        no_weights=explanation.no_falls,
    )


def attention_svg(explanation: Explanation) -> str | None:
    if explanation.attention is None:
        return None
    described = "; ".join(f"{one.token}: {one.words}" for one in looked_at(explanation)[:MOST_ROWS])
    return heat_map_svg(
        title_of(explanation), f"{described}.", explanation.words, explanation.tokens, explanation.attention
    )


def title_of(explanation: Explanation) -> str:
    columns, rows = len(explanation.words), len(explanation.tokens)
    left_out = ""
    if columns > MOST_COLUMNS or rows > MOST_ROWS:
        left_out = f" The picture has the first {MOST_COLUMNS} words and {MOST_ROWS} tokens."
    return (
        f"Attention: what each of the {rows} tokens of the answer, from top to bottom, looked at among the "
        f"{columns} words of the question, from left to right.{left_out}"
    )


def looked_at(explanation: Explanation) -> tuple[LookedAt, ...]:
    if explanation.attention is None:
        return ()
    return tuple(
        LookedAt(token, named_shares(explanation.words, row))
        for token, row in zip(explanation.tokens, explanation.attention, strict=True)
    )


def named_shares(words: tuple[str, ...], shares: "np.ndarray[tuple[int, ...], np.dtype[np.float32]]") -> str:
    """Return the words that were looked at most, with their shares."""
    ranked = np.argsort(-shares, kind="stable")[:MOST_NAMED].tolist()
    told = [place for number, place in enumerate(ranked) if number == 0 or shares[place] >= LEAST_NAMED]
    return ", ".join(f"{words[place]} {shares[place]:.0%}" for place in told)


def weights(explanation: Explanation) -> tuple[Weight, ...]:
    falls = explanation.falls or ()
    highest = max((*falls, 0.0)) or 1.0
    return tuple(
        # A tiny rise would read as -0.00.
        Weight(word, f"{round(fall, 2) + 0.0:+.2f}", f"{max(fall, 0.0) / highest:.3f}")
        for word, fall in zip(explanation.words, falls, strict=bool(falls))
    )
