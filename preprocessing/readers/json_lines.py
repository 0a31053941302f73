"""JSON Lines or one JSON list: OpenAI `messages`, ShareGPT `conversations`, `question` and `answer`."""

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from enum import Enum
from io import StringIO
from itertools import islice
from pathlib import Path
from typing import Any

from preprocessing.conversations import Conversation, Counts
from preprocessing.errors import CorpusError
from preprocessing.readers.json_stream import DECODER, JsonText, open_json, read_items, read_json_lines
from preprocessing.readers.options import ReadOptions
from preprocessing.readers.records import MESSAGE_LISTS, is_message, is_record, name_of, turns_of
from preprocessing.readers.stretches import unbroken
from preprocessing.readers.text_lines import Head, head_of
from preprocessing.splits import PLACES

# One broken record does not hide what the others are.
RECORDS_TO_TRY = 5
# A first record that is longer than the head.
LONG_RECORD = re.compile(rf'\[?\s*\{{.*"(?:{"|".join(MESSAGE_LISTS)})"\s*:\s*\[\s*["\[{{]', re.DOTALL)


class Layout(Enum):
    LINES = "a record a line"
    LIST = "a list of records"
    VALUES = "records one after another, each over as many lines as it likes"


def is_json_lines(head: Head) -> bool:
    return any(map(is_record, first_records(head))) or (head.is_cut and is_long_record(head))


def is_long_record(head: Head) -> bool:
    return LONG_RECORD.match(head.text.lstrip()) is not None or is_message(first_entry(head))


def layout_of(head: Head) -> Layout:
    if is_in_lines(head):
        return Layout.LINES
    first = first_entry(head)
    # A list of messages or of texts is one record.
    is_list = head.text.lstrip().startswith("[") and not (isinstance(first, str) or is_message(first))
    return Layout.LIST if is_list else Layout.VALUES


def is_in_lines(head: Head) -> bool:
    """Whether most of the first lines are whole, or there is only one, and it is longer than the head."""
    whole = [isinstance(value, dict) or is_record(value) for value in line_values(head)]
    is_long_line = len(whole) == 1 and head.is_cut and head.text.lstrip().startswith("{")
    return is_long_line or (bool(whole) and 2 * sum(whole) >= len(whole))


def line_values(head: Head) -> list[Any]:
    """Return the first lines as values; None stands for one that is no JSON."""
    return [value_of(line) for line in head.lines[:RECORDS_TO_TRY]]


def value_of(line: str) -> Any:
    try:
        return DECODER.decode(line)
    except (ValueError, RecursionError):
        return None


def first_records(head: Head) -> list[Any]:
    layout = layout_of(head)
    if layout is Layout.LINES:
        return [value for value in line_values(head) if value is not None]
    text = JsonText(StringIO(head.text), head.path.name)
    return first_whole(text.items() if layout is Layout.LIST else text.values(), RECORDS_TO_TRY)


def first_entry(head: Head) -> Any:
    return next(iter(first_whole(JsonText(StringIO(head.text), head.path.name).items(), 1)), None)


def first_whole(values: Iterable[Any], number: int) -> list[Any]:
    """Return the first values, as far as they are whole."""
    whole = []
    with suppress(CorpusError):
        for value in islice(values, number):
            whole.append(value)
    return whole


def read_json_lines_corpus(
    path: Path, name: str, counts: Counts, options: ReadOptions
) -> Iterator[Conversation]:
    for number, record in numbered_records(path, name, counts):
        identifier = place_of(record, "conversation_id") or f"{name}:{number}"
        source = place_of(record, "source_corpus") or ""
        place = split_place_of(record)
        for conversation in unbroken(identifier, turns_of(record, counts), counts, source):
            yield replace(conversation, split_place=place)


def numbered_records(path: Path, name: str, counts: Counts) -> Iterator[tuple[int, Any]]:
    layout = layout_of(head_of(path))
    if layout is Layout.LIST:
        yield from counted(read_items(path, name, counts), counts)
    elif layout is Layout.VALUES:
        with open_json(path, name, counts) as text:
            yield from counted(text.values(), counts)
    else:
        yield from read_json_lines(path, name, counts)


def counted(records: Iterable[Any], counts: Counts) -> Iterator[tuple[int, Any]]:
    for number, record in enumerate(records, 1):
        counts.lines += 1
        yield number, record


def place_of(record: Any, key: str) -> str | None:
    """Return where the conversation stood before it was selected from another corpus."""
    place = record.get(key) if isinstance(record, dict) else None
    return name_of(place) if isinstance(place, str) else None


def split_place_of(record: Any) -> int | None:
    """Return the place that decides the split, which a selected conversation keeps."""
    place = record.get("split_place") if isinstance(record, dict) else None
    return place if type(place) is int and 0 <= place < PLACES else None
