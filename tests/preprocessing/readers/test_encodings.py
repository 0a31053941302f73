import random

import pytest

from preprocessing.readers.encodings import SAMPLE_BYTES, encoding_of

ENGLISH = "Hello there, how are you today?\nI'm fine, thanks.\n"
CHINESE = "你好，今天天气怎么样？\n我很好，谢谢你的关心。\n"
TRADITIONAL = "你好，今天天氣怎麼樣？\n我很好，謝謝你的關心。\n"
FRENCH = "Café à Orléans, déjà vu?\nOui, ça va très bien.\n"
RUSSIAN = "Привет, как дела?\nСпасибо, хорошо.\n"
MIXED = "question,answer\nWhat is 机器学习?,It is machine learning 的意思。\n"
TEXTS = (ENGLISH, CHINESE, TRADITIONAL, FRENCH, RUSSIAN, MIXED)


@pytest.mark.parametrize("times", [1, 5000])
@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize(
    ("written", "encoding"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("utf-32", "utf-32"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("utf-32-le", "utf-32-le"),
        ("utf-32-be", "utf-32-be"),
    ],
)
def test_unicode_is_recognised_with_and_without_its_mark(text, written, encoding, times):
    assert encoding_of((text * times).encode(written)[:SAMPLE_BYTES]) == encoding


def test_marks_of_the_other_order_of_bytes_are_known():
    assert encoding_of(f"\ufeff{CHINESE}".encode("utf-16-be")) == "utf-16"
    assert encoding_of(f"\ufeff{CHINESE}".encode("utf-32-be")) == "utf-32"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (CHINESE, "gb18030"),
        (MIXED, "gb18030"),
        ("嗯嗯，哒哒！\n哦，好吧。\n", "gb18030"),
        (TRADITIONAL, "big5"),
        (FRENCH, "cp1252"),
        ("It’s “late”, isn’t it?\n", "cp1252"),
    ],
)
def test_what_old_spreadsheets_save_in_is_recognised(text, encoding):
    assert encoding_of(text.encode(encoding)) == encoding
    assert encoding_of((ENGLISH * 50 + text * 20).encode(encoding)) == encoding


def test_every_beginning_of_a_text_is_recognised():
    """A sample may end within a character."""
    for encoding in ("utf-8", "gb18030", "utf-16-le", "utf-32-be"):
        content = (CHINESE * 5).encode(encoding)
        assert {encoding_of(content[:length]) for length in range(120, len(content))} == {encoding}


def test_of_mixed_encodings_the_one_of_most_lines_counts():
    assert encoding_of((CHINESE * 3).encode() + CHINESE.encode("gb18030")) == "utf-8"
    assert encoding_of(CHINESE.encode() + (CHINESE * 3).encode("gb18030")) == "gb18030"


def test_a_few_broken_characters_in_one_long_line_change_nothing():
    line = CHINESE.replace("\n", " ") * 50

    assert encoding_of(line.encode() + b"\xff\xe4 " + line.encode()) == "utf-8"
    assert encoding_of(line.encode("gb18030")) == "gb18030"


def test_of_a_few_bytes_no_encoding_is_guessed():
    assert encoding_of(b"So funny \xf0\x9f\x98 isn't it?\n") == "utf-8"


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "cp1252"])
def test_zeros_that_stray_into_a_text_do_not_make_it_a_wide_one(encoding):
    text = FRENCH if encoding == "cp1252" else CHINESE

    assert encoding_of((text * 5).encode(encoding) + b"Hel\0lo\n") == encoding


@pytest.mark.parametrize(
    "content",
    [
        b"\0" * 1000,
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x10\0\0\0\x10\x08\x06\0\0\0\x1f\xf3\xffa" + bytes(range(256)),
        b"\x7fELF\x02\x01\x01" + b"\0" * 9 + b"\x03\0>\0\x01\0\0\0" * 20,
        b"\xff\xfe" + bytes(range(256)) * 3,
        random.Random(1).randbytes(5000),
    ],
)
def test_what_is_no_text_has_no_encoding(content):
    assert encoding_of(content) is None


def test_nothing_is_text():
    assert encoding_of(b"") == "utf-8"
