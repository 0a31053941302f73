import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from preprocessing.errors import CorpusError
from preprocessing.readers.sql import is_postgresql, read_sql, without_password

FAQ = "SELECT question, answer FROM faq"
PASSWORD = "s3cret"


def programs():
    """Where PostgreSQL's server lies; Debian does not put it into PATH."""
    found = shutil.which("initdb") or max(
        map(str, Path("/usr/lib/postgresql").glob("*/bin/initdb")), default=""
    )
    return Path(found).parent if found else None


@pytest.fixture(scope="module")
def server():
    """The address of a PostgreSQL server of these tests' own."""
    pytest.importorskip("psycopg", reason="PostgreSQL is read by psycopg, which is not installed")
    folder = programs()
    if folder is None:
        pytest.skip("PostgreSQL's server is not installed (Debian: apt install postgresql)")
    # Not pytest's own folder: only root may enter it, and PostgreSQL does not run as root.
    with tempfile.TemporaryDirectory(prefix="postgresql-") as home, running(folder, Path(home)) as address:
        yield address


@contextmanager
def running(programs, home):
    user = {}
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        user = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": ()}
        shutil.chown(home, nobody.pw_uid)
    (home / "password").write_text(PASSWORD)
    made = [programs / "initdb", "-D", home / "data", "-U", "tester", "-A", "scram-sha-256", "--no-sync"]
    made += [f"--pwfile={home / 'password'}", "--encoding=UTF8", "--locale=C"]
    subprocess.run(made, check=True, capture_output=True, cwd=home, **user)
    port = free_port()
    started = [programs / "postgres", "-D", home / "data", "-h", "127.0.0.1", "-p", str(port), "-k", "", "-F"]
    # A query that is not streamed ends here, instead of filling the disk.
    started += ["-c", "temp_file_limit=10MB"]
    with (home / "log").open("wb") as log, subprocess.Popen(started, stderr=log, cwd=home, **user) as process:
        try:
            address = f"postgresql://tester:{PASSWORD}@127.0.0.1:{port}/postgres"
            wait_for(address)
            yield address
        finally:
            process.send_signal(signal.SIGINT)


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def wait_for(address):
    from psycopg import OperationalError, connect

    end = time.monotonic() + 60
    while True:
        try:
            return connect(address).close()
        except OperationalError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)


@pytest.fixture(params=["UTF8"])
def address(server, request):
    """The address of a database of the test's own, in the given encoding."""
    from psycopg import connect

    name = f"test_{uuid.uuid4().hex}"
    with closing(connect(server, autocommit=True)) as connection:
        connection.execute(f"CREATE DATABASE {name} ENCODING '{request.param}' TEMPLATE template0 LOCALE 'C'")
        yield server.replace("/postgres", f"/{name}")
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def execute(address, *statements):
    from psycopg import connect

    with closing(connect(address, autocommit=True)) as connection:
        for statement in statements:
            connection.execute(statement)


def said(location, query, counts):
    return [[turn.text for turn in read.turns] for read in read_sql(location, query, counts)]


def test_a_database_is_read_from_postgresql(address, counts):
    execute(
        address,
        "CREATE TABLE said (chat uuid, who text, message text, sent timestamptz, size numeric, image bytea)",
        """INSERT INTO said VALUES
        ('00000000-0000-0000-0000-000000000001', 'Ann', '多少钱？', '2024-04-03 12:55:12+08', 1.50, '\\x41'),
        ('00000000-0000-0000-0000-000000000001', 'Bob', '100% 42', 'infinity', 2, NULL)""",
    )

    (conversation,) = read_sql(
        address,
        "SELECT chat, who, message, sent AS time FROM said WHERE message LIKE '%' ORDER BY sent;",
        counts,
    )
    numbers = said(address, "SELECT size AS question, sent::date AS answer FROM said ORDER BY 1", counts)
    pictures = said(address, "SELECT image AS question, message AS answer FROM said", counts)

    assert conversation.identifier == "00000000-0000-0000-0000-000000000001"
    assert [(turn.speaker, turn.text, turn.time) for turn in conversation.turns] == [
        ("Ann", "多少钱？", 1712120112.0),
        ("Bob", "100% 42", None),
    ]
    assert numbers == [["1.50", "2024-04-03"], ["2", "infinity"]]
    assert pictures == []
    assert counts.dropped == {"not_text": 1, "empty_text": 1}


def test_addresses_are_recognised():
    assert is_postgresql("postgresql://localhost/shop")
    assert is_postgresql("postgres://localhost/shop")
    assert not is_postgresql("shop.db")


@pytest.mark.parametrize("address", ["SQL_ASCII"], indirect=True)
def test_texts_of_postgresql_that_are_not_utf8_are_counted(address, counts):
    execute(
        address,
        "CREATE TYPE mood AS ENUM ('good')",
        "CREATE TABLE faq (question text, answer mood)",
        "INSERT INTO faq VALUES (E'\\xff', 'good'), (E'\\xe9\\x97\\xae', 'good')",
    )

    assert said(address, FAQ, counts) == [["问", "good"]]
    assert counts.dropped == {"cannot_be_decoded": 1}


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("SELECT nope FROM faq", 'column "nope" does not exist'),
        ("SELECT * FRO faq", "syntax error"),
        ("SELECT 1; COMMIT; SET default_transaction_read_only = off; DELETE FROM faq", "multiple commands"),
        ("WITH a AS (DELETE FROM faq RETURNING *) SELECT * FROM a", "data-modifying"),
        ("SELECT question, answer INTO other FROM faq", "INTO"),
        ("SELECT question, answer FROM faq FOR UPDATE", "read-only transaction"),
        ("SELECT nextval('numbers') AS question, 1 AS answer", "read-only transaction"),
        (
            "SELECT set_config('transaction_read_only', 'off', false) AS question, 1 AS answer",
            "read-write mode",
        ),
        ("SELECT question, 1 / 0 AS answer FROM faq", "division by zero"),
    ],
)
def test_what_postgresql_refuses_is_told_in_its_words(address, counts, query, reason):
    execute(
        address,
        "CREATE TABLE faq (question text, answer text)",
        "INSERT INTO faq VALUES ('q', 'a')",
        "CREATE SEQUENCE numbers",
    )

    with pytest.raises(CorpusError, match=rf"must be able to answer the query.*{reason}"):
        said(address, query, counts)

    assert said(address, FAQ, counts) == [["q", "a"]]


def test_rows_of_postgresql_are_streamed(address, counts):
    read = read_sql(
        address, "SELECT i AS q, i AS a FROM (SELECT generate_series(1, 1000000000000) AS i) n", counts
    )
    identifiers = [next(read).identifier for _ in range(2500)]
    read.close()

    assert (identifiers[-1], counts.lines) == ("2500", 2500)


def test_options_in_an_address_are_kept(address, counts):
    execute(
        address,
        "CREATE SCHEMA other",
        "CREATE TABLE other.faq (question text, answer text)",
        "INSERT INTO other.faq VALUES ('q', 'a')",
    )

    assert said(f"{address}?options=-csearch_path%3Dother", FAQ, counts) == [["q", "a"]]


def test_a_server_that_refuses_a_password_is_told_without_it(server, counts):
    with pytest.raises(CorpusError, match=r"can be reached: .*password authentication failed") as info:
        said(server.replace(PASSWORD, "wr0ng-one"), FAQ, counts)

    assert "wr0ng" not in str(info.value)


def test_where_psycopg_is_missing_its_installation_is_told(monkeypatch, counts):
    monkeypatch.setitem(sys.modules, "psycopg", None)

    with pytest.raises(CorpusError, match=r'pip install "psycopg\[binary\]"'):
        said("postgresql://localhost/shop", FAQ, counts)


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://ann:s3cret/x@localhost/shop",
        "postgresql://ann:x@s3cret@localhost/shop",
        "postgresql://ann:s3cret",
        "postgres://ann:x#s3cret@localhost:54x/shop",
        "postgresql://ann:s3cret%zz@127.0.0.1:1/shop",
        "postgresql://127.0.0.1:1/shop?pasword=s3cret",
        "postgresql://ann:s3cret@127.0.0.1:1/shop",
        "postgresql://ann@127.0.0.1:1/shop?password=s3cret",
        "postgresql://s3cret:s3cret@127.0.0.1:1/shop",
    ],
)
def test_no_error_has_the_password(counts, address):
    pytest.importorskip("psycopg")

    with pytest.raises(CorpusError, match="must be") as info:
        said(address, FAQ, counts)

    assert "s3cret" not in str(info.value)
    assert "s3cret" not in without_password(address)


def test_an_address_is_shown_by_where_it_leads():
    assert without_password("postgresql://ann:s3cret@db.example.org:5432/shop?sslmode=require") == (
        "postgresql://db.example.org:5432/shop"
    )
    assert without_password("postgres://ann@[::1]:5432,other/shop") == "postgres://[::1]:5432,other/shop"
