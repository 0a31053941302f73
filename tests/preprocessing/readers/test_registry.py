import os
import sqlite3
from contextlib import closing

import pytest

from preprocessing.errors import CorpusError
from preprocessing.readers.options import ReadOptions
from preprocessing.readers.registry import corpus_files, detect_format, read_conversations
from tests.conftest import ROOT

EXAMPLES = ROOT / "tests" / "data"
SAID = "Hi\nHello\n"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "corpus").mkdir()
    return tmp_path / "corpus"


def texts(path, counts, **options):
    return [[turn.text for turn in read.turns] for read in read_conversations(path, counts=counts, **options)]


def make_database(path):
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE faq AS SELECT 'Open?' AS question, 'Until six.' AS answer")
        connection.commit()
    return path


@pytest.mark.parametrize("example", sorted(path.name for path in EXAMPLES.iterdir()))
def test_the_examples_of_each_format_are_recognised(counts, example):
    format = {"csv": "table", "cornell-ids": "cornell"}.get(example, example)

    assert texts(EXAMPLES / example, counts)
    assert set(counts.formats.values()) == {format}
    assert list(counts.formats) == sorted(path.name for path in (EXAMPLES / example).iterdir())
    assert detect_format(EXAMPLES / example) == format
    assert counts.bytes_read == counts.bytes_total


def test_spreadsheets_and_databases_are_recognised(folder, counts):
    from openpyxl import Workbook

    book = Workbook()
    for row in (("question", "answer"), ("Open?", "Until six.")):
        book.active.append(row)
    book.save(folder / "faq.xlsx")
    make_database(folder / "shop.db")

    query = ReadOptions(query="SELECT question, answer FROM faq")
    assert texts(folder, counts, options=query) == [["Open?", "Until six."]] * 2
    assert counts.formats == {"faq.xlsx": "spreadsheet", "shop.db": "sql"}


def test_the_research_corpora_are_recognised_file_by_file(research_data, counts):
    for _ in read_conversations(research_data, counts=counts):
        pass

    assert counts.formats == {
        "README.md": "not part of the corpus",
        "cornell/movie_conversations.txt": "cornell",
        "cornell/movie_lines.txt": "cornell",
        "dailydialog/dialogues_train.txt": "dailydialog",
        "dailydialog/dialogues_validation.txt": "dailydialog",
        "lccc/LCCC-base_valid.json": "lccc",
        "unseen.enc": "not text",
    }
    assert counts.bytes_read == counts.bytes_total


def test_a_folder_of_several_formats_is_read_in_the_order_of_names(folder, counts):
    (folder / "b.csv").write_text("question,answer\nOpen?,Until six.\n")
    (folder / "a").mkdir()
    (folder / "a" / "c.jsonl").write_text('["Hey", "Hello"]\n')
    (folder / "c.txt").write_text(SAID)

    read = list(read_conversations(str(folder), counts=counts))

    assert [turn.text for conversation in read for turn in conversation.turns] == [
        "Hey", "Hello", "Open?", "Until six.", "Hi", "Hello",
    ]  # fmt: skip
    assert [conversation.identifier for conversation in read] == ["a/c.jsonl:1", "b.csv:2", "c.txt:1"]
    assert counts.formats == {"a/c.jsonl": "json-lines", "b.csv": "table", "c.txt": "plain-text"}


def test_every_file_that_is_left_out_is_named_and_counted(folder, tmp_path, counts):
    (folder / "chat.txt").write_text(SAID)
    (folder / "picture.txt").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4)
    (folder / "page.xyz").write_text("<html>")
    (folder / "nothing.csv").touch()
    (folder / "blank.txt").write_bytes("\ufeff \n\n".encode())
    (folder / "README").write_text("About this")
    (folder / ".git").mkdir()
    (folder / ".git" / "config.txt").write_text(SAID)
    (tmp_path / "secret.txt").write_text(SAID)
    (folder / "outside.txt").symlink_to(tmp_path / "secret.txt")
    (folder / "up").symlink_to(tmp_path)
    (folder / "lost.txt").symlink_to(folder / "nowhere")
    os.mkfifo(folder / "pipe.txt")

    assert texts(folder, counts) == [["Hi", "Hello"]]
    assert counts.formats == {
        ".git": "not part of the corpus",
        "README": "not part of the corpus",
        "blank.txt": "empty",
        "chat.txt": "plain-text",
        "lost.txt": "link or device",
        "nothing.csv": "empty",
        "outside.txt": "link or device",
        "page.xyz": "not recognised",
        "picture.txt": "not text",
        "pipe.txt": "link or device",
        "up": "link or device",
    }
    assert counts.dropped == {
        "file_beside_corpus": 2,
        "file_empty": 2,
        "file_not_regular": 4,
        "file_not_recognised": 1,
        "file_is_no_text": 1,
    }
    assert counts.bytes_read == counts.bytes_total


def test_what_may_not_be_read_in_a_folder_is_counted(folder, counts, monkeypatch):
    (folder / "chat.txt").write_text(SAID)
    (folder / "private.txt").write_text(SAID)
    (folder / "home").mkdir()
    (folder / "home" / "more.txt").write_text(SAID)
    # Root may read everything, whatever the permissions.
    monkeypatch.setattr(os, "access", lambda path, mode: "chat" in str(path))

    assert texts(folder, counts) == [["Hi", "Hello"]]
    assert counts.formats == {"chat.txt": "plain-text", "home": "not readable", "private.txt": "not readable"}
    assert counts.dropped == {"file_unreadable": 2}
    assert corpus_files(folder) == [folder / "chat.txt"]


def test_a_file_that_may_not_be_read_is_told(folder, counts, monkeypatch):
    def refuse(path):
        raise PermissionError(13, "Permission denied", str(path))

    (folder / "chat.txt").write_text(SAID)
    monkeypatch.setattr("preprocessing.readers.registry.head_of", refuse)

    with pytest.raises(CorpusError, match=r"chat\.txt could not be read: Permission denied\. Check its perm"):
        texts(folder / "chat.txt", counts)


def test_a_name_that_is_no_text_is_shown_as_such(folder, counts):
    (folder / os.fsdecode(b"caf\xe9.txt")).write_text(SAID)

    assert texts(folder, counts) == [["Hi", "Hello"]]
    assert counts.formats == {"caf\ufffd.txt": "plain-text"}


def test_a_file_that_is_named_is_read_whatever_it_is_called(folder, counts):
    (folder / "README").write_text(SAID)
    (folder / ".hidden.txt").symlink_to(folder / "README")

    assert texts(folder / "README", counts) == texts(folder / ".hidden.txt", counts) == [["Hi", "Hello"]]


def test_cornells_two_files_are_read_once_by_either_name(counts):
    for name in ("movie_lines.txt", "movie_conversations.txt", ""):
        assert len(texts(EXAMPLES / "cornell" / name, counts)) == 5


def test_a_format_that_is_named_is_not_guessed(folder, counts):
    (folder / "talk.unknown").write_text("question,answer\nOpen?,Until six.\n")

    assert texts(folder, counts, format="table") == [["Open?", "Until six."]]
    assert texts(folder, counts, format="plain-text") == [["question,answer", "Open?,Until six."]]


def test_a_named_format_keeps_two_files_apart_that_cornell_would_join(folder, counts):
    (folder / "a_lines.txt").write_text(SAID)
    (folder / "a_conversations.txt").write_text(SAID)

    assert texts(folder, counts, format="plain-text") == [["Hi", "Hello"]] * 2


@pytest.mark.parametrize(
    ("format", "complaint"),
    [
        ("cornell", r"must be a folder with movie_lines\.txt and movie_conversations\.txt"),
        ("sql", "SQLite file"),
        ("spreadsheet", r"chat\.txt must be .*XLSX"),
        ("chatterbot", r"chat\.txt.*'conversations'"),
        ("telegram", r"chat\.txt, line 1"),
        ("chitchat", r"chat\.txt, line 1"),
        ("lccc", r"chat\.txt, line 1"),
        ("table", r"chat\.txt, line 1: there must be columns"),
    ],
)
def test_a_named_format_says_itself_what_is_missing(folder, counts, format, complaint):
    (folder / "chat.txt").write_text("Hi\nHello\nYou\n")

    with pytest.raises(CorpusError, match=complaint):
        texts(folder, counts, format=format, options=ReadOptions(query="SELECT 1 AS q, 2 AS a"))


def test_a_cornell_file_without_the_other_is_told(folder, counts):
    (folder / "movie_lines.txt").write_bytes((EXAMPLES / "cornell" / "movie_lines.txt").read_bytes())

    with pytest.raises(
        CorpusError, match=r"must be a folder with movie_lines\.txt and movie_conversations\.txt"
    ):
        texts(folder, counts)


def test_what_the_original_cornell_has_beside_its_conversations_is_not_read_as_text(folder, counts):
    for file in (EXAMPLES / "cornell").iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    (folder / "movie_titles_metadata.txt").write_text(
        "m0 +++$+++ 10 things i hate about you +++$+++ 1999\n" * 9
    )

    assert len(texts(folder, counts)) == 5
    assert counts.formats["movie_titles_metadata.txt"] == "not part of the corpus"
    assert counts.dropped["file_beside_corpus"] == 1
    assert counts.bytes_read == counts.bytes_total


def test_an_empty_corpus_is_told(folder, counts):
    (folder / "empty.csv").touch()
    (folder / "empty.zip").touch()

    for path in (folder, folder / "empty.csv", folder / "empty.zip"):
        with pytest.raises(CorpusError, match=rf"{path.name} must hold conversations\. It is empty"):
            texts(path, counts)
    with pytest.raises(CorpusError, match=r"empty\.csv must hold conversations\. It is empty"):
        texts(folder / "empty.csv", counts, format="table")


def test_a_folder_without_files_is_told(folder, counts):
    with pytest.raises(CorpusError, match=r"corpus was not recognised.*Received no file\."):
        texts(folder, counts)
    with pytest.raises(CorpusError, match=r"must hold one of: CSV or TSV\. Received no file"):
        texts(folder, counts, format="table")
    with pytest.raises(
        CorpusError, match=r"must be a folder with movie_lines\.txt and movie_conversations\.txt"
    ):
        texts(folder, counts, format="cornell")
    assert detect_format(folder) is None


def test_a_corpus_of_no_known_format_is_told_with_what_it_was_taken_for(folder, counts):
    for number in range(6):
        (folder / f"{number}.bin").write_bytes(bytes(range(256)))

    with pytest.raises(CorpusError, match=r"Received 0\.bin \(not text\), .*, 4\.bin \(not text\)\. Check"):
        texts(folder, counts)


def test_a_corpus_that_was_read_before_hides_no_fault(folder, counts):
    texts(EXAMPLES / "csv", counts)

    with pytest.raises(CorpusError, match="was not recognised"):
        texts(folder, counts)


def test_what_is_no_file_is_told(folder, counts):
    os.mkfifo(folder / "pipe.txt")

    with pytest.raises(CorpusError, match=r"must be a file or folder that exists\. Received .*/none\."):
        texts(folder / "none", counts)
    with pytest.raises(CorpusError, match=r"pipe\.txt is a pipe or a device"):
        texts(folder / "pipe.txt", counts)
    with pytest.raises(CorpusError, match=r"x could not be read: File name too long"):
        texts(folder / ("x" * 300), counts)
    with pytest.raises(CorpusError, match="must be a file or folder that exists"):
        texts(folder / "a\0b", counts)
    with pytest.raises(CorpusError, match=r"A format must be auto or one of cornell, sql, .*Received docx"):
        texts(folder, counts, format="docx")


def test_ten_thousand_files_are_a_corpus(folder, counts):
    for number in range(10_000):
        (folder / f"{number:04}.txt").write_text(SAID)

    files = corpus_files(folder)

    assert (len(files), files[0].name, files[-1].name) == (10_000, "0000.txt", "9999.txt")
    assert next(read_conversations(folder, counts=counts)).identifier == "0000.txt:1"
