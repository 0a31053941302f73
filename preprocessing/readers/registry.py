"""The formats that can be read. A new one is a file here and a line in FORMATS."""

import os
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from preprocessing.conversations import Conversation, Counts
from preprocessing.errors import CorpusError
from preprocessing.readers.archives import Allowance, is_archive, unpacked
from preprocessing.readers.chatterbot import is_chatterbot, read_chatterbot
from preprocessing.readers.chitchat import is_chitchat, read_chitchat
from preprocessing.readers.cornell import SEPARATOR, cornell_files, read_cornell
from preprocessing.readers.dailydialog import is_dailydialog, read_dailydialog
from preprocessing.readers.json_lines import is_json_lines, read_json_lines_corpus
from preprocessing.readers.lccc import is_lccc, read_lccc
from preprocessing.readers.options import DEFAULT_OPTIONS, ReadOptions
from preprocessing.readers.plain_text import is_plain_text, read_plain_text
from preprocessing.readers.spreadsheets import is_spreadsheet, read_spreadsheet
from preprocessing.readers.sql import is_postgresql, is_sqlite, read_sql, without_password
from preprocessing.readers.tables import is_table, read_table
from preprocessing.readers.telegram import is_telegram, read_telegram
from preprocessing.readers.text_lines import Head, head_of
from preprocessing.readers.whatsapp import is_whatsapp, read_whatsapp

Read = Callable[[Path, str, Counts, ReadOptions], Iterator[Conversation]]
# What lies beside corpora and holds no conversation.
BYSTANDERS = frozenset({"readme", "license", "licence", "copying", "citation", "changelog", "notice"})
BYSTANDER_SUFFIXES = frozenset({".md", ".rst", ".pdf", ".py", ".sha256", ".md5"})


@dataclass(frozen=True)
class Format:
    """`recognise` looks at the beginning of a file; `read` gets the file and its name for messages."""

    title: str
    recognise: Callable[[Head], bool]
    read: Read


def read_database(path: Path, name: str, counts: Counts, options: ReadOptions) -> Iterator[Conversation]:
    return read_sql(path, options.query, counts, options.patience_seconds)


def is_cornell(head: Head) -> bool:
    """Whether a file is one of two that belong together, or looks like one without the other."""
    return cornell_files(head.path) is not None or has_cornell_fields(head)


def is_beside_cornell(head: Head) -> bool:
    """Whether a file tells more of the films: the original comes with their titles and characters."""
    is_alike = has_cornell_fields(head) and cornell_files(head.path) is None
    return is_alike and cornell_files(head.path.parent) is not None


def has_cornell_fields(head: Head) -> bool:
    return any(SEPARATOR in line for line in head.lines[:1])


# In the order in which they are tried: what is recognised with more certainty comes first.
FORMATS = {
    "cornell": Format("Cornell Movie-Dialogs", is_cornell, read_cornell),
    "sql": Format("SQL database", lambda head: is_sqlite(head.path), read_database),
    "spreadsheet": Format("XLSX spreadsheet", is_spreadsheet, read_spreadsheet),
    "chatterbot": Format("chatterbot YAML", is_chatterbot, read_chatterbot),
    "dailydialog": Format("DailyDialog text", is_dailydialog, read_dailydialog),
    "telegram": Format("Telegram export", is_telegram, read_telegram),
    "chitchat": Format("BYU Chit-Chat JSON", is_chitchat, read_chitchat),
    "lccc": Format("LCCC JSON", is_lccc, read_lccc),
    "json-lines": Format("JSON Lines", is_json_lines, read_json_lines_corpus),
    "whatsapp": Format("WhatsApp export", is_whatsapp, read_whatsapp),
    "table": Format("CSV or TSV", is_table, read_table),
    "plain-text": Format("plain text", is_plain_text, read_plain_text),
}


# Why a file is left out, as the counts of what was dropped call it.
NOT_RECOGNISED, NO_TEXT, EMPTY = "file_not_recognised", "file_is_no_text", "file_empty"
UNREADABLE, BESIDE, NOT_REGULAR = "file_unreadable", "file_beside_corpus", "file_not_regular"
LEFT_OUT = {
    NOT_RECOGNISED: "not recognised",
    NO_TEXT: "not text",
    EMPTY: "empty",
    UNREADABLE: "not readable",
    BESIDE: "not part of the corpus",
    NOT_REGULAR: "link or device",
}
MOST_NAMED = 5


@dataclass(frozen=True)
class Unit:
    """What is read at once, with the name for messages; `format` is one of FORMATS or of LEFT_OUT."""

    path: Path
    name: str
    format: str


def detect_format(path: Path) -> str | None:
    """Return the first format that recognises a file, or one of a folder's files; or None."""
    found = (format_of(head_of(file)) for file in corpus_files(path))
    return next((format for format in found if format in FORMATS), None)


def described_files(path: Path) -> dict[str, str]:
    """Return what each file of a corpus would be read as; archives stay closed.

    Raises:
        OSError: a file cannot be read.
    """
    root = path if path.is_dir() else path.parent
    return {shown_name(file, root): description_of(file, left_out) for file, left_out in entries_of(path)}


def description_of(file: Path, left_out: str) -> str:
    if left_out:
        return LEFT_OUT[left_out]
    if is_archive(file):
        return "archive"
    found = format_of(head_of(file))
    return FORMATS[found].title if found in FORMATS else LEFT_OUT[found]


def format_of(head: Head) -> str:
    """Return one of FORMATS, or of LEFT_OUT."""
    if is_blank(head):
        return EMPTY
    if is_beside_cornell(head):
        return BESIDE
    found = (name for name, known in FORMATS.items() if known.recognise(head))
    return next(found, NO_TEXT if head.encoding is None else NOT_RECOGNISED)


def is_blank(head: Head) -> bool:
    return head.encoding is not None and not head.is_cut and not head.text.strip()


def read_conversations(
    location: Path | str, *, counts: Counts, format: str = "auto", options: ReadOptions = DEFAULT_OPTIONS
) -> Iterator[Conversation]:
    """Yield the conversations of a corpus: a file, a folder, an archive or the address of a database.

    What was read and dropped is counted; what each file was taken for stands in `counts.formats`.

    Raises:
        CorpusError: files are missing, unreadable or of another format, with file and line.
    """
    if format != "auto" and format not in FORMATS:
        raise CorpusError(f"A format must be auto or one of {', '.join(FORMATS)}. Received {format}.")
    if is_postgresql(str(location)):
        counts.formats[without_password(str(location))] = "sql"
        yield from read_sql(str(location), options.query, counts, options.patience_seconds)
        return
    path = Path(location)
    try:
        require_corpus(path)
        yield from read_units(path, counts, format, options)
    except OSError as error:
        reason = error.strerror or error
        raise CorpusError(
            f"{error.filename or path} could not be read: {reason}. Check its permissions and its disk."
        ) from None


def require_corpus(path: Path) -> None:
    if not path.exists():
        raise CorpusError(f"A corpus must be a file or folder that exists. Received {path}.")
    if not path.is_file() and not path.is_dir():
        raise CorpusError(f"A corpus must be a regular file or a folder. {path} is a pipe or a device.")


def read_units(path: Path, counts: Counts, format: str, options: ReadOptions) -> Iterator[Conversation]:
    left_out: dict[str, str] = {}
    is_read = False
    counts.bytes_total += bytes_of(path)
    with closing(units_of(path, "", format, counts)) as units:
        for unit in units:
            counts.formats[unit.name] = LEFT_OUT.get(unit.format, unit.format)
            if unit.format in LEFT_OUT:
                counts.drop(unit.format)
                left_out[unit.name] = unit.format
            else:
                is_read = True
                yield from FORMATS[unit.format].read(unit.path, unit.name, counts, options)
    if not is_read:
        if format == "cornell":
            # It knows best which files it needs.
            yield from read_cornell(path, path.name, counts, options)
        raise nothing_to_read(path, format, left_out)


def nothing_to_read(path: Path, format: str, left_out: dict[str, str]) -> CorpusError:
    if left_out and set(left_out.values()) == {EMPTY}:
        return CorpusError(f"{path} must hold conversations. It is empty. Check that it was saved whole.")
    wanted = FORMATS if format == "auto" else {format: FORMATS[format]}
    shown = ", ".join(f"{name} ({LEFT_OUT[why]})" for name, why in islice(left_out.items(), MOST_NAMED))
    return CorpusError(
        f"The format of {path} was not recognised. It must hold one of: "
        f"{', '.join(known.title for known in wanted.values())}. Received {shown or 'no file'}. "
        "Check the path, or name the format with --format to see what is missing."
    )


def units_of(
    path: Path, prefix: str, format: str, counts: Counts, allowance: Allowance | None = None
) -> Generator[Unit, None, None]:
    """Yield what a file, folder or archive holds, in the order of names; an archive's is gone afterwards."""
    root = path if path.is_dir() else path.parent
    for file, left_out in entries_of(path):
        name = prefix + shown_name(file, root)
        if left_out:
            yield Unit(file, name, left_out)
        elif is_archive(file) and file.stat().st_size:
            yield from units_in_archive(file, name, format, counts, allowance)
        elif is_second_of_pair(file) and file != path and format in ("auto", "cornell"):
            counts.formats[name] = "cornell"
        else:
            unit = unit_of(file, name, format)
            counts.bytes_read += file.stat().st_size if unit.format in LEFT_OUT else 0
            yield unit


def units_in_archive(
    file: Path, name: str, format: str, counts: Counts, allowance: Allowance | None
) -> Iterator[Unit]:
    shared = allowance or Allowance(file.stat().st_size)
    with unpacked(file, name, shared) as content:
        counts.bytes_read += file.stat().st_size
        counts.bytes_total += bytes_of(content)
        yield from units_of(content, f"{name}/", format, counts, shared)


def unit_of(file: Path, name: str, format: str) -> Unit:
    head = head_of(file)
    return Unit(file, name, format_of(head) if format == "auto" or is_blank(head) else format)


def is_second_of_pair(file: Path) -> bool:
    """Whether a file is read together with the one beside it."""
    pair = cornell_files(file)
    return pair is not None and file == pair[1]


def shown_name(file: Path, root: Path) -> str:
    """Return a file's name below its root; bytes that are no text in it are shown as such."""
    return os.fsencode(file.relative_to(root).as_posix()).decode("utf-8", "replace")


def corpus_files(path: Path) -> list[Path]:
    """Return the files of a corpus, in the order of their names, without those that are left out unseen."""
    return [file for file, left_out in entries_of(path) if not left_out]


def bytes_of(path: Path) -> int:
    return sum(file.stat().st_size for file in corpus_files(path))


def entries_of(path: Path) -> list[tuple[Path, str]]:
    """Return what lies below a folder, each with why it is left out, or "", in the order of names.

    Links are not followed: they lead out of the corpus, or to what is read anyway.
    """
    if not path.is_dir():
        return [(path, "")]
    found: list[tuple[Path, str]] = []
    waiting = [path]
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for entry in entries:
                left_out = left_out_unseen(entry)
                if entry.is_dir(follow_symlinks=False) and not left_out:
                    waiting.append(Path(entry.path))
                else:
                    found.append((Path(entry.path), left_out))
    return sorted(found)


def left_out_unseen(entry: os.DirEntry[str]) -> str:
    """Return why a file or folder is left out without a look into it, or ""."""
    if is_bystander(entry):
        return BESIDE
    is_regular = entry.is_file(follow_symlinks=False) or entry.is_dir(follow_symlinks=False)
    if not is_regular:
        return NOT_REGULAR
    return "" if os.access(entry.path, os.R_OK) else UNREADABLE


def is_bystander(entry: os.DirEntry[str]) -> bool:
    """Whether a file is about the corpus, or a file or folder is a system's own."""
    name = Path(entry.name)
    is_about = name.stem.lower() in BYSTANDERS or name.suffix.lower() in BYSTANDER_SUFFIXES
    return entry.name.startswith((".", "__")) or (is_about and entry.is_file(follow_symlinks=False))
