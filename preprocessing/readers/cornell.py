"""The Cornell Movie-Dialogs format: lines and conversations, with ` +++$+++ ` between their fields."""

import codecs
import re
from collections.abc import Iterator
from pathlib import Path

from preprocessing.conversations import Conversation, Counts, Turn
from preprocessing.errors import CorpusError

SEPARATOR = b" +++$+++ "
LINES, CONVERSATIONS = "movie_lines.txt", "movie_conversations.txt"
LINE_FIELDS, CONVERSATION_FIELDS = 5, 4
LINE_ID = re.compile(r"[A-Za-z]?\d+")
DECODING_SAMPLE_BYTES = 1_000_000

# An entry is (speaker, text), or the reason why the line cannot be used.
Entry = tuple[str, str] | str


def is_cornell(path: Path) -> bool:
    return path.is_dir() and (path / LINES).is_file() and (path / CONVERSATIONS).is_file()


def estimate_cornell(path: Path) -> int:
    with (path / CONVERSATIONS).open("rb") as file:
        return sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(1 << 20), b""))


def read_cornell(path: Path, counts: Counts) -> Iterator[Conversation]:
    """Yield conversations in the order of the file; one with a line missing is split there."""
    if not is_cornell(path):
        raise CorpusError(
            f"A Cornell corpus must be a folder with {LINES} and {CONVERSATIONS}. Received {path}."
        )
    entries = read_lines(path / LINES, counts)
    with (path / CONVERSATIONS).open("rb") as file:
        for number, line in enumerate(file, 1):
            if line.strip():
                ids = read_ids(path / CONVERSATIONS, number, line)
                counts.conversations += 1
                for part, turns in enumerate(usable_runs(ids, entries, counts)):
                    yield Conversation(f"{number}.{part}" if part else str(number), turns)


def read_lines(path: Path, counts: Counts) -> dict[str, Entry]:
    encoding = encoding_of(path)
    entries: dict[str, Entry] = {}
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            counts.lines += 1
            fields = line.rstrip(b"\r\n").split(SEPARATOR, LINE_FIELDS - 1)
            # A line without text ends with a separator that lost its last space.
            if len(fields) == LINE_FIELDS - 1 and fields[-1].endswith(b" +++$+++"):
                fields = [*fields[:-1], fields[-1].removesuffix(b" +++$+++"), b""]
            if len(fields) != LINE_FIELDS:
                if line.strip():
                    raise wrong_fields(path, number, LINE_FIELDS, len(fields))
                continue
            entries[fields[0].decode("ascii", "replace").strip()] = read_entry(fields, encoding)
    return entries


def wrong_fields(path: Path, number: int, wanted: int, received: int) -> CorpusError:
    return CorpusError(
        f"{path.name}, line {number}: there must be {wanted} fields between ' +++$+++ '. "
        f"Received {received}. Check that the file is whole and of the Cornell format."
    )


def read_entry(fields: list[bytes], encoding: str) -> Entry:
    try:
        text = fields[4].decode(encoding).strip()
    except UnicodeDecodeError:
        return "cannot_be_decoded"
    return (speaker_of(fields).decode(encoding, "replace"), text) if text else "empty_text"


def speaker_of(fields: list[bytes]) -> bytes:
    """Return the character's id, or the name where a rebuilt file knows no characters and says `-`."""
    return fields[1].strip() if fields[1].strip() != b"-" else fields[3].strip()


def encoding_of(path: Path) -> str:
    """Return UTF-8 for a file that was converted, else the single bytes of the original."""
    with path.open("rb") as file:
        sample = file.read(DECODING_SAMPLE_BYTES)
    if sample.isascii():
        return "cp1252"
    try:
        # The sample may end within a character.
        is_whole = len(sample) < DECODING_SAMPLE_BYTES
        codecs.getincrementaldecoder("utf-8")().decode(sample, final=is_whole)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def read_ids(path: Path, number: int, line: bytes) -> list[str]:
    fields = line.split(SEPARATOR)
    if len(fields) != CONVERSATION_FIELDS:
        raise wrong_fields(path, number, CONVERSATION_FIELDS, len(fields))
    return LINE_ID.findall(fields[3].decode("ascii", "replace"))


def usable_runs(ids: list[str], entries: dict[str, Entry], counts: Counts) -> Iterator[list[Turn]]:
    """Yield the stretches of a conversation between lines that cannot be used; those are counted."""
    run: list[Turn] = []
    for line_id in ids:
        entry = entries.get(line_id, "missing_line")
        if isinstance(entry, tuple):
            run.append(Turn(entry[1], speaker=entry[0]))
            continue
        counts.drop(entry)
        if run:
            yield run
        run = []
    if run:
        yield run
