"""Archives as no program packs them, and what reading them gives."""

import io
import zipfile

import pytest

from preprocessing.conversations import Counts
from preprocessing.errors import CorpusError
from preprocessing.readers.registry import read_conversations


def texts(path, counts):
    return [[turn.text for turn in read.turns] for read in read_conversations(path, counts=counts)]


def refused(path, match):
    with pytest.raises(CorpusError, match=match) as info:
        texts(path, Counts())
    return str(info.value)


def packed(path, members):
    """Write a .zip from names, or what says more about a member, and contents."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return path


def packed_in_memory(members):
    return packed(io.BytesIO(), members).getvalue()


class Unmarked(zipfile.ZipInfo):
    """A member whose name is written as bytes that nothing says the encoding of, as older programs do."""

    def __init__(self, bare, marks=0):
        super().__init__("x")
        self.bare, self.marks = bare, marks

    def _encodeFilenameFlags(self):
        return self.bare, self.flag_bits | self.marks
