"""Files of word vectors: word2vec's binary and text formats, GloVe's and fastText's text. NumPy alone."""

import codecs
import difflib
import gzip
import re
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from preprocessing.errors import WordVectorsError
from preprocessing.vocabulary import Vocabulary

Matrix = npt.NDArray[np.float32]
# The word's line or place, the word, its numbers as they stand in the file.
Entry = tuple[int, bytes, bytes]
MOST_WORDS, MOST_NUMBERS = 50_000_000, 10_000
MAX_LINE_BYTES, LONGEST_WORD_BYTES = 1_000_000, 10_000
BUFFER_BYTES, SAMPLE_BYTES = 1 << 20, 1 << 18
# difflib compares a few hundred thousand words a second; the frequent ones stand first.
CLOSEST, LEAST_ALIKE, MOST_TO_COMPARE = 5, 0.5, 200_000
NUMBER = re.compile(rb"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[+-]?(?i:nan|inf)")
GZIP = b"\x1f\x8b"
FOREIGN = {
    b"PK\x03\x04": "It is a ZIP archive: unpack it.",
    b"\x80": "It is a pickle: export it from gensim by save_word2vec_format.",
    b"\xba\x16\x4f\x2f": "It is fastText's own .bin: take the .vec beside it.",
}


@dataclass
class WordVectors:
    """`matrix` has a row a word, (words, size)."""

    words: list[str]
    matrix: Matrix

    @cached_property
    def places(self) -> dict[str, int]:
        return {word: place for place, word in enumerate(self.words)}

    @cached_property
    def unit_vectors(self) -> Matrix:
        lengths = np.linalg.norm(self.matrix, axis=1, keepdims=True)
        unit: Matrix = self.matrix / np.maximum(lengths, np.float32(1e-12))
        return unit

    def nearest(self, word: str, number: int = 10) -> list[tuple[str, float]]:
        """Return the words whose vectors point most nearly the same way, with the cosine."""
        place = self.place_of(word)
        return self.closest_to(self.unit_vectors[place], {place}, number)

    def analogy(self, a: str, b: str, c: str, number: int = 10) -> list[tuple[str, float]]:
        """Return what is to `c` as `b` is to `a`: the nearest to b - a + c (Mikolov et al. 2013, sec. 4)."""
        places = [self.place_of(word) for word in (a, b, c)]
        first, second, third = (self.unit_vectors[place] for place in places)
        wanted = second - first + third
        return self.closest_to(wanted / max(float(np.linalg.norm(wanted)), 1e-12), set(places), number)

    def closest_to(self, vector: Matrix, without: set[int], number: int) -> list[tuple[str, float]]:
        if number < 1:
            raise WordVectorsError(f"At least 1 word must be asked for. Received {number}.")
        cosines = self.unit_vectors @ vector
        cosines[list(without)] = -np.inf
        best = np.argsort(-cosines, kind="stable")[: min(number, len(self.words) - len(without))]
        return [(self.words[place], float(cosines[place])) for place in best.tolist()]

    def place_of(self, word: str) -> int:
        """Return a word's row, also where only its lower case is known.

        Raises:
            WordVectorsError: the word is unknown; the closest spellings are named.
        """
        place = self.find(word)
        if place is None:
            raise WordVectorsError(
                f"A word must be among the {len(self.words):,} with a vector. Received {word}. "
                f"Closest spellings: {', '.join(self.closest_spellings(word)) or 'none is close'}."
            )
        return place

    def find(self, word: str) -> int | None:
        """Return a word's row, exact or else in lower case."""
        return self.places.get(word, self.places.get(word.lower()))

    def closest_spellings(self, word: str) -> list[str]:
        """Return the known words that look most like `word`, whatever their case; the best first."""
        letters = set(word.lower())
        likely = (known for known in self.words if not letters.isdisjoint(known.lower()))
        by_form: dict[str, str] = {}
        for known in islice(likely, MOST_TO_COMPARE):
            by_form.setdefault(known.lower(), known)
        close = difflib.get_close_matches(word.lower(), by_form, CLOSEST, LEAST_ALIKE)
        return [by_form[form] for form in close]

    def coverage(self, tokens: Iterable[str]) -> tuple[int, float]:
        """Return how many of the tokens have a vector, and their share."""
        found = [self.find(token) is not None for token in tokens]
        return sum(found), sum(found) / max(len(found), 1)


def embedding_matrix(vocabulary: Vocabulary, vectors: WordVectors, rows: Matrix) -> tuple[Matrix, int]:
    """Return `rows` (V, size) with those of known words replaced, and how many are.

    Raises:
        WordVectorsError: the vectors have another size than the rows.
    """
    if rows.shape != (len(vocabulary), vectors.matrix.shape[1]):
        raise WordVectorsError(
            f"Word vectors must have as many numbers as the embeddings, {rows.shape[1]}, for a vocabulary of "
            f"{rows.shape[0]:,}. Received {vectors.matrix.shape[1]} and {len(vocabulary):,}."
        )
    matrix, known = rows.copy(), 0
    for number, token in enumerate(vocabulary.decode(range(len(vocabulary)))):
        place = vectors.find(token) if token in vocabulary else None  # the special tokens are not in it
        if place is not None:
            matrix[number] = vectors.matrix[place]
            known += 1
    return matrix, known


def read_vectors(path: Path, wanted: set[str] | None = None) -> WordVectors:
    """Return the vectors of a file, gzipped or not; of the `wanted` words alone, where they are given.

    The numbers of other words are counted, not read.

    Raises:
        WordVectorsError: the file is damaged or of another format, with its line.
    """
    if not path.is_file():
        raise WordVectorsError(f"Word vectors must be a file that exists. Received {path}.")
    with opened(path) as file:
        refuse_foreign(file, path.name)
        counts = header_counts(file.readline(MAX_LINE_BYTES), path.name)
        if counts is None:
            file.seek(0)
            return gathered(text_entries(file, path.name, None), text_numbers, f"{path.name}, line", wanted)
        if is_text(file, counts[1]):
            return gathered(text_entries(file, path.name, counts), text_numbers, f"{path.name}, line", wanted)
        return gathered(binary_entries(file, path.name, counts), binary_numbers, f"{path.name}, word", wanted)


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """Open a file, packed or not; what is wrong with it ends in words."""
    try:
        with path.open("rb", BUFFER_BYTES) as plain:
            is_packed = plain.read(2) == GZIP
            plain.seek(0)
            if not is_packed:
                yield plain
                return
            with gzip.GzipFile(fileobj=plain) as unpacked:
                yield unpacked  # type: ignore[misc]  # typeshed's GzipFile is no BinaryIO, but reads as one
    except (OSError, EOFError, zlib.error) as error:
        must = f"{path.name} must be whole and readable"
        raise WordVectorsError(f"{must}: {error}. Copy it again, or allow reading it.") from None


def refuse_foreign(file: BinaryIO, name: str) -> None:
    start = file.read(4)
    for mark, reason in FOREIGN.items():
        if start.startswith(mark):
            raise WordVectorsError(f"{name} must be of word2vec's, GloVe's or fastText's format. {reason}")
    file.seek(0)


def header_counts(line: bytes, name: str) -> tuple[int, int] | None:
    """Return (words, size) from a first line that says them; GloVe's files have none."""
    parts = line.removeprefix(codecs.BOM_UTF8).split()
    if len(parts) != 2:
        return None
    words, size = (int(part) if part.isdigit() and len(part) < 12 else 0 for part in parts)
    if not (0 < words <= MOST_WORDS and 0 < size <= MOST_NUMBERS):
        shown = line[:60].decode("utf-8", "replace").strip()
        must = f"the number of words, 1 to {MOST_WORDS:,}, and of numbers a word, 1 to {MOST_NUMBERS:,}"
        raise damaged(f"{name}, line 1", f"there must be {must}. Received {shown!r}")
    return words, size


def is_text(file: BinaryIO, size: int) -> bool:
    """Whether the first word's numbers are text: as bytes, they never look so."""
    place = file.tell()
    sample = file.read(SAMPLE_BYTES)
    file.seek(place)
    line, ends, _ = sample.partition(b"\n")
    # Where the line goes on, its last number is cut.
    return 2 * numbers_at_end(line if ends else line.rpartition(b" ")[0]) > size


def binary_entries(file: BinaryIO, name: str, counts: tuple[int, int]) -> Iterator[Entry]:
    words, size = counts
    for number in range(1, words + 1):
        word = bytearray()
        while (byte := file.read(1)) not in (b" ", b""):
            # The original tool ends each entry with a line break, gensim does not.
            if byte != b"\n" or word:
                word += byte
            if len(word) > LONGEST_WORD_BYTES:
                raise damaged(f"{name}, word {number}", "a word must end with a space")
        content = file.read(4 * size)
        if len(content) != 4 * size:
            must = f"there must be {words:,} words of {size} numbers"
            raise damaged(f"{name}, word {number}", f"{must}; the file ends")
        yield number, bytes(word), content
    if file.read(2) not in (b"", b"\n"):
        raise damaged(f"{name}, word {words}", "the first line says that it is the last; the file goes on")


def text_entries(file: BinaryIO, name: str, counts: tuple[int, int] | None) -> Iterator[Entry]:
    """Yield the lines after the header, if there is one; without it the first line tells the size."""
    words, size = counts or (0, 0)
    number, read = 1 if counts else 0, 0
    while line := file.readline(MAX_LINE_BYTES):
        number += 1
        line = line.removeprefix(codecs.BOM_UTF8).strip()
        if not line:
            continue
        read += 1
        size = size or numbers_at_end(line)
        word, content = word_and_numbers(line, size)
        if not word or len(line) >= MAX_LINE_BYTES - 1:
            raise damaged(f"{name}, line {number}", f"there must be a word and {size or 'its'} numbers")
        if counts and read > words:
            raise damaged(f"{name}, line {number}", f"there must be {words:,} words; the file goes on")
        yield number, word, content
    if read < words:
        raise damaged(f"{name}, line {number}", f"there must be {words:,} words; the file ends here")


def numbers_at_end(line: bytes) -> int:
    """Return how many numbers a line ends with; its first field is a word whatever it looks like."""
    fields = line.split()[1:]
    return next((i for i, field in enumerate(reversed(fields)) if not NUMBER.fullmatch(field)), len(fields))


def word_and_numbers(line: bytes, size: int) -> tuple[bytes, bytes]:
    """Return both parts of a line; no word where there are more or fewer numbers.

    A word may hold blanks, as some of GloVe's do; another number before the wanted ones is no part of it.
    """
    word, _, content = line.partition(b" ")
    if content.count(b" ") + 1 == size:
        return word, content
    fields = line.rsplit(None, size)
    if not size or len(fields) <= size:
        return b"", b""
    blank_apart = fields[0].split()[1:]
    if blank_apart and NUMBER.fullmatch(blank_apart[-1]):
        return b"", b""
    return fields[0], b" ".join(fields[1:])


def damaged(place: str, what: str) -> WordVectorsError:
    return WordVectorsError(f"{place}: {what}. Copy or make the file again.")


def text_numbers(content: bytes) -> Matrix:
    with np.errstate(over="ignore"):
        return np.fromiter(map(float, content.split(b" ")), np.float64).astype(np.float32)


def binary_numbers(content: bytes) -> Matrix:
    return np.frombuffer(content, "<f4").astype(np.float32)


def gathered(
    entries: Iterator[Entry], numbers_of: Callable[[bytes], Matrix], place: str, wanted: set[str] | None
) -> WordVectors:
    """Keep the wanted entries, of a word that stands there twice the first; errors begin with `place`."""
    places: dict[str, int] = {}
    # Grows in place: rows of their own would take the memory twice when they are joined.
    content = bytearray()
    for number, spelling, numbers in entries:
        word = spelling.decode("utf-8", "replace")
        if word in places or (wanted is not None and word not in wanted):
            continue
        try:
            row = numbers_of(numbers)
        except ValueError:
            raise damaged(f"{place} {number}", "there must be a word and numbers") from None
        if not np.isfinite(row).all():
            raise damaged(f"{place} {number}", "numbers must be finite")
        places[word] = len(places)
        content += row.tobytes()
    if not places:
        raise WordVectorsError(
            f"{place.partition(',')[0]} must hold the vector of at least one of the words. It holds none."
        )
    return WordVectors(list(places), np.frombuffer(content, np.float32).reshape(len(places), -1))
