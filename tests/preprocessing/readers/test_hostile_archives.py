"""Archives made to do harm: each is refused, and nothing of it stays."""

import gzip
import re
import stat
import zipfile

import pytest

from preprocessing.readers import archives
from tests.preprocessing.readers.packing import Unmarked, packed, packed_in_memory, refused, texts

pytestmark = pytest.mark.usefixtures("nothing_unpacked_left")


@pytest.fixture
def small(monkeypatch):
    """Limits that a test can reach."""
    monkeypatch.setattr(archives, "RATIO_FREE_BYTES", 100_000)
    monkeypatch.setattr(archives, "MAX_MEMBERS", 20)


def test_a_large_file_that_shrinks_as_text_does_is_read(folder, counts, small):
    lines = "".join(f"Line {number} of many\n" for number in range(20_000))

    [[first, *_]] = texts(packed(folder / "a.zip", [("a.txt", lines)]), counts)

    assert first == "Line 0 of many"


def test_a_name_that_is_not_what_it_says_is_told(folder):
    path = packed(folder / "a.zip", [(Unmarked(b"\xff.txt", marks=archives.NAMED_IN_UTF8), "Hi\n")])

    refused(path, r"^a\.zip must be a whole archive: .*can't decode byte 0xff")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../x.txt", "../x.txt"),
        ("a/../../x.txt", "a/../../x.txt"),
        ("/etc/x.txt", "/etc/x.txt"),
        ("..\\x.txt", "../x.txt"),
        ("\\x.txt", "/x.txt"),
        ("C:\\x.txt", "C:/x.txt"),
        ("c:x.txt", "c:x.txt"),
        ("///host/x.txt", "/host/x.txt"),
        ("..", ".."),
    ],
)
def test_a_name_that_leads_elsewhere_is_refused(folder, tmp_path, name, shown):
    path = packed(folder / "a.zip", [("a.txt", "Hi\n"), (name, "Hi\n")])

    refused(path, rf"^a\.zip was refused: its file '{re.escape(shown)}' leads out of the archive\. Pack")

    assert list(tmp_path.rglob("x.txt")) == []


@pytest.mark.parametrize("name", [Unmarked(b""), ".", "...", "a/ . ", "a/" * 50 + "x", "a/" * 3000 + "x"])
def test_a_name_that_is_none_is_refused(folder, name):
    refused(
        packed(folder / "a.zip", [(name, "Hi\n")]),
        r"a\.zip must hold files that have names.*pack the files anew",
    )


def test_a_name_that_no_disk_can_hold_is_told(folder):
    refused(
        packed(folder / "a.zip", [("x" * 300, "Hi\n")]),
        r"a\.zip/x+ could not be unpacked: File name too long",
    )


def test_links_are_refused(folder):
    link = zipfile.ZipInfo("passwd.txt")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16

    refused(
        packed(folder / "a.zip", [(link, "/etc/passwd")]),
        r"a\.zip must hold no links, and 'passwd\.txt' is one",
    )


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize(
    "names", [("a.txt", "a.txt"), ("a", "a/b.txt"), ("a/b.txt", "a"), ("a.txt", "./a.txt")]
)
def test_two_files_of_one_name_are_refused(folder, names):
    path = packed(folder / "a.zip", [(name, "Hi\n") for name in names])

    refused(
        path,
        rf"a\.zip/{names[1].removeprefix('./')} must be in its archive once, and only as a file or as a ",
    )


def test_a_bomb_is_refused_by_what_comes_out_of_it(folder, small):
    packed(folder / "a.zip", [("a.txt", "a" * 200_000)])
    packed(folder / "b.zip", [(f"{number}.txt", "a" * 50_000) for number in range(10)])
    (folder / "c.txt.gz").write_bytes(gzip.compress(b"a" * 200_000))

    refused(
        folder / "a.zip",
        r"^a\.zip/a\.txt was refused: its archive unpacks to more than \d\d\d,\d00 bytes, as",
    )
    refused(folder / "b.zip", r"^b\.zip/\d\.txt was refused: its archive unpacks to more than")
    refused(folder / "c.txt.gz", r"^c\.txt\.gz was refused: its archive unpacks to more than")


def test_archives_in_a_bomb_share_its_limits(folder, small):
    inner = packed_in_memory([("a.txt", "a" * 60_000)])
    packed(folder / "a.zip", [(f"{number}.zip", inner) for number in range(10)])
    many = packed_in_memory([(f"{number}.txt", "Hi\n") for number in range(15)])
    packed(folder / "b.zip", [("a.zip", many), ("b.zip", many)])

    refused(folder / "a.zip", r"^a\.zip/\d\.zip/a\.txt was refused: its archive unpacks to more than")
    refused(folder / "b.zip", r"^b\.zip/b\.zip/\d+\.txt was refused: an archive must hold at most 20 files")


def test_files_that_lie_in_one_place_are_refused(folder):
    with zipfile.ZipFile(folder / "a.zip", "w") as archive:
        archive.writestr("a.txt", "Hi\n")
        archive.writestr("b.txt", "Hi\n")
        archive.filelist[1].header_offset = archive.filelist[0].header_offset

    refused(folder / "a.zip", r"a\.zip was refused: its files 'a\.txt' and 'b\.txt' lie in the same place")


def test_archives_within_archives_within_archives_are_refused(folder):
    deepest = packed_in_memory([("a.txt", "Hi\n")])
    deeper = packed_in_memory([("c.zip", deepest)])

    refused(
        packed(folder / "a.zip", [("b.zip", deeper)]), r"^a\.zip/b\.zip/c\.zip lies too deep.*give the folder"
    )
