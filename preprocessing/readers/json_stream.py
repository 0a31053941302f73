"""JSON of any size, entry by entry: a whole file never has to fit into the memory."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from preprocessing.conversations import Counts
from preprocessing.errors import CorpusError
from preprocessing.readers.text_lines import open_text, read_text_lines

CHUNK_CHARACTERS = 1 << 18
MAX_ENTRY_CHARACTERS = 16_000_000
# So near the end of what was read, a number, a word or an escape may be cut.
CUT_CHARACTERS = 16
# Telegram writes control characters so, which JSON does not know; a backslash before one is none.
ESCAPE = re.compile(r"\\(?:x(?=[0-9A-Fa-f]{2})|[^x])", re.DOTALL)
SPACE = re.compile(r"[ \t\r\n]*")
# Programs write NaN and Infinity, which JSON does not know, for what is missing.
DECODER = json.JSONDecoder(parse_constant=lambda name: None)


class JsonText:
    """What is left of a JSON text: each call takes something from its front.

    Raises:
        CorpusError: what comes is not what was asked for, with the name and the line.
    """

    def __init__(self, file: TextIO, name: str) -> None:
        self._file, self._name = file, name
        self._text, self._at = file.read(1).lstrip("\ufeff"), 0
        self._line, self._taken = 1, 0
        self._ended = False

    def value(self) -> Any:
        """Take the next value, whatever it is."""
        self.next_character()
        while True:
            value, end = self.decoded()
            if self._ended or end + CUT_CHARACTERS < len(self._text):
                self.move_to(end)
                return value
            self.read_on()

    def decoded(self) -> tuple[Any, int]:
        """Return the next value and where it ends: behind what was read, if it is not whole yet."""
        try:
            return DECODER.raw_decode(self._text, self._at)
        except json.JSONDecodeError as error:
            if self.repair(error):
                return self.decoded()
            if not self.may_be_cut(error):
                raise self.fault(error.msg, error.pos) from None
            return None, len(self._text)
        except RecursionError:
            raise self.fault("it is nested too deep") from None
        except ValueError as error:
            # The rest is advice for programmers.
            raise self.fault(str(error).partition(":")[0]) from None

    def may_be_cut(self, error: json.JSONDecodeError) -> bool:
        """Whether what comes next in the file may put an error right."""
        is_open = error.msg.startswith("Unterminated string")
        return not self._ended and (is_open or error.pos + CUT_CHARACTERS >= len(self._text))

    def repair(self, error: json.JSONDecodeError) -> bool:
        """Put right the escapes in all of what was read: one by one would take the square of the time."""
        match = ESCAPE.match(self._text, error.pos)
        if match is None or match[0] != r"\x":
            return False
        left = ESCAPE.sub(lambda escape: r"\u00" if escape[0] == r"\x" else escape[0], self._text[self._at :])
        self._text = self._text[: self._at] + left
        return True

    def move_to(self, end: int) -> None:
        if end - self._at > MAX_ENTRY_CHARACTERS:
            raise self.too_long()
        self._at = end

    def values(self) -> Iterator[Any]:
        """Take values one after another until the end."""
        while self.next_character():
            yield self.value()

    def items(self) -> Iterator[Any]:
        """Take a list and yield its entries."""
        for _ in self.places():
            yield self.value()

    def places(self) -> Iterator[int]:
        """Take a list: stand before each entry in turn; one that the caller does not take is left out."""
        for number in self.members("[", "]"):
            place = self.place
            yield number
            if self.place == place:
                self.value()

    def object_keys(self) -> Iterator[str]:
        """Take an object: stand behind each key in turn; a value that is not taken then is left out."""
        for _ in self.members("{", "}"):
            if self.next_character() != '"':
                raise self.fault("a key must be a string")
            key = self.value()
            self.take(":")
            self.next_character()
            place = self.place
            yield key
            if self.place == place:
                self.value()

    def members(self, start: str, end: str) -> Iterator[int]:
        self.take(start)
        number = 0
        while self.next_character() != end:
            if number:
                self.take(",")
                self.next_character()
            number += 1
            yield number
        self.take(end)

    @property
    def place(self) -> int:
        """How many characters were taken."""
        return self._taken + self._at

    def require_end(self) -> None:
        if self.next_character():
            raise self.fault("something comes after its end")

    def take(self, character: str) -> None:
        found = self.next_character()
        if found != character:
            raise self.fault(f"there must be {character!r} instead of {repr(found) if found else 'its end'}")
        self._at += 1

    def next_character(self) -> str:
        """Return what comes after white space without taking it, or "" at the end."""
        while True:
            space = SPACE.match(self._text, self._at)
            self._at = space.end() if space else self._at
            if self._at < len(self._text) or self._ended:
                return self._text[self._at : self._at + 1]
            self.read_on()

    def read_on(self) -> None:
        """Forget what was taken, and read as much again as is left: so the time stays linear."""
        self._line += self._text.count("\n", 0, self._at)
        self._taken += self._at
        left = self._text[self._at :]
        if len(left) > MAX_ENTRY_CHARACTERS + CUT_CHARACTERS:
            raise self.too_long()
        more = self._file.read(max(CHUNK_CHARACTERS, len(left)))
        self._text, self._at, self._ended = left + more, 0, not more

    def too_long(self) -> CorpusError:
        return self.fault(f"an entry has more than {MAX_ENTRY_CHARACTERS:,} characters", self._at)

    def fault(self, reason: str, at: int | None = None) -> CorpusError:
        line = self._line + self._text.count("\n", 0, self._at if at is None else at)
        return CorpusError(
            f"{self._name}, line {line:,}: it must be whole, valid JSON: {reason}. Export it again."
        )


@contextmanager
def open_json(path: Path, name: str, counts: Counts) -> Iterator[JsonText]:
    with open_text(path, name, counts) as file:
        yield JsonText(file, name)


def read_items(path: Path, name: str, counts: Counts) -> Iterator[Any]:
    """Yield the entries of the list that is the whole file."""
    with open_json(path, name, counts) as text:
        yield from text.items()
        text.require_end()


def read_json_lines(path: Path, name: str, counts: Counts) -> Iterator[tuple[int, Any]]:
    """Yield (line number, value); a line that is no JSON is dropped and counted."""
    for number, line in read_text_lines(path, counts, name):
        if line.strip():
            try:
                yield number, DECODER.decode(line)
            except (ValueError, RecursionError):
                counts.drop("not_json")
