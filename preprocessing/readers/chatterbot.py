"""The chatterbot YAML format: `categories`, and `conversations` as lists of what was said in turn."""

import re
from collections.abc import Iterator
from pathlib import Path

import yaml

from preprocessing.conversations import Conversation, Counts, Turn
from preprocessing.errors import CorpusError
from preprocessing.readers.options import ReadOptions
from preprocessing.readers.stretches import unbroken
from preprocessing.readers.text_lines import Head, head_of

SUFFIXES = (".yml", ".yaml")
KEY = re.compile(r"(?:^|[{,])\s*[\"']?conversations[\"']?\s*:", re.MULTILINE)
MAX_FILE_BYTES = 50_000_000
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# conversations, one of them, a text: more is not this format, and very much more crashes the loader.
MAX_DEPTH = 10
NULLS = ("~", "null", "Null", "NULL")

Events = Iterator[yaml.Event]
# A text, a list of values, or None for what is neither.
Value = str | list["Value"] | None


def is_chatterbot(head: Head) -> bool:
    return head.suffix in SUFFIXES and KEY.search(head.text) is not None


def read_chatterbot(path: Path, name: str, counts: Counts, options: ReadOptions) -> Iterator[Conversation]:
    events = events_of(text_of(path, name, counts), name)
    for number, said in enumerate(conversations_in(events, name), 1):
        if isinstance(said, list):
            counts.lines += len(said)
            turns = (Turn(text) if isinstance(text, str) else "not_a_turn" for text in said)
            yield from unbroken(f"{name}:{number}", turns, counts)
        else:
            # The published English corpus has one: a question without its answer.
            counts.drop("not_a_conversation")


def text_of(path: Path, name: str, counts: Counts) -> str:
    """Return the file's text; what cannot be decoded is dropped turn by turn, so it comes as U+FFFD."""
    if path.stat().st_size > MAX_FILE_BYTES:
        raise CorpusError(f"{name}: a YAML file must have at most {MAX_FILE_BYTES:,} bytes. Split it.")
    encoding = head_of(path).encoding
    if encoding is None:
        raise CorpusError(f"{name} must be text, and YAML. It holds bytes that no text has. Export it again.")
    content = path.read_bytes()
    counts.bytes_read += len(content)
    return content.decode(encoding, "replace").removeprefix("\ufeff")


def events_of(text: str, name: str) -> Events:
    """Yield what stands in the file piece by piece; nothing is built from it.

    A few lines of aliases can stand for gigabytes, and a tag for a command.
    """
    depth = 0
    try:
        for event in yaml.parse(text, Loader=LOADER):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if fault := fault_of(event, depth):
                line = event.start_mark.line + 1 if event.start_mark else 0
                raise CorpusError(f"{name}, line {line}: {fault}")
            yield event
    except yaml.YAMLError as error:
        reason = " ".join(str(error).split())[:300]
        raise CorpusError(
            f"{name} must be valid YAML, nested at most {MAX_DEPTH} deep: {reason}. Correct it there."
        ) from None


def fault_of(event: yaml.Event, depth: int) -> str:
    if isinstance(event, yaml.AliasEvent):
        return "YAML aliases (*name) must not be used; write the text out."
    if isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent) and event.tag is not None:
        return f"YAML tags must not be used. Received {event.tag}; write the text in quotes."
    return f"YAML must be nested at most {MAX_DEPTH} deep." if depth > MAX_DEPTH else ""


def conversations_in(events: Events, name: str) -> Iterator[Value]:
    is_found = False
    for event in events:
        if isinstance(event, yaml.MappingStartEvent):
            for key in until_end(events):
                is_named = value_of(key, events) == "conversations"
                value = next(events)
                if is_named and isinstance(value, yaml.SequenceStartEvent):
                    is_found = True
                    yield from (value_of(entry, events) for entry in until_end(events))
                else:
                    value_of(value, events)
        else:
            value_of(event, events)
    if not is_found:
        raise CorpusError(
            f"{name}: there must be a list under 'conversations'. See chatterbot-corpus for examples."
        )


def value_of(event: yaml.Event, events: Events) -> Value:
    """Return the value that begins with an event, with a number as it is written, and take it."""
    if isinstance(event, yaml.ScalarEvent):
        is_null = event.implicit[0] and event.value in NULLS
        return "" if is_null else str(event.value).strip()
    if isinstance(event, yaml.SequenceStartEvent):
        return [value_of(entry, events) for entry in until_end(events)]
    if isinstance(event, yaml.MappingStartEvent):
        for entry in until_end(events):
            value_of(entry, events)
    return None


def until_end(events: Events) -> Events:
    """Yield the events that begin a collection's entries; each entry must be taken before the next."""
    for event in events:
        if isinstance(event, yaml.CollectionEndEvent):
            return
        yield event
