"""Text files of any encoding as numbered lines; what cannot be decoded is counted, never guessed over."""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import BinaryIO

from preprocessing.conversations import Counts
from preprocessing.errors import CorpusError
from preprocessing.readers.encodings import SAMPLE_BYTES, encoding_of

# Nobody types so much in one turn; a longer line is no text, and would fill the memory.
MAX_LINE_CHARACTERS = 1_000_000
# NUL, and how a byte that the encoding does not know comes out of the decoder.
NOT_TEXT = re.compile("[\0\ud800-\udfff\ufffd]")
# A file in English may show its encoding late, in its first accent.
CHUNK_BYTES, CHUNKS_TO_SEARCH = 1 << 20, 16


@dataclass(frozen=True)
class Head:
    """The beginning of a file, for recognising its format; no encoding means that it is not text."""

    path: Path
    encoding: str | None
    text: str
    start: bytes

    @property
    def suffix(self) -> str:
        return self.path.suffix.lower()

    @property
    def is_cut(self) -> bool:
        return len(self.start) == SAMPLE_BYTES

    @cached_property
    def lines(self) -> list[str]:
        """Whole lines with something on them: the last one may be cut, so it counts only if it is alone."""
        lines = self.text.splitlines()
        whole = lines[:-1] if self.is_cut and len(lines) > 1 else lines
        return [line.strip() for line in whole if line.strip()]


def head_of(path: Path) -> Head:
    with path.open("rb") as file:
        sample = file.read(SAMPLE_BYTES)
        encoding = encoding_of(sample)
        if encoding == "utf-8" and sample.isascii():
            encoding = encoding_beyond(file)
    text = sample.decode(encoding, "replace").lstrip("\ufeff") if encoding else ""
    return Head(path, encoding, text, sample)


def encoding_beyond(file: BinaryIO) -> str:
    """Return the encoding of a file that begins with ASCII, from the first lines that do not."""
    for _ in range(CHUNKS_TO_SEARCH):
        chunk = file.read(CHUNK_BYTES)
        if not chunk:
            break
        if not chunk.isascii():
            # The first and the last line are cut.
            lines = chunk.split(b"\n")[1:-1] or [chunk]
            beyond = b"\n".join(line for line in lines if not line.isascii())
            return encoding_of(beyond[:SAMPLE_BYTES]) or "utf-8"
    return "utf-8"


def is_no_text(text: str) -> bool:
    """Whether a text has characters that stand for what is not text."""
    return "\0" in text if text.isascii() else NOT_TEXT.search(text) is not None


class CountedFile(io.RawIOBase):
    """A binary file that adds what is read of it to the counts, for a bar."""

    def __init__(self, path: Path, counts: Counts) -> None:
        self._file: BinaryIO = path.open("rb", buffering=0)
        self._counts = counts

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview") -> int:  # type: ignore[override]  # typeshed names no type
        size: int = self._file.readinto(buffer)  # type: ignore[attr-defined]  # a raw file has it
        self._counts.bytes_read += size
        return size

    def close(self) -> None:
        self._file.close()
        super().close()


def open_text(path: Path, name: str, counts: Counts) -> io.TextIOWrapper:
    """Open a text file; what its encoding does not know comes out as NOT_TEXT.

    Raises:
        CorpusError: the file is not text.
    """
    encoding = head_of(path).encoding
    if encoding is None:
        raise CorpusError(
            f"{name} must be text. It holds bytes that no text has, as pictures and programs do. "
            "Take it out, or export it as text."
        )
    errors = "replace" if re.match("utf.?(?:16|32)", encoding) else "surrogateescape"
    return io.TextIOWrapper(open_bytes(path, counts), encoding=encoding, errors=errors)


def open_bytes(path: Path, counts: Counts) -> io.BufferedReader:
    return io.BufferedReader(CountedFile(path, counts), 1 << 18)


def bounded_lines(file: io.TextIOWrapper, counts: Counts) -> Iterator[str]:
    """Yield every line with its end; an endless one is counted and comes out as "", so that numbers stay."""
    while line := file.readline(MAX_LINE_CHARACTERS):
        if len(line) == MAX_LINE_CHARACTERS and not line.endswith("\n"):
            skip_line(file)
            counts.drop("line_too_long")
            line = ""
        yield line


def skip_line(file: io.TextIOWrapper) -> None:
    while (part := file.readline(MAX_LINE_CHARACTERS)) and not part.endswith("\n"):
        pass


def read_text_lines(path: Path, counts: Counts, name: str = "") -> Iterator[tuple[int, str]]:
    """Yield (line number, text without the line's end); lines that are no text are dropped and counted.

    A number that is left out says where one was dropped.
    """
    with open_text(path, name or path.name, counts) as file:
        for number, line in enumerate(bounded_lines(file, counts), 1):
            counts.lines += 1
            if is_no_text(line):
                counts.drop("cannot_be_decoded")
            elif line:
                yield number, (line.lstrip("\ufeff") if number == 1 else line).rstrip("\n")
