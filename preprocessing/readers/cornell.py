"""The Cornell Movie-Dialogs format: lines and conversations, with ` +++$+++ ` between their fields."""

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from preprocessing.conversations import Conversation, Counts, Turn
from preprocessing.errors import CorpusError
from preprocessing.readers.encodings import SAMPLE_BYTES, encoding_of
from preprocessing.readers.options import ReadOptions
from preprocessing.readers.stretches import stretches
from preprocessing.readers.text_lines import CHUNK_BYTES, open_bytes

SEPARATOR = " +++$+++ "
LINES, CONVERSATIONS = "movie_lines.txt", "movie_conversations.txt"
# Relatives are named like these, such as egret_wenda_lines.txt, and give a line's id, speaker and text only.
LINES_END, CONVERSATIONS_END = "lines.txt", "conversations.txt"
LINE_FIELDS, SHORT_LINE_FIELDS = 5, 3
CONVERSATION_FIELDS = (4, 6)
LINE_ID = re.compile(r"[A-Za-z]?\d+")
# Longer lines are no film's, and would fill the memory.
MAX_LINE_BYTES = 1 << 20
# The original has single bytes, which several encodings explain.
CONVERTED = ("utf-8", "gb18030", "big5")

# A line's turn, or the reason why it cannot be used.
Entry = Turn | str


def cornell_files(path: Path) -> tuple[Path, Path] | None:
    """Return the files of lines and of conversations in a folder, or beside a file that is one of them."""
    if path.is_dir():
        return next(
            (pair for file in sorted(path.glob(f"*{LINES_END}")) if (pair := cornell_files(file))), None
        )
    for end in (LINES_END, CONVERSATIONS_END):
        if path.name.endswith(end):
            stem = path.name.removesuffix(end)
            lines, conversations = path.with_name(stem + LINES_END), path.with_name(stem + CONVERSATIONS_END)
            return (lines, conversations) if lines.is_file() and conversations.is_file() else None
    return None


def read_cornell(path: Path, name: str, counts: Counts, options: ReadOptions) -> Iterator[Conversation]:
    """Yield conversations in the order of the file; one with a line missing is split there."""
    files = cornell_files(path)
    if files is not None:
        yield from conversations_in(*files, counts)
    elif cornell_files(path.parent):
        # The original comes with films' titles and actors beside what they say.
        counts.drop("file_beside_corpus")
    else:
        raise CorpusError(
            f"A Cornell corpus must be a folder with {LINES} and {CONVERSATIONS}, or with two files "
            f"whose names end so. Received {path}."
        )


def conversations_in(lines: Path, conversations: Path, counts: Counts) -> Iterator[Conversation]:
    entries = read_lines(lines, counts)
    used: set[str] = set()
    for number, ids in read_ids(conversations, counts):
        used.update(ids)
        counts.conversations += 1
        for part, turns in enumerate(stretches(entries_of(ids, entries), counts)):
            yield Conversation(f"{number}.{part}" if part else str(number), turns)
    counts.drop("not_in_a_conversation", len(entries.keys() - used))


def entries_of(ids: list[str], entries: dict[str, Entry]) -> Iterator[Entry]:
    seen: set[str] = set()
    for line_id in ids:
        # A conversation cannot come back to a line: such a list goes in circles.
        yield "repeated_line" if line_id in seen else entries.get(line_id, "missing_line")
        seen.add(line_id)


def read_lines(path: Path, counts: Counts) -> dict[str, Entry]:
    encoding, wanted = encoding_in(path), fields_a_line(path)
    entries: dict[str, Entry] = {}
    for number, line in numbered_lines(path, counts):
        counts.lines += 1
        # A line without text lost the last space of its last separator.
        text = decoded(line, encoding)
        fields = (f"{text} " if text.endswith(SEPARATOR[:-1]) else text).split(SEPARATOR, wanted - 1)
        if len(fields) == wanted:
            line_id = fields[0].strip(" \ufeff")
            if line_id in entries:
                counts.drop("repeated_line_id")
            else:
                entries[line_id] = entry_of(fields, is_cut=len(line) == MAX_LINE_BYTES)
        elif text.strip():
            raise wrong_fields(path, number, str(wanted), len(fields))
    return entries


def decoded(line: bytes, encoding: str) -> str:
    """Return a line's text, with U+FFFD for what cannot be decoded: such turns are dropped later."""
    return line.decode("ascii") if line.isascii() else line.decode(encoding, "replace")


def numbered_lines(path: Path, counts: Counts) -> Iterator[tuple[int, bytes]]:
    """Yield every line without its end; of an endless one the beginning, MAX_LINE_BYTES long."""
    with open_bytes(path, counts) as file:
        part = partial(file.readline, MAX_LINE_BYTES)
        for number, line in enumerate(iter(part, b""), 1):
            if len(line) == MAX_LINE_BYTES and not line.endswith(b"\n"):
                while (rest := part()) and not rest.endswith(b"\n"):
                    pass
                yield number, line
            else:
                yield number, line.rstrip(b"\r\n")


def fields_a_line(path: Path) -> int:
    """Return 3 where the first line has three fields, else the five of the original."""
    with path.open("rb") as file:
        first = file.readline(MAX_LINE_BYTES).decode("ascii", "replace")
    return SHORT_LINE_FIELDS if first.count(SEPARATOR) == SHORT_LINE_FIELDS - 1 else LINE_FIELDS


def wrong_fields(path: Path, number: int, wanted: str, received: int) -> CorpusError:
    return CorpusError(
        f"{path.name}, line {number}: there must be {wanted} fields between ' +++$+++ '. "
        f"Received {received}. Check that the file is whole and of the Cornell format."
    )


def entry_of(fields: list[str], *, is_cut: bool) -> Entry:
    # A rebuilt file knows no characters, only the names.
    speaker = fields[1] if fields[1] != "-" else fields[-2]
    return "line_too_long" if is_cut else Turn(fields[-1].strip(), speaker.strip())


def encoding_in(path: Path) -> str:
    """Return what the first lines beyond ASCII were converted to, else the single bytes of the original."""
    with path.open("rb") as file:
        chunk = file.read(CHUNK_BYTES).removeprefix(b"\xef\xbb\xbf")
        while chunk.isascii() and chunk:
            chunk = file.read(CHUNK_BYTES)
    beyond = b"\n".join(line for line in chunk.split(b"\n") if not line.isascii())
    encoding = encoding_of(beyond[:SAMPLE_BYTES])
    return encoding if encoding in CONVERTED else "cp1252"


def read_ids(path: Path, counts: Counts) -> Iterator[tuple[int, list[str]]]:
    """Yield each conversation's line number and the ids of its lines, from the field that lists them."""
    for number, line in numbered_lines(path, counts):
        fields = decoded(line, "utf-8").split(SEPARATOR)
        if len(line) == MAX_LINE_BYTES:
            raise CorpusError(
                f"{path.name}, line {number}: a conversation must have fewer than {MAX_LINE_BYTES:,} bytes. "
                "Check that the file is whole and of the Cornell format."
            )
        if len(fields) in CONVERSATION_FIELDS:
            listed = next((field for field in reversed(fields) if "[" in field), fields[-1])
            yield number, LINE_ID.findall(listed)
        elif line.strip():
            raise wrong_fields(path, number, " or ".join(map(str, CONVERSATION_FIELDS)), len(fields))
