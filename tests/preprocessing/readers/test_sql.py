import sqlite3
import time
from contextlib import closing

import pytest

from preprocessing.errors import CorpusError
from preprocessing.readers.sql import is_sqlite, read_sql

FAQ = "SELECT question, answer FROM faq"


@pytest.fixture
def folder(tmp_path):
    """A folder with nothing else in it."""
    (tmp_path / "databases").mkdir()
    return tmp_path / "databases"


@pytest.fixture
def database(tmp_path):
    return make_database(tmp_path / "shop.db")


def make_database(path, journal="delete"):
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA journal_mode={journal}")
        connection.executescript(
            """
            CREATE TABLE faq (id, question, answer);
            INSERT INTO faq VALUES (1, 'Are you open?', 'Until six.'), (2, '多少钱？', 42);
            CREATE TABLE said (chat, who, message, sent);
            INSERT INTO said VALUES (1, 'Ann', 'Hello?', 0), (1, 'Bob', 'Hi!', 60), (2, 'Ann', 'Bye.', NULL);
            """
        )
    return path


def said(location, query, counts):
    return [[turn.text for turn in read.turns] for read in read_sql(location, query, counts)]


def test_questions_and_answers_are_read_from_sqlite(database, counts):
    first, second = read_sql(database, FAQ, counts)

    assert (first.identifier, second.identifier) == ("1", "2")
    assert [turn.text for turn in first.turns] == ["Are you open?", "Until six."]
    assert [turn.text for turn in second.turns] == ["多少钱？", "42"]
    assert (counts.lines, counts.conversations, counts.dropped) == (2, 2, {})
    assert counts.bytes_read == database.stat().st_size


def test_conversations_are_read_from_sqlite(database, counts):
    query = """
        -- all
        WITH a AS (SELECT * FROM said) SELECT sent AS time, message, who, chat FROM a ORDER BY chat, sent;
    """

    first, second = read_sql(str(database), query, counts)

    assert [(turn.speaker, turn.text, turn.time) for turn in first.turns] == [
        ("Ann", "Hello?", 0.0),
        ("Bob", "Hi!", 60.0),
    ]
    assert (first.identifier, second.identifier, second.turns[0].time) == ("1", "2", None)


def test_databases_are_recognised(database, tmp_path):
    (tmp_path / "text.db").write_text("SQLite format 3 is what this is about.")

    assert [is_sqlite(tmp_path / name) for name in ("shop.db", "text.db", "none.db", ".")] == [
        True, False, False, False,
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["a b.db", "100%.db", "what?mode=rwc#.db", "问题.db", "it's.db"])
def test_a_files_name_may_have_any_characters(folder, counts, name):
    assert len(said(make_database(folder / name), FAQ, counts)) == 2
    assert [path.name for path in folder.iterdir()] == [name]


def test_what_is_no_text_is_dropped_and_counted(database, counts):
    query = """
        SELECT CAST(x'ff41' AS TEXT) AS question, 'a' AS answer UNION ALL SELECT x'41', 'b'
        UNION ALL SELECT NULL, 'c' UNION ALL SELECT ' ', 'd' UNION ALL SELECT 'q', 1.5
    """

    assert said(database, query, counts) == [["q", "1.5"]]
    assert counts.dropped == {"cannot_be_decoded": 1, "not_text": 1, "empty_text": 2}


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("SELECT nope FROM faq", "no such column: nope"),
        ("SELECT * FRO faq", "syntax error"),
        ("SELECT 1; DELETE FROM faq", "one statement at a time"),
        ("WITH a AS (SELECT 1) DELETE FROM faq", "not authorized"),
        ("WITH a AS (SELECT 1) UPDATE sqlite_master SET name = 1", "may not be modified"),
        ("SELECT load_extension('x') AS question", "not authorized"),
        ("SELECT name AS question, file AS answer FROM pragma_database_list", "not authorized"),
        ("SELECT question, answer FROM faq WHERE id = ?", "bindings"),
        ("SELECT '\ud800' AS question", "surrogates"),
    ],
)
def test_what_a_database_refuses_is_told_in_its_words(database, counts, query, reason):
    with pytest.raises(CorpusError, match=rf"shop\.db must be able to answer the query.*{reason}"):
        said(database, query, counts)

    assert len(said(database, FAQ, counts)) == 2


@pytest.mark.parametrize(
    "query",
    [
        "",
        "DELETE FROM faq",
        "ATTACH 'x' AS y",
        "PRAGMA query_only = OFF",
        "/* SELECT */ VACUUM",
        "SELECT 1\0",
    ],
)
def test_a_query_must_be_a_select(database, counts, query):
    with pytest.raises(CorpusError, match="one SELECT of question and answer"):
        said(database, query, counts)


def test_missing_columns_are_told_with_those_that_are_there(database, counts):
    with pytest.raises(
        CorpusError, match=r"shop\.db: there must be columns for question and answer.*'id', 'answer'"
    ):
        said(database, "SELECT id, answer FROM faq", counts)


def test_virtual_tables_can_be_read(database, counts):
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("CREATE VIRTUAL TABLE found USING fts5 (question, answer)")
        connection.execute("INSERT INTO found SELECT question, answer FROM faq")
        connection.commit()

    assert said(database, "SELECT * FROM found WHERE found MATCH 'open'", counts) == [
        ["Are you open?", "Until six."]
    ]
    assert said(database, """SELECT key AS q, value AS a FROM json_each('{"x": "y"}')""", counts) == [
        ["x", "y"]
    ]


def test_a_file_that_is_written_ahead_gets_no_files_beside_it(folder, counts):
    database = make_database(folder / "shop.db", "wal")

    assert len(said(database, FAQ, counts)) == 2
    assert list(folder.iterdir()) == [database]


def test_rows_that_wait_beside_the_file_are_read(tmp_path, counts):
    database = make_database(tmp_path / "shop.db", "wal")
    with closing(sqlite3.connect(database)) as writer:
        writer.execute("INSERT INTO faq VALUES (3, 'New?', 'Yes.')")
        writer.commit()

        assert said(database, FAQ, counts)[-1] == ["New?", "Yes."]


def test_a_damaged_file_is_told(database, counts):
    content = bytearray(database.read_bytes())
    content[100:] = b"\xff" * (len(content) - 100)
    database.write_bytes(content)

    with pytest.raises(CorpusError, match="malformed"):
        said(database, FAQ, counts)


def test_what_is_no_database_is_refused(tmp_path, counts):
    (tmp_path / "a.txt").write_text("Hello")

    for name in ("a.txt", "none.db"):
        with pytest.raises(CorpusError, match="SQLite file or the address of a PostgreSQL server"):
            said(tmp_path / name, FAQ, counts)


def test_rows_are_streamed(database, counts):
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i AS q, i AS a FROM n"

    read = read_sql(database, endless, counts)
    identifiers = [next(read).identifier for _ in range(3)]
    read.close()

    assert (identifiers, counts.lines) == (["1", "2", "3"], 3)


def test_a_query_that_gives_no_row_is_ended(database, counts):
    endless = (
        "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) "
        "SELECT max(x) AS question, 1 AS answer FROM c"
    )
    started = time.monotonic()

    with pytest.raises(CorpusError, match=r"shop\.db must give the next row within 0\.2 s"):
        list(read_sql(database, endless, counts, patience_seconds=0.2))

    assert time.monotonic() - started < 5
