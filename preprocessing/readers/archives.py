"""Archives are unpacked into a folder of their own, within limits: what they promise is never believed."""

import contextlib
import errno
import gzip
import re
import shutil
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path, PurePosixPath
from typing import Protocol

from preprocessing.errors import CorpusError
from preprocessing.readers.encodings import is_common_chinese, is_utf8

READABLE = (".zip", ".gz")
# Of these, people have to take the files out themselves.
FOREIGN = (".tgz", ".tar", ".tbz", ".tbz2", ".txz", ".bz2", ".xz", ".zst", ".lzma", ".7z", ".rar", ".z")
MAX_UNPACKED_BYTES = 20_000_000_000
MAX_MEMBERS = 100_000
MAX_DEPTH = 2
# Text shrinks to a tenth, repeated lines to a hundredth; a bomb to a thousandth. Small ones do as they like.
MAX_RATIO, RATIO_FREE_BYTES = 200, 50_000_000
# Python's own walks through folders go no deeper than a thousand.
MAX_FOLDERS = 50
CHUNK_BYTES = 1 << 20
LOCAL_HEADER_BYTES = 30
ENCRYPTED, NAMED_IN_UTF8 = 1, 0x800
# The others can give terabytes in one piece, which no limit stops in time.
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
DRIVE = re.compile("[A-Za-z]:")
# What damaged bytes lead the libraries to; ValueError comes from names.
DAMAGED = (zipfile.BadZipFile, gzip.BadGzipFile, zlib.error, EOFError, ValueError)
IN_EACH_OTHERS_WAY = (FileExistsError, NotADirectoryError, IsADirectoryError)


class Source(Protocol):
    def read(self, size: int, /) -> bytes: ...


class Allowance:
    """What an archive may unpack, together with the archives in it."""

    def __init__(self, packed_bytes: int) -> None:
        self.most_bytes = min(MAX_UNPACKED_BYTES, RATIO_FREE_BYTES + MAX_RATIO * packed_bytes)
        self._bytes, self._members, self._depth = 0, 0, 0

    @contextlib.contextmanager
    def entered(self, name: str) -> Iterator[None]:
        if self._depth == MAX_DEPTH:
            raise CorpusError(
                f"{name} lies too deep: an archive may hold further ones, and those none. Unpack it and give "
                "the folder."
            )
        self._depth += 1
        yield
        self._depth -= 1

    def take_bytes(self, number: int, name: str) -> None:
        self._bytes += number
        if self._bytes > self.most_bytes:
            raise CorpusError(
                f"{name} was refused: its archive unpacks to more than {self.most_bytes:,} bytes, as those "
                "made to fill a disk do. Unpack it yourself and give the folder, if you trust it."
            )

    def take_member(self, name: str) -> None:
        self._members += 1
        if self._members > MAX_MEMBERS:
            raise CorpusError(
                f"{name} was refused: an archive must hold at most {MAX_MEMBERS:,} files. Join them, or "
                "unpack it yourself and give the folder."
            )


def is_archive(path: Path) -> bool:
    return path.suffix.lower() in READABLE + FOREIGN


@contextlib.contextmanager
def unpacked(path: Path, name: str, allowance: Allowance) -> Iterator[Path]:
    """Yield a folder with what a .zip holds, or the file that a .gz holds; it is gone afterwards.

    Raises:
        CorpusError: the archive is damaged, encrypted or foreign, its names lead elsewhere, or it is a bomb.
    """
    if path.suffix.lower() in FOREIGN or Path(path.stem).suffix.lower() == ".tar":
        raise CorpusError(
            f"{name} must be a .zip, or a .gz of a single file. Unpack it and give the folder, or pack its "
            "files as .zip."
        )
    unpack = unpack_gzip if path.suffix.lower() == ".gz" else unpack_zip
    with allowance.entered(name), tempfile.TemporaryDirectory(prefix="corpus-") as folder:
        yield unpack(path, name, Path(folder), allowance)


def unpack_gzip(path: Path, name: str, folder: Path, allowance: Allowance) -> Path:
    target = folder / path.stem
    with told(name), gzip.open(path, "rb") as source:
        copy_bounded(source, target, name, allowance)
    return target


def unpack_zip(path: Path, name: str, folder: Path, allowance: Allowance) -> Path:
    with told(name), zipfile.ZipFile(path) as archive:
        members = archive.infolist()
        require_apart(members, name)
        for member in members:
            if not member.filename.endswith(("/", "\\")):
                unpack_member(archive, member, name, folder, allowance)
    return folder


@contextlib.contextmanager
def told(name: str) -> Iterator[None]:
    """Say in words what stops the unpacking of an archive, or of a file in it."""
    try:
        yield
    except DAMAGED as error:
        raise CorpusError(f"{name} must be a whole archive: {error}. Copy or export it again.") from None
    except NotImplementedError as error:
        raise CorpusError(f"{name} must be an ordinary .zip: {error}. Pack its files anew.") from None
    except IN_EACH_OTHERS_WAY:
        raise CorpusError(
            f"{name} must be in its archive once, and only as a file or as a folder. Pack the files anew."
        ) from None
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise CorpusError(f"{name} could not be unpacked: {error.strerror}.") from None
        place = tempfile.gettempdir()
        raise CorpusError(
            f"{name} needs more room to unpack than the {shutil.disk_usage(place).free:,} bytes that are "
            f"free in {place}. Make room, or name another folder in TMPDIR."
        ) from None


def require_apart(members: list[zipfile.ZipInfo], name: str) -> None:
    """Refuse files that share bytes: so a small archive holds any number of large ones."""
    ordered = sorted(members, key=lambda member: member.header_offset)
    for before, after in pairwise(ordered):
        if before.header_offset + LOCAL_HEADER_BYTES + before.compress_size > after.header_offset:
            raise CorpusError(
                f"{name} was refused: its files {before.filename!r} and {after.filename!r} lie in the same "
                "place, as in archives made to fill a disk. Pack the files anew."
            )


def unpack_member(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str, folder: Path, allowance: Allowance
) -> None:
    require_plain(member, name)
    inside = safe_name(member, name)
    full_name = f"{name}/{inside}"
    allowance.take_member(full_name)
    target = folder / inside
    with told(full_name):
        target.parent.mkdir(parents=True, exist_ok=True)
        with archive.open(member) as source:
            copy_bounded(source, target, full_name, allowance)


def require_plain(member: zipfile.ZipInfo, name: str) -> None:
    if member.flag_bits & ENCRYPTED:
        raise CorpusError(
            f"{name} must not be encrypted, and {member.filename!r} is. Pack it without password."
        )
    if member.compress_type not in METHODS:
        raise CorpusError(
            f"{name} must be packed by 'deflate', and {member.filename!r} is by another method, "
            f"{member.compress_type}. Pack the files as an ordinary .zip."
        )
    if stat.S_ISLNK(member.external_attr >> 16):
        raise CorpusError(
            f"{name} must hold no links, and {member.filename!r} is one. Pack the file that it leads to."
        )


def safe_name(member: zipfile.ZipInfo, name: str) -> PurePosixPath:
    """Return a member's name, once it is certain that it stays in its folder."""
    inside = PurePosixPath(written_name(member).replace("\\", "/"))
    if inside.is_absolute() or ".." in inside.parts or DRIVE.match(str(inside)):
        raise CorpusError(
            f"{name} was refused: its file {str(inside)!r} leads out of the archive. Pack the files anew."
        )
    if not inside.name.strip(". ") or len(inside.parts) > MAX_FOLDERS:
        raise CorpusError(
            f"{name} must hold files that have names, in at most {MAX_FOLDERS} folders within one another. "
            f"Received {str(inside)[:200]!r}. Rename it and pack the files anew."
        )
    return inside


def written_name(member: zipfile.ZipInfo) -> str:
    """Return a name as it was written: what is not marked as UTF-8 comes as if it were DOS's own letters."""
    if member.flag_bits & NAMED_IN_UTF8 or member.filename.isascii():
        return member.filename
    bare = member.filename.encode("cp437")
    if is_utf8(bare):
        return bare.decode("utf-8", "replace")
    is_chinese = is_common_chinese(bare.decode("gb18030", "ignore"), "gb2312")
    return bare.decode("gb18030", "replace") if is_chinese else member.filename


def copy_bounded(source: Source, target: Path, name: str, allowance: Allowance) -> None:
    """Copy until the end, or until it is clear that there is no end worth waiting for."""
    with target.open("xb") as file:
        while chunk := source.read(CHUNK_BYTES):
            allowance.take_bytes(len(chunk), name)
            file.write(chunk)
