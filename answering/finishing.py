"""The last station: of the candidates, best first, those that differ become answers."""

from collections.abc import Iterable
from itertools import islice

from answering.candidates.candidate import LOG_PROBABILITY, Candidate
from answering.question import Answer


def answers_of(candidates: Iterable[Candidate], number: int) -> list[Answer]:
    """Return the first `number` that differ in more than case and punctuation."""
    return [answer_of(candidate) for candidate in islice(different(candidates), number)]


def different(candidates: Iterable[Candidate]) -> Iterable[Candidate]:
    seen: set[str] = set()
    for candidate in candidates:
        letters = letters_of(candidate.text)
        if letters not in seen:
            seen.add(letters)
            yield candidate


def answer_of(candidate: Candidate) -> Answer:
    return Answer(
        candidate.text,
        candidate.scores.get(LOG_PROBABILITY),
        candidate.confidence,
        candidate.source,
        row=candidate.row,
        scores=candidate.scores,
    )


def letters_of(text: str) -> str:
    """Return what tells answers apart: letters and digits whatever their case, or marks where there are none.

    >>> letters_of("Yes, I do!") == letters_of("yes I do.")
    True
    """
    return "".join(filter(str.isalnum, text.casefold())) or text.strip()
