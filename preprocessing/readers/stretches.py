"""Conversations out of turns of which some are lost: no question gets the answer to a lost one."""

from collections.abc import Iterable, Iterator

import regex

from preprocessing.conversations import Conversation, Counts, Turn
from preprocessing.readers.text_lines import MAX_LINE_CHARACTERS, is_no_text

# An endless conversation comes in parts, since one has to fit into the memory.
MOST_TURNS = 50_000
# Sorting a run of accents takes the square of its length; a million of them would take an hour.
MOST_ACCENTS = 1000
ACCENTS = regex.compile(rf"\p{{M}}{{{MOST_ACCENTS}}}")


def unbroken(
    identifier: str, said: Iterable[Turn | str], counts: Counts, source: str = ""
) -> Iterator[Conversation]:
    """Yield the stretches between what cannot be used as `identifier`, `identifier.1`, and so on.

    In `said` a string stands for a turn that cannot be used and says why; it is counted.
    """
    for part, turns in enumerate(stretches(said, counts)):
        counts.conversations += part == 0
        yield Conversation(f"{identifier}.{part}" if part else identifier, turns, source)


def stretches(said: Iterable[Turn | str], counts: Counts) -> Iterator[list[Turn]]:
    turns: list[Turn] = []
    for turn in said:
        reason = turn if isinstance(turn, str) else fault_of(turn.text)
        if reason:
            counts.drop(reason)
            if turns:
                yield turns
            turns = []
        elif isinstance(turn, Turn):
            turns.append(turn)
            if len(turns) == MOST_TURNS:
                yield turns
                # What follows answers the last turn.
                turns = [turn]
    if turns:
        yield turns


def fault_of(text: str) -> str:
    """Return why a turn's text cannot be used, or nothing.

    >>> fault_of("Hello"), fault_of(" "), fault_of("Hel\\0lo")
    ('', 'empty_text', 'cannot_be_decoded')
    """
    if is_no_text(text):
        return "cannot_be_decoded"
    if len(text) >= MOST_ACCENTS:
        if len(text) > MAX_LINE_CHARACTERS:
            return "text_too_long"
        if ACCENTS.search(text):
            return "too_many_accents"
    return "" if text and not text.isspace() else "empty_text"
