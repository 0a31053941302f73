"""The BYU Chit-Chat format: a JSON object of conversations whose `messages` are lists by speaker."""

import re
from collections.abc import Iterator
from pathlib import Path

from preprocessing.conversations import Conversation, Counts
from preprocessing.readers.json_stream import open_json
from preprocessing.readers.options import ReadOptions
from preprocessing.readers.records import name_of, turns_of
from preprocessing.readers.stretches import unbroken
from preprocessing.readers.text_lines import Head

BEGINNING = re.compile(r'\s*\{\s*"[^"]{1,200}"\s*:\s*\{[^\[]{0,2000}?"messages"\s*:\s*\[\s*(?:\[\s*)?\{')


def is_chitchat(head: Head) -> bool:
    return BEGINNING.match(head.text) is not None


def read_chitchat(path: Path, name: str, counts: Counts, options: ReadOptions) -> Iterator[Conversation]:
    with open_json(path, name, counts) as text:
        for number, key in enumerate(text.object_keys(), 1):
            counts.lines += 1
            identifier = f"{name}:{name_of(key) or number}"
            yield from unbroken(identifier, turns_of(text.value(), counts), counts)
        text.require_end()
