"""Lines of which some were dropped and counted: what follows such a gap does not answer what came before."""

from collections.abc import Iterable, Iterator
from itertools import chain

from preprocessing.conversations import Conversation, Counts, Turn
from preprocessing.readers.stretches import stretches


def with_gaps(lines: Iterable[tuple[int, str]]) -> Iterator[tuple[int, int, str]]:
    """Yield (how many gaps came before, line number, text).

    >>> list(with_gaps([(1, "a"), (3, "c"), (4, "d")]))
    [(0, 1, 'a'), (1, 3, 'c'), (1, 4, 'd')]
    """
    gaps, expected = 0, 1
    for number, line in lines:
        gaps += number != expected
        expected = number + 1
        yield gaps, number, line


def joined(identifier: str, pieces: Iterable[Iterable[Turn | str]], counts: Counts) -> Iterator[Conversation]:
    """Yield the stretches of a conversation as `unbroken` does; between two pieces lies a gap."""
    runs = chain.from_iterable(stretches(said, counts) for said in pieces)
    for part, turns in enumerate(runs):
        counts.conversations += part == 0
        yield Conversation(f"{identifier}.{part}" if part else identifier, turns)
