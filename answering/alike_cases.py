"""Cases from which a retriever learns how sure it may be.

A carelessly typed question must find its own exchange; the best of the others' exchanges is a wrong answer.
"""

from collections.abc import Iterator

import numpy as np

from answering.candidates.candidate import SIMILARITY
from answering.finishing import letters_of
from answering.retrieval import Hit, Retriever

QUESTIONS = 150
# Shorter words are not mistyped, so that they stay words.
SHORTEST_MISTYPED = 4
Case = tuple[dict[str, float], bool]


def alike_cases(retriever: Retriever, seed: int = 0) -> list[Case]:
    """Return the similarity of the best exchange found, and whether it was a right one."""
    chance = np.random.default_rng(seed)
    number = min(QUESTIONS, len(retriever))
    rows = np.linspace(0, max(len(retriever) - 1, 0), number).astype(int).tolist()
    return [case for row in rows for case in cases_of(retriever, row, chance)]


def cases_of(retriever: Retriever, row: int, chance: np.random.Generator) -> Iterator[Case]:
    text = retriever.question_texts[row]
    found = next(iter(retriever.closest_first(careless(text, chance))), None)
    if found is not None:
        yield {SIMILARITY: round(found.similarity, 4)}, is_right(retriever, row, found)
    other = next((hit for hit in retriever.closest_first(text) if not is_right(retriever, row, hit)), None)
    if other is not None:
        yield {SIMILARITY: round(other.similarity, 4)}, False


def is_right(retriever: Retriever, row: int, hit: Hit) -> bool:
    """Whether a hit has the question or the answer of the exchange with that row."""
    same_question = letters_of(hit.question_text) == letters_of(retriever.question_texts[row])
    return same_question or letters_of(hit.answer_text) == letters_of(retriever.answer_texts[row])


def careless(text: str, chance: np.random.Generator) -> str:
    """Return a question as written in a hurry: a letter too few or two swapped, or a word left out."""
    words = text.split()
    place = int(chance.integers(len(words))) if words else 0
    long = [number for number, word in enumerate(words) if len(word) >= SHORTEST_MISTYPED]
    if long and chance.random() < 0.7:
        place = int(chance.choice(long))
        words[place] = mistyped(words[place], chance)
    elif len(words) > 2:
        del words[place]
    elif len(text) >= SHORTEST_MISTYPED:
        return mistyped(text, chance)
    return " ".join(words).lower() or text


def mistyped(word: str, chance: np.random.Generator) -> str:
    """Return a word in which a letter is missing, or two neighbours changed places; the first one stays."""
    place = int(chance.integers(1, len(word) - 1))
    if chance.random() < 0.5:
        return word[:place] + word[place + 1 :]
    return word[:place] + word[place + 1] + word[place] + word[place + 2 :]
