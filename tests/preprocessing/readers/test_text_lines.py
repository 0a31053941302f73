import tracemalloc

import pytest

from preprocessing.errors import CorpusError
from preprocessing.readers.text_lines import (
    MAX_LINE_CHARACTERS,
    SAMPLE_BYTES,
    head_of,
    open_text,
    read_text_lines,
)

TEXT = "Café?\n你好，今天天气怎么样？\nFine 很好。\n"


@pytest.fixture
def read(tmp_path, counts):
    """Return a function that writes bytes into a file and reads its lines."""

    def write_and_read(content):
        (tmp_path / "chat.txt").write_bytes(content)
        return list(read_text_lines(tmp_path / "chat.txt", counts))

    return write_and_read


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "gb18030"]
)
def test_lines_are_read_with_their_numbers_in_any_encoding(read, counts, encoding):
    content = TEXT.encode(encoding)

    assert read(content) == [(1, "Café?"), (2, "你好，今天天气怎么样？"), (3, "Fine 很好。")]
    assert (counts.lines, counts.bytes_read, counts.dropped) == (3, len(content), {})


def test_lines_end_as_on_any_system(read):
    assert read(b"one\rtwo\rthree") == [(1, "one"), (2, "two"), (3, "three")]
    assert read(b"one\r\ntwo\n\nfour\rfive\n") == [(1, "one"), (2, "two"), (3, ""), (4, "four"), (5, "five")]


def test_only_line_breaks_end_a_line(read):
    assert read("one\u2028two\x0bthree\u0085four\n".encode()) == [(1, "one\u2028two\x0bthree\u0085four")]


def test_what_the_encoding_does_not_know_is_dropped_and_counted(read, counts):
    mixed = TEXT.encode() + "多少钱\n".encode("gb18030") + "Garçon\n".encode("cp1252") + b"Fin\n"

    assert [number for number, _ in read(mixed)] == [1, 2, 3, 6]
    assert (counts.lines, counts.dropped) == (6, {"cannot_be_decoded": 2})


def test_zeros_and_surrogates_are_dropped_and_counted(read, counts):
    lone = "d\ud83d\n".encode("utf-8", "surrogatepass")

    assert read(TEXT.encode() * 20 + b"Hel\0lo\n" + lone + b"end\n")[-1] == (63, "end")
    assert (counts.lines, counts.dropped) == (63, {"cannot_be_decoded": 2})


def test_surrogates_and_a_half_character_in_utf_16_are_dropped_and_counted(read, counts):
    content = TEXT.encode("utf-16") + "d\ud83d\nend\n".encode("utf-16-le", "surrogatepass") + b"\x41"

    assert read(content)[-1] == (5, "end")
    assert (counts.lines, counts.dropped) == (6, {"cannot_be_decoded": 2})


def test_direction_marks_and_accents_stay_for_those_who_know_what_to_do(read):
    text = "\u200fשלום\u202e abc " + "e" + "\u0301" * 10_000

    assert read(f"{text}\n".encode()) == [(1, text)]


def test_marks_of_joined_files_are_taken_from_the_beginning_only(read):
    assert read(b"\xef\xbb\xbf\xef\xbb\xbfone\n\xef\xbb\xbftwo\n") == [(1, "one"), (2, "\ufefftwo")]


def test_an_accent_far_behind_the_beginning_still_decides(read, counts):
    long = b"Just plain words in a line.\n" * (SAMPLE_BYTES // 20)

    assert read(long + "Où? Là, à côté.\n".encode("cp1252"))[-1][1] == "Où? Là, à côté."
    assert counts.dropped == {}


def test_an_endless_line_is_dropped_and_counted(read, counts):
    longest = "x" * (MAX_LINE_CHARACTERS - 1)

    read_lines = read(f"one\n{longest}\n{longest}xy\nfour\n{longest * 3}".encode())

    assert read_lines == [(1, "one"), (2, longest), (4, "four")]
    assert (counts.lines, counts.dropped) == (5, {"line_too_long": 2})


def test_a_line_of_any_length_takes_little_memory(tmp_path, counts):
    with (tmp_path / "endless.txt").open("wb") as file:
        for _ in range(200):
            file.write(b"word " * 200_000)

    tracemalloc.start()
    lines = list(read_text_lines(tmp_path / "endless.txt", counts))
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert (lines, counts.dropped, counts.bytes_read) == ([], {"line_too_long": 1}, 200_000_000)
    assert most < 20_000_000


def test_what_is_no_text_is_refused_with_its_name(tmp_path, counts):
    (tmp_path / "picture.txt").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)))

    with pytest.raises(
        CorpusError, match=r"^photos/picture\.txt must be text\..*Take it out, or export it as text"
    ):
        open_text(tmp_path / "picture.txt", "photos/picture.txt", counts)


def test_a_head_has_whole_lines_with_something_on_them(tmp_path):
    (tmp_path / "Short.TXT").write_text("\ufeffone\n \n two \nthree")
    (tmp_path / "long.txt").write_text("line\n" * SAMPLE_BYTES)
    (tmp_path / "one.txt").write_text("x" * 2 * SAMPLE_BYTES)

    short, long, one = (head_of(tmp_path / name) for name in ("Short.TXT", "long.txt", "one.txt"))

    assert (short.lines, short.suffix, short.is_cut) == (["one", "two", "three"], ".txt", False)
    assert (set(long.lines), len(long.lines), long.is_cut) == ({"line"}, SAMPLE_BYTES // 5, True)
    assert one.lines == ["x" * SAMPLE_BYTES]
