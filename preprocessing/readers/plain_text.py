"""Plain text: a turn a line, an empty line between conversations; `Name: text` where names stand in front."""

import re
from collections import Counter
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from pathlib import Path

from preprocessing.conversations import Conversation, Counts, Turn
from preprocessing.readers.gaps import joined, with_gaps
from preprocessing.readers.options import ReadOptions
from preprocessing.readers.text_lines import Head, head_of, read_text_lines

SUFFIXES = (".txt", ".text", ".log", "")
# Other formats' files that lost their name or their other half: as plain text they would be nonsense.
FOREIGN = re.compile(r"[{\[<]|.*( \+\+\+\$\+\+\+ |__eou__)")
NAMED = re.compile(r"(?P<name>[^\W_][\w .'-]{0,29}?)\s?[:：]\s*(?P<text>\S.*)", re.DOTALL)
MOST_NAMES = 20
LEAST_NAMED = 0.9


def is_plain_text(head: Head) -> bool:
    return head.suffix in SUFFIXES and len(head.lines) > 0 and FOREIGN.match(head.lines[0]) is None


def read_plain_text(path: Path, name: str, counts: Counts, options: ReadOptions) -> Iterator[Conversation]:
    names = names_in(head_of(path).lines)
    for start, lines in groupby(lines_with_text(path, name, counts), itemgetter(0)):
        pieces = groupby(lines, itemgetter(1))
        said = ((turn_of(text, names) for _, _, text in piece) for _, piece in pieces)
        yield from joined(f"{name}:{start}", said, counts)


def lines_with_text(path: Path, name: str, counts: Counts) -> Iterator[tuple[int, int, str]]:
    """Yield (line where its conversation starts, gaps before it, text) for each line that is not empty."""
    start = 1
    for gaps, number, line in with_gaps(read_text_lines(path, counts, name)):
        if line.strip():
            yield start, gaps, line.strip()
        else:
            start = number + 1


def names_in(lines: list[str]) -> frozenset[str]:
    """Return the names before colons, where nearly every line has one of a few that come back."""
    found = Counter(match["name"] for line in lines if (match := NAMED.fullmatch(line)))
    often = {name for name, number in found.items() if number > 1}
    covered = sum(found[name] for name in often)
    is_named = 2 <= len(often) <= MOST_NAMES and covered >= LEAST_NAMED * len(lines)
    return frozenset(found) if is_named else frozenset()


def turn_of(line: str, names: frozenset[str]) -> Turn:
    match = NAMED.fullmatch(line) if names else None
    return Turn(match["text"], match["name"]) if match and match["name"] in names else Turn(line)
