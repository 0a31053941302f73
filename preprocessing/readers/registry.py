"""The formats that can be read. A new one is a file here and a line in FORMATS."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from preprocessing.conversations import Conversation, Counts
from preprocessing.errors import CorpusError
from preprocessing.readers.chatterbot import estimate_chatterbot, is_chatterbot, read_chatterbot
from preprocessing.readers.cornell import estimate_cornell, is_cornell, read_cornell


@dataclass(frozen=True)
class Format:
    looks_right: Callable[[Path], bool]
    read: Callable[[Path, Counts], Iterator[Conversation]]
    # About how many conversations there are, for a bar; cheap.
    estimate: Callable[[Path], int]


FORMATS = {
    "cornell": Format(is_cornell, read_cornell, estimate_cornell),
    "chatterbot": Format(is_chatterbot, read_chatterbot, estimate_chatterbot),
}


def detect_format(path: Path) -> str:
    """Return the name of the first format whose files lie at `path`."""
    for name, candidate in FORMATS.items():
        if candidate.looks_right(path):
            return name
    raise CorpusError(
        f"The format of {path} was not recognised. It must be one of {', '.join(FORMATS)}; "
        "check the path, or name the format with --format to see what is missing."
    )


def read_conversations(path: Path, *, counts: Counts, format: str = "auto") -> Iterator[Conversation]:
    """Yield the conversations of the corpus at `path`; what is read and dropped is counted.

    Raises:
        CorpusError: the files are missing, unreadable or of another format, with file and line.
    """
    if not path.exists():
        raise CorpusError(f"A corpus must be a file or folder that exists. Received {path}.")
    name = detect_format(path) if format == "auto" else format
    if name not in FORMATS:
        raise CorpusError(f"A format must be auto or one of {', '.join(FORMATS)}. Received {name}.")
    try:
        yield from FORMATS[name].read(path, counts)
    except OSError as error:
        raise CorpusError(f"{error.filename or path} could not be read: {error.strerror}.") from None


def estimate_conversations(path: Path, format: str) -> int:
    return FORMATS[detect_format(path) if format == "auto" else format].estimate(path)


def corpus_files(path: Path) -> list[Path]:
    """Return every file of a corpus, in the order of their names."""
    return [path] if path.is_file() else sorted(file for file in path.rglob("*") if file.is_file())
