import errno
import gzip
import tempfile
import zipfile

import pytest

from preprocessing.readers import archives
from preprocessing.readers.registry import read_conversations
from tests.preprocessing.readers.packing import Unmarked, packed, packed_in_memory, refused, texts

TABLE = "question,answer\nAre you open?,Until six.\n"


@pytest.fixture(autouse=True)
def temporary(tmp_path, monkeypatch):
    """Where archives are unpacked."""
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    return tmp_path / "temporary"


def test_a_zip_is_read_file_by_file_in_the_order_of_names(folder, counts, temporary):
    path = packed(folder / "all.zip", [("b/faq.csv", TABLE), ("a.txt", "Hi\nHello\n"), ("b/", "")])

    assert texts(path, counts) == [["Hi", "Hello"], ["Are you open?", "Until six."]]
    assert counts.formats == {"all.zip/a.txt": "plain-text", "all.zip/b/faq.csv": "table"}
    assert counts.bytes_read == counts.bytes_total
    assert list(temporary.iterdir()) == []


def test_a_gzipped_file_keeps_the_rest_of_its_name(folder, counts, temporary):
    (folder / "Chat.csv.GZ").write_bytes(gzip.compress(TABLE.encode()))

    assert texts(folder / "Chat.csv.GZ", counts) == [["Are you open?", "Until six."]]
    assert counts.formats == {"Chat.csv.GZ/Chat.csv": "table"}
    assert counts.bytes_read == counts.bytes_total
    assert list(temporary.iterdir()) == []


def test_a_gzipped_file_is_read_whatever_it_is_called(folder, counts):
    (folder / "readme.txt.gz").write_bytes(gzip.compress(b"Hi\n") + gzip.compress(b"Hello\n"))

    assert texts(folder / "readme.txt.gz", counts) == [["Hi", "Hello"]]


def test_archives_in_an_archive_in_a_folder_are_read(folder, counts):
    inner = packed_in_memory([("faq.csv", TABLE)])
    packed(folder / "all.zip", [("inner.zip", inner), ("c.txt.gz", gzip.compress(b"Hi\nHello\n"))])
    (folder / "d.txt").write_text("Bye\nSee you\n")

    assert texts(folder, counts) == [["Hi", "Hello"], ["Are you open?", "Until six."], ["Bye", "See you"]]
    assert list(counts.formats) == ["all.zip/c.txt.gz/c.txt", "all.zip/inner.zip/faq.csv", "d.txt"]


def test_a_corpus_of_two_files_is_read_from_a_zip(folder, counts):
    lines = (
        "L1 +++$+++ u0 +++$+++ m0 +++$+++ A +++$+++ Hi.\nL2 +++$+++ u1 +++$+++ m0 +++$+++ B +++$+++ Hello.\n"
    )
    conversations = "u0 +++$+++ u1 +++$+++ m0 +++$+++ ['L1', 'L2']\n"
    packed(folder / "c.zip", [("x/movie_lines.txt", lines), ("x/movie_conversations.txt", conversations)])

    assert texts(folder / "c.zip", counts) == [["Hi.", "Hello."]]
    assert set(counts.formats.values()) == {"cornell"}


def test_what_systems_put_into_archives_is_counted(folder, counts):
    path = packed(
        folder / "a.zip", [("a.txt", "Hi\nHello\n"), ("__MACOSX/._a.txt", "\0"), (".DS_Store", "\0")]
    )

    assert texts(path, counts) == [["Hi", "Hello"]]
    assert counts.dropped == {"file_beside_corpus": 2}
    assert counts.formats["a.zip/__MACOSX"] == "not part of the corpus"


def test_closed_half_way_it_leaves_nothing_behind(folder, counts, temporary):
    inner = packed_in_memory([("faq.csv", TABLE * 2)])
    read = read_conversations(packed(folder / "a.zip", [("inner.zip", inner)]), counts=counts)
    next(read)
    assert len(list(temporary.iterdir())) == 2

    read.close()

    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize(
    ("bare", "meant"),
    [
        ("问题.txt".encode("gb18030"), "问题.txt"),
        ("问题.txt".encode(), "问题.txt"),
        ("Gespräche.txt".encode("cp437"), "Gespräche.txt"),
        (b"\xff\xfe\x81.txt", "\u00a0■ü.txt"),
    ],
)
def test_names_are_read_as_they_were_written(folder, counts, bare, meant):
    assert texts(packed(folder / "a.zip", [(Unmarked(bare), "Hi\nHello\n")]), counts) == [["Hi", "Hello"]]
    assert list(counts.formats) == [f"a.zip/{meant}"]


def test_folders_by_backslashes_are_folders(folder, counts):
    assert texts(packed(folder / "a.zip", [("b\\a.txt", "Hi\nHello\n")]), counts) == [["Hi", "Hello"]]
    assert list(counts.formats) == ["a.zip/b/a.txt"]


def changed(path, **attributes):
    """Write a .zip of one file whose list of contents says something else about it."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.txt", "Hi\nHello\n")
        for key, value in attributes.items():
            setattr(archive.filelist[0], key, value)
    return path


@pytest.mark.parametrize(
    ("attributes", "reason"),
    [
        ({"flag_bits": 1}, "^a.zip must not be encrypted, and 'a.txt' is. Pack it without password"),
        ({"compress_type": 9}, "^a.zip must be packed by 'deflate', and 'a.txt' is by another method, 9"),
        ({"compress_type": zipfile.ZIP_LZMA}, "by another method, 14. Pack the files as an ordinary .zip"),
        ({"flag_bits": 0x20}, "^a.zip/a.txt must be an ordinary .zip: .*patched data"),
        ({"extract_version": 99}, "^a.zip must be an ordinary .zip: zip file version 9.9"),
        ({"CRC": 1}, "^a.zip/a.txt must be a whole archive: Bad CRC-32"),
        ({"file_size": 3}, "^a.zip/a.txt must be a whole archive: Bad CRC-32"),
        ({"compress_size": 3}, "^a.zip/a.txt must be a whole archive: "),
        ({"header_offset": 7}, "^a.zip/a.txt must be a whole archive: Bad magic number"),
    ],
)
def test_what_cannot_be_unpacked_is_told_with_its_name(folder, attributes, reason):
    refused(changed(folder / "a.zip", **attributes), reason)


def test_damaged_archives_are_told(folder):
    whole = packed(folder / "whole.zip", [("a.txt", "Hi\nHello\n")]).read_bytes()
    (folder / "cut.zip").write_bytes(whole[:-10])
    (folder / "text.zip").write_bytes(b"Hi")
    (folder / "text.txt.gz").write_bytes(b"Hi")
    (folder / "cut.txt.gz").write_bytes(gzip.compress(b"Hi\nHello\n")[:-9])
    (folder / "odd.txt.gz").write_bytes(gzip.compress(b"Hi\nHello\n") + b"more")
    (folder / "bent.txt.gz").write_bytes(gzip.compress(b"Hi\nHello\n")[:10] + b"\xff" * 20)

    refused(
        folder / "cut.zip", r"^cut\.zip must be a whole archive: File is not a zip file\. Copy or export it"
    )
    refused(folder / "text.zip", r"^text\.zip must be a whole archive: File is not a zip file")
    refused(folder / "text.txt.gz", r"^text\.txt\.gz must be a whole archive: Not a gzipped file")
    refused(folder / "cut.txt.gz", r"^cut\.txt\.gz must be a whole archive: Compressed file ended")
    refused(folder / "odd.txt.gz", r"^odd\.txt\.gz must be a whole archive: Not a gzipped file")
    refused(folder / "bent.txt.gz", r"^bent\.txt\.gz must be a whole archive: .*invalid block type")


@pytest.mark.parametrize("name", ["a.tar.gz", "a.tgz", "a.TAR", "a.csv.bz2", "a.7z", "a.rar"])
def test_other_archives_are_refused_with_what_to_do(folder, name):
    (folder / name).write_bytes(b"x")

    refused(
        folder / name, rf"^{name} must be a \.zip, or a \.gz of a single file\. .*pack its files as \.zip"
    )


def test_a_full_disk_is_told_with_what_is_free(folder, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(archives, "copy_bounded", full)

    refused(
        packed(folder / "a.zip", [("a.txt", "Hi\n")]),
        r"^a\.zip/a\.txt needs more room to unpack than the [\d,]+ bytes that are free in .*temporary\. Make",
    )


def test_an_archive_without_files_is_told(folder, counts):
    refused(packed(folder / "a.zip", [("b/", "")]), r"a\.zip was not recognised.*Received no file")
