"""Databases: what one SELECT gives of a SQLite file or a PostgreSQL server; the connection cannot write."""

import re
import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from preprocessing.conversations import Conversation, Counts
from preprocessing.errors import CorpusError
from preprocessing.readers.columns import UNDECODED, roles_of, rows_to_conversations
from preprocessing.readers.options import DEFAULT_OPTIONS

if TYPE_CHECKING:
    from psycopg import Connection

SQLITE_START = b"SQLite format 3\x00"
# Bytes 18 and 19 of a SQLite file whose newest rows may lie in a second file.
WRITE_AHEAD = b"\x02\x02"
HOST = r"(?:\[[^\[\]@/?]*\]|[^:,/?@\[\]]*)(?::[0-9]*)?"
# As libpq cuts it; what libpq would cut elsewhere than people expect does not match.
ADDRESS = re.compile(
    rf"(?P<scheme>postgres(?:ql)?://)(?:[^:@/]*(?::[^@/]*)?@)?"
    rf"(?P<place>{HOST}(?:,{HOST})*(?:/[^?@]*)?)(?:\?[^@]*)?"
)
ROWS_AT_ONCE = 2000
STEPS_BETWEEN_LOOKS = 100_000
CONNECT_TIMEOUT_SECONDS = 10
READ_ONLY = "-c default_transaction_read_only=on -c datestyle=ISO"
SELECTS = re.compile(r"(?:\s|--[^\n]*\n|/\*.*?\*/)*(?:select|with)\b", re.IGNORECASE | re.DOTALL)
SQLITE_READING = frozenset(
    {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE}
)
SQLITE_LOADING = frozenset({"load_extension", "fts3_tokenizer"})
# How virtual tables, such as those for full-text search, open themselves. SQLite changes nothing by it.
SQLITE_OPENING = frozenset(
    {
        (sqlite3.SQLITE_UPDATE, "sqlite_master"),
        (sqlite3.SQLITE_PRAGMA, "data_version"),
        (sqlite3.SQLITE_PRAGMA, "page_size"),
    }
)
# PostgreSQL's types that come as text; 0 is every type that psycopg does not know.
TEXT_TYPES = (0, "text", "varchar", "bpchar", "name", "date", "timestamp", "timestamptz")


class Patience:
    """How long a database may work on the next rows; a query can be endless without giving one."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.renew()

    def renew(self) -> None:
        self._until = time.monotonic() + self.seconds

    def is_over(self) -> bool:
        return time.monotonic() > self._until

    def refusal(self, name: str) -> CorpusError:
        return CorpusError(
            f"{name} must give the next row within {self.seconds:g} s; this query took longer. "
            "Check its joins, or make an index."
        )


class Cursor(Protocol):
    """What both databases give: the columns, then row after row."""

    @property
    def description(self) -> Sequence[Sequence[Any]] | None: ...

    def __iter__(self) -> Iterator[Any]: ...


def is_sqlite(path: Path) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(len(SQLITE_START)) == SQLITE_START


def is_postgresql(address: str) -> bool:
    return address.startswith(("postgresql://", "postgres://"))


def without_password(address: str) -> str:
    """Return where a PostgreSQL database is, without user, password and parameters.

    >>> without_password("postgresql://ann:secret@localhost:5432/shop?sslmode=require")
    'postgresql://localhost:5432/shop'
    """
    match = ADDRESS.fullmatch(address)
    return f"{match['scheme']}{match['place']}" if match else "postgresql://…"


def read_sql(
    location: str | Path,
    query: str,
    counts: Counts,
    patience_seconds: float = DEFAULT_OPTIONS.patience_seconds,
) -> Iterator[Conversation]:
    """Yield what a SELECT gives, while it is read: columns are known by their names, whatever their order.

    With question and answer, each row is a conversation with the row's number as its identifier. With
    conversation, text and, where known, speaker and time, consecutive rows of one conversation are one: the
    query must ORDER BY conversation and time. A conversation that comes back after another one goes on as a
    new one with the identifier `id.1`, then `id.2`.

    Raises:
        CorpusError: the database cannot be reached or refuses the query; no message has the password.
    """
    require_one_select(query)
    name = without_password(str(location)) if is_postgresql(str(location)) else Path(location).name
    patience = Patience(patience_seconds)
    with opened(location, query, counts, patience) as cursor:
        header = [str(column[0]) for column in cursor.description or ()]
        try:
            roles = roles_of(header, {})
        except CorpusError as error:
            raise CorpusError(f"{name}: {error} In SQL, so: SELECT my_column AS question.") from None
        yield from rows_to_conversations(numbered(cursor, counts, patience), roles, counts)


def require_one_select(query: str) -> None:
    """Refuse early what is meant to do something else; the connections refuse the rest."""
    if not SELECTS.match(query) or "\0" in query:
        raise CorpusError(
            "A database needs a query: one SELECT of question and answer, or of conversation, speaker and "
            f"text, such as SELECT question, answer FROM faq. Received {query.strip()[:100] or 'none'}."
        )


def opened(
    location: str | Path, query: str, counts: Counts, patience: Patience
) -> AbstractContextManager[Cursor]:
    if is_postgresql(str(location)):
        return postgresql_cursor(str(location), query, patience)
    if not is_sqlite(Path(location)):
        raise CorpusError(
            f"A database must be a SQLite file or the address of a PostgreSQL server. Received {location}."
        )
    return sqlite_cursor(Path(location), query, counts, patience)


def numbered(
    rows: Iterable[Sequence[object]], counts: Counts, patience: Patience
) -> Iterator[tuple[int, Sequence[object]]]:
    for number, row in enumerate(rows, 1):
        counts.lines += 1
        yield number, row
        patience.renew()


@contextmanager
def sqlite_cursor(path: Path, query: str, counts: Counts, patience: Patience) -> Iterator[Cursor]:
    end = counts.bytes_read + path.stat().st_size

    def decode(text: bytes) -> object:
        # A query may read a file twice, a bar goes to its end once.
        counts.bytes_read = min(counts.bytes_read + len(text), end)
        return decoded(text)

    try:
        with closing(sqlite3.connect(read_only_address(path), uri=True)) as connection:
            connection.execute("PRAGMA query_only = ON")
            connection.execute("PRAGMA trusted_schema = OFF")
            connection.text_factory = decode
            connection.set_authorizer(admit_reading)
            connection.set_progress_handler(patience.is_over, STEPS_BETWEEN_LOOKS)
            with closing(connection.execute(query)) as cursor:
                yield cursor
    except (sqlite3.Error, sqlite3.Warning, UnicodeError) as error:
        raise (patience.refusal(path.name) if patience.is_over() else refusal(path.name, error)) from None
    counts.bytes_read = end


def read_only_address(path: Path) -> str:
    """Return a SQLite file's address for reading, which also leaves no file beside it.

    Where rows are written ahead, even a reader makes such files, unless it is told that nobody writes.
    """
    address = f"{path.absolute().as_uri()}?mode=ro"
    with path.open("rb") as file:
        is_written_ahead = file.read(20)[18:] == WRITE_AHEAD
    waiting = path.with_name(f"{path.name}-wal")
    has_waiting = waiting.exists() and waiting.stat().st_size > 0
    return f"{address}&immutable=1" if is_written_ahead and not has_waiting else address


def admit_reading(action: int, first: str | None, second: str | None, *_: str | None) -> int:
    """Admit SELECT, and functions that load no code; deny ATTACH, PRAGMA and all that writes."""
    is_loading = action == sqlite3.SQLITE_FUNCTION and (second or "").lower() in SQLITE_LOADING
    is_reading = action in SQLITE_READING and not is_loading
    is_opening = (action, first) in SQLITE_OPENING and (action != sqlite3.SQLITE_PRAGMA or second is None)
    return sqlite3.SQLITE_OK if is_reading or is_opening else sqlite3.SQLITE_DENY


def decoded(text: bytes) -> object:
    try:
        return text.decode("utf-8")
    except UnicodeDecodeError:
        return UNDECODED


@contextmanager
def postgresql_cursor(address: str, query: str, patience: Patience) -> Iterator[Cursor]:
    require_address(address)
    try:
        import psycopg
    except ImportError:
        raise CorpusError(
            'PostgreSQL can be read where psycopg is installed. Run: pip install "psycopg[binary]".'
        ) from None
    with closing(connected(address, patience)) as connection:
        connection.read_only = True
        take_text(connection)
        try:
            # A cursor with a name stays on the server, which then sends some rows at a time.
            with connection.cursor(name="corpus") as cursor:
                cursor.itersize = ROWS_AT_ONCE
                cursor.execute(query.encode())
                yield cursor
        except (psycopg.Error, UnicodeError) as error:
            raise refusal(without_password(address), error) from None


def require_address(address: str) -> None:
    """Refuse an address that libpq would cut within the password: it would then show a part of it."""
    if not ADDRESS.fullmatch(address):
        raise CorpusError(
            "A PostgreSQL address must be postgresql://user:password@host:port/database, where names and "
            "passwords have %40 %3A %2F %3F %25 for @ : / ? %. The one received does not."
        )


def connected(address: str, patience: Patience) -> "Connection[Any]":
    import psycopg
    from psycopg.conninfo import conninfo_to_dict

    try:
        parameters = conninfo_to_dict(address)
    except psycopg.Error:
        # The message may quote the password.
        raise CorpusError(
            f"{without_password(address)} must be an address that PostgreSQL knows. Check its parameters, "
            "and that % is written as %25."
        ) from None
    limit = f"-c statement_timeout={round(1000 * patience.seconds)}"
    options = f"{parameters.get('options') or ''} {READ_ONLY} {limit}".strip()
    try:
        return psycopg.connect(
            address, connect_timeout=CONNECT_TIMEOUT_SECONDS, client_encoding="UTF8", options=options
        )
    except psycopg.Error as error:
        reason = reason_of(error)
        for name in ("password", "sslpassword"):
            reason = hidden(reason, str(parameters.get(name) or ""))
        raise CorpusError(
            f"{without_password(address)} must be a PostgreSQL server that can be reached: {reason}. "
            "Check the address, and that the server runs."
        ) from None


def take_text(connection: "Connection[Any]") -> None:
    """Have texts that are not UTF-8, and times that Python has no numbers for, come as something."""
    from psycopg.adapt import Loader

    class Text(Loader):
        def load(self, data: Any) -> object:
            return decoded(bytes(data))

    for name in TEXT_TYPES:
        connection.adapters.register_loader(name, Text)
    # Such a server knows no encoding of its own, and would end at the first text that is not the client's.
    if connection.info.parameter_status("server_encoding") == "SQL_ASCII":
        connection.execute("SET client_encoding TO SQL_ASCII")


def hidden(reason: str, secret: str) -> str:
    return re.sub(rf"(?<!\w){re.escape(secret)}(?!\w)", "…", reason) if secret else reason


def refusal(name: str, error: Exception) -> CorpusError:
    return CorpusError(
        f"{name} must be able to answer the query; it says: {reason_of(error)}. "
        "Give one SELECT, and check the names of tables and columns."
    )


def reason_of(error: Exception) -> str:
    """Return what a database says without the lines that show where in the query."""
    diagnostics = getattr(error, "diag", None)
    message = getattr(diagnostics, "message_primary", None) or str(error)
    return " ".join(message.split())[:300].rstrip(".")
