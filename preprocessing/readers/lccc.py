"""LCCC's format: conversations as lists of texts whose characters are apart, in one JSON list or as lines."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from preprocessing.conversations import Conversation, Counts, Turn
from preprocessing.readers.json_lines import Layout, first_records, layout_of, numbered_records
from preprocessing.readers.options import ReadOptions
from preprocessing.readers.records import message_list, turns_of
from preprocessing.readers.stretches import unbroken
from preprocessing.readers.text_lines import Head
from preprocessing.script import HAN

WIDE = rf"[{HAN}\u3000-\u303f\uff00-\uffef]"
BESIDE_WIDE = re.compile(rf"(?<={WIDE})\s+|\s+(?={WIDE})")
TOGETHER, APART = re.compile(f"[{HAN}]{{2}}"), re.compile(rf"[{HAN}]\s+[{HAN}]")


def is_lccc(head: Head) -> bool:
    """Whether a file is one list of lists of texts, or holds such lists with their characters apart."""
    records = [record for record in first_records(head) if texts_of(record)]
    is_list = layout_of(head) is Layout.LIST and any(isinstance(record, list) for record in records)
    return is_list or any(are_apart(texts_of(record)) for record in records)


def texts_of(record: Any) -> list[str]:
    """Return what was said in a conversation that holds nothing but texts; else nothing."""
    said = message_list(record) if isinstance(record, dict) else record
    return said if isinstance(said, list) and all(isinstance(text, str) for text in said) else []


def are_apart(texts: list[str]) -> bool:
    return any(map(APART.search, texts)) and not any(map(TOGETHER.search, texts))


def read_lccc(path: Path, name: str, counts: Counts, options: ReadOptions) -> Iterator[Conversation]:
    for number, record in numbered_records(path, name, counts):
        said = (with_joined_text(turn) for turn in turns_of(record, counts))
        yield from unbroken(f"{name}:{number}", said, counts)


def with_joined_text(turn: Turn | str) -> Turn | str:
    return replace(turn, text=joined(turn.text)) if isinstance(turn, Turn) else turn


def joined(text: str) -> str:
    """Take out the spaces that only separate characters.

    >>> joined("偷 走 t a"), joined("我 爱 machine learning 吗"), joined("so what"), joined("你好 我是小明")
    ('偷走ta', '我爱machine learning吗', 'so what', '你好 我是小明')
    """
    parts = text.split()
    if all(len(part) == 1 for part in parts):
        return "".join(parts)
    return text if TOGETHER.search(text) else BESIDE_WIDE.sub("", text)
