"""DailyDialog's text format: a conversation a line, each turn ends with `__eou__`, tokens apart by spaces."""

import re
from collections.abc import Iterator
from pathlib import Path

from preprocessing.conversations import Conversation, Counts, Turn
from preprocessing.readers.options import ReadOptions
from preprocessing.readers.stretches import unbroken
from preprocessing.readers.text_lines import Head, read_text_lines

END_OF_TURN = "__eou__"
CONTRACTION = re.compile(r"(?<=\w) ?(['’]) ?(?=(?:s|t|m|d|re|ve|ll)\b)", re.IGNORECASE)
BEFORE_PUNCTUATION = re.compile(r" +(?=[,.!?;:%)\]…])")
AFTER_OPENING = re.compile(r"(?<=[(\[$£€]) +")


def is_dailydialog(head: Head) -> bool:
    lines = head.lines
    return bool(lines) and 2 * sum(END_OF_TURN in line for line in lines) > len(lines)


def read_dailydialog(path: Path, name: str, counts: Counts, options: ReadOptions) -> Iterator[Conversation]:
    for number, line in read_text_lines(path, counts, name):
        if line.strip():
            said = line.strip().removesuffix(END_OF_TURN).split(END_OF_TURN)
            yield from unbroken(f"{name}:{number}", (Turn(written(text)) for text in said), counts)


def written(text: str) -> str:
    """Return tokens as people write them, so that a bot answers so and questions find them.

    >>> written("Say , Jim , don ’ t you think it ' s late ?")
    "Say, Jim, don’t you think it's late?"
    """
    text = CONTRACTION.sub(r"\1", " ".join(text.split()))
    return AFTER_OPENING.sub("", BEFORE_PUNCTUATION.sub("", text))
