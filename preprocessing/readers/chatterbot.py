"""The chatterbot YAML format: `categories`, and `conversations` as lists of what was said in turn."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from preprocessing.conversations import Conversation, Counts, Turn
from preprocessing.errors import CorpusError

SUFFIXES = (".yml", ".yaml")
MAX_FILE_BYTES = 50_000_000


LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# conversations, one of them, a text: more is not this format, and very much more crashes the loader.
MAX_DEPTH = 10


def yaml_files(path: Path) -> list[Path]:
    if path.is_file():
        return [path] if path.suffix.lower() in SUFFIXES else []
    return sorted(file for file in path.rglob("*") if file.suffix.lower() in SUFFIXES and file.is_file())


def is_chatterbot(path: Path) -> bool:
    return bool(yaml_files(path))


def estimate_chatterbot(path: Path) -> int:
    return sum(file.read_bytes().count(b"- - ") for file in yaml_files(path))


def read_chatterbot(path: Path, counts: Counts) -> Iterator[Conversation]:
    """Yield the conversations of a file, or of all files in a folder in the order of their names."""
    files = yaml_files(path)
    if not files:
        raise CorpusError(f"A chatterbot corpus must be a .yml file or a folder with some. Received {path}.")
    root = path if path.is_dir() else path.parent
    for file in files:
        yield from read_file(file, file.relative_to(root).as_posix(), counts)


def read_file(file: Path, name: str, counts: Counts) -> Iterator[Conversation]:
    content = load(file, name)
    conversations = content.get("conversations") if isinstance(content, dict) else None
    if not isinstance(conversations, list):
        raise CorpusError(
            f"{name}: there must be a list under 'conversations'. See chatterbot-corpus for examples."
        )
    for number, said in enumerate(conversations, 1):
        if not isinstance(said, list):
            # The published English corpus has one: a question without its answer.
            counts.drop("not_a_conversation")
            continue
        counts.conversations += 1
        counts.lines += len(said)
        for part, turns in enumerate(usable_runs(said, counts)):
            yield Conversation(f"{name}:{number}.{part}" if part else f"{name}:{number}", turns)


def load(file: Path, name: str) -> Any:
    if file.stat().st_size > MAX_FILE_BYTES:
        raise CorpusError(f"{name}: a YAML file must have at most {MAX_FILE_BYTES:,} bytes. Split it.")
    try:
        content = file.read_bytes()
        refuse_tricks(content)
        return yaml.load(content, Loader=LOADER)
    except CorpusError as error:
        raise CorpusError(f"{name}, {error}") from None
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        reason = " ".join(str(error).split())[:300]
        raise CorpusError(f"{name} must be YAML in UTF-8: {reason}") from None


def refuse_tricks(content: bytes) -> None:
    """Look at the file's structure before anything is built from it.

    A few lines of aliases can stand for gigabytes.
    """
    depth = 0
    for event in yaml.parse(content, Loader=LOADER):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        line = event.start_mark.line + 1 if event.start_mark else 0
        if isinstance(event, yaml.AliasEvent):
            raise CorpusError(f"line {line}: YAML aliases (*name) must not be used; write the text out.")
        if depth > MAX_DEPTH:
            raise CorpusError(f"line {line}: YAML must be nested at most {MAX_DEPTH} deep.")


def usable_runs(said: list[Any], counts: Counts) -> Iterator[list[Turn]]:
    """Yield the stretches between entries that hold no text; numbers are what people wrote without quotes."""
    run: list[Turn] = []
    for entry in said:
        text = str(entry).strip() if isinstance(entry, str | int | float) else ""
        if text:
            run.append(Turn(text))
            continue
        counts.drop("empty_text")
        if run:
            yield run
        run = []
    if run:
        yield run
