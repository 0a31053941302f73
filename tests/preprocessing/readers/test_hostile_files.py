"""Whatever a file holds, it is read or refused in words: no other exception, no hang."""

import contextlib
import gzip
import io
import random
import sqlite3
import zipfile
from contextlib import closing

from hypothesis import given, settings
from hypothesis import strategies as st

from preprocessing.conversations import Counts
from preprocessing.errors import CorpusError
from preprocessing.readers.options import ReadOptions
from preprocessing.readers.registry import read_conversations
from tests.conftest import ROOT

QUERY = ReadOptions(query="SELECT question, answer FROM faq")
SUFFIXES = (".txt", ".csv", ".tsv", ".json", ".jsonl", ".yml", ".xlsx", ".zip", ".gz", ".db")
EXAMPLES = sorted(path for path in (ROOT / "tests" / "data").rglob("*") if path.is_file())


def packed(suffix, content):
    """Put a file into what its suffix says that it is."""
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("chat.csv", content)
    return {".zip": memory.getvalue(), ".gz": gzip.compress(content)}.get(suffix, content)


def database():
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE TABLE faq AS SELECT 'Open?' AS question, 'Until six.' AS answer")
        return connection.serialize()


def spreadsheet():
    from openpyxl import Workbook

    book, content = Workbook(), io.BytesIO()
    for row in (("question", "answer"), ("Open?", "Until six."), ("Two and two?", "=2+2")):
        book.active.append(row)
    book.save(content)
    return content.getvalue()


SEEDS = [(path.suffix, path.read_bytes()) for path in EXAMPLES]
SEEDS += [(".db", database()), (".xlsx", spreadsheet())]
SEEDS += [(suffix, packed(suffix, SEEDS[0][1])) for suffix in (".zip", ".gz")]


def changed(content, seed):
    """Change a file as broken disks, editors and enemies do."""
    chance = random.Random(seed)
    changes = bytearray(content)
    for _ in range(chance.randint(1, 3)):
        start = chance.randrange(len(changes) + 1)
        end = min(len(changes), start + chance.choice((0, 1, 4, 50)))
        piece = chance.choice(
            (b"", chance.randbytes(3), b'"', b"\n", b"\0", b"[", b"{", changes[start:end] * 3)
        )
        changes[start:end] = piece
    return bytes(changes[: chance.randint(0, len(changes))] if chance.random() < 0.2 else changes)


def read_or_refuse(folder, suffix, content):
    path = folder / f"any{suffix}"
    path.write_bytes(content)
    with contextlib.suppress(CorpusError):
        for conversation in read_conversations(path, counts=Counts(), options=QUERY):
            assert all(turn.text.strip() and turn.text.encode() for turn in conversation.turns)


@given(suffix=st.sampled_from(SUFFIXES), content=st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(tmp_path_factory, suffix, content):
    folder = tmp_path_factory.getbasetemp()

    read_or_refuse(folder, suffix, content)
    read_or_refuse(folder, suffix, packed(suffix, content))


@given(
    example=st.sampled_from(SEEDS), suffix=st.none() | st.sampled_from(SUFFIXES), seed=st.integers(0, 2**32)
)
@settings(max_examples=1500)
def test_any_change_to_a_corpus_is_read_or_refused(tmp_path_factory, example, suffix, seed):
    folder = tmp_path_factory.getbasetemp()

    read_or_refuse(folder, suffix or example[0], changed(example[1], seed))
