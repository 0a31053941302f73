"""What a report is made of: plain rows and texts, which the terminal and the admin each show in their way."""

from base64 import b64encode
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """A line of a table; `bars`, from 0 to 1, belong to its first numbers, where the terminal draws them."""

    cells: tuple[str, ...]
    bars: tuple[float, ...] = ()


@dataclass(frozen=True)
class Table:
    """The first column names the lines; the others are numbers, unless `are_numbers` says otherwise."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    are_numbers: bool = True


@dataclass(frozen=True)
class Picture:
    name: str
    words: str
    svg: str

    @property
    def data_address(self) -> str:
        """Return an address that is the picture itself: a page that is kept needs no other file."""
        return f"data:image/svg+xml;base64,{b64encode(self.svg.encode('utf-8', 'replace')).decode()}"


@dataclass(frozen=True)
class Dropped:
    reason: str
    number: str
    examples: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Token:
    text: str
    is_unknown: bool


@dataclass(frozen=True)
class Sample:
    place: str
    question: str
    question_tokens: tuple[Token, ...]
    answer: str
    answer_tokens: tuple[Token, ...]


@dataclass(frozen=True)
class Section:
    title: str = ""
    sentences: tuple[str, ...] = ()
    pictures: tuple[Picture, ...] = ()
    tables: tuple[Table, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    samples: tuple[Sample, ...] = ()


@dataclass(frozen=True)
class DatasetReport:
    """`problems` must stand out; `remarks` say what is not known."""

    name: str
    problems: tuple[str, ...]
    remarks: tuple[str, ...]
    sections: tuple[Section, ...]

    def picture(self, name: str) -> Picture | None:
        pictures = (picture for section in self.sections for picture in section.pictures)
        return next((picture for picture in pictures if picture.name == name), None)
