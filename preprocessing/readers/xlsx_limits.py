"""What an XLSX file may hold: it is looked through before the library builds anything from it."""

import contextlib
import zipfile
from pathlib import Path
from xml.parsers import expat

from preprocessing.errors import CorpusError
from preprocessing.readers.text_lines import MAX_LINE_CHARACTERS

# A full sheet of short texts; an archive's members never give more than they declare.
MAX_UNPACKED_BYTES = 500_000_000
MAX_ROWS = 1_048_576
# The library keeps every element between two rows, and all texts of the book are such.
MAX_ELEMENTS = 4_000_000


def inspect_xlsx(path: Path, name: str) -> bool:
    """Return whether there are formulas.

    Raises:
        CorpusError: the file would fill the memory or never end.
    """
    with zipfile.ZipFile(path) as archive:
        unpacked = sum(member.file_size for member in archive.infolist())
        if unpacked > MAX_UNPACKED_BYTES:
            raise CorpusError(
                f"{name} must unpack to at most {MAX_UNPACKED_BYTES:,} bytes. It says {unpacked:,}. "
                "Save it as CSV."
            )
        found = [has_formulas(archive, member, name) for member in archive.infolist()]
    return any(found)


def has_formulas(archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str) -> bool:
    inspector = Inspector(f"{name}/{member.filename}")
    # Pictures are no XML; a sheet that is none fails again, in words, when it is read.
    with archive.open(member) as source, contextlib.suppress(expat.ExpatError):
        inspector.parser.ParseFile(source)
    return inspector.has_formulas


class Inspector:
    """Looks at one XML file as it streams by."""

    def __init__(self, place: str) -> None:
        self.has_formulas = False
        self._place = place
        self._row = self._elements = self._characters = 0
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = self.refuse_doctype
        self.parser.StartElementHandler = self.start
        self.parser.CharacterDataHandler = self.add_text

    def refuse_doctype(self, *declaration: object) -> None:
        raise CorpusError(
            f"{self._place} was refused: it declares names for texts (DOCTYPE), as no spreadsheet does and "
            "files made to fill the memory do. Save it again as XLSX or CSV."
        )

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._characters = 0
        self._elements += 1
        if tag in ("row", "x:row"):
            self.start_row(attributes.get("r", ""))
        elif tag in ("f", "x:f"):
            self.has_formulas = True
        if self._elements > MAX_ELEMENTS:
            raise self.refusal(f"at most {MAX_ELEMENTS:,} texts or cells in one place")

    def start_row(self, number: str) -> None:
        self._elements = 0
        before, self._row = self._row, int(number) if number.isdecimal() else self._row + 1
        if not before < self._row <= MAX_ROWS:
            raise self.refusal(f"at most {MAX_ROWS:,} rows, in order, and not row {number or self._row}")

    def add_text(self, text: str) -> None:
        self._characters += len(text)
        if self._characters > MAX_LINE_CHARACTERS:
            raise self.refusal(f"at most {MAX_LINE_CHARACTERS:,} characters in a cell")

    def refusal(self, limit: str) -> CorpusError:
        return CorpusError(f"{self._place} must have {limit}. Save it as CSV.")
