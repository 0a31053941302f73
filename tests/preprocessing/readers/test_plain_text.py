import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocessing.conversations import Counts
from preprocessing.readers.registry import detect_format, read_conversations
from preprocessing.readers.stretches import MOST_TURNS
from preprocessing.readers.text_lines import MAX_LINE_CHARACTERS
from tests.conftest import ROOT

TEXTS = ROOT / "tests/data/plain-text"


def said(conversations):
    return [[(turn.speaker, turn.text) for turn in conversation.turns] for conversation in conversations]


def texts(conversations):
    return [[turn.text for turn in conversation.turns] for conversation in conversations]


def test_a_line_is_a_turn_and_an_empty_line_ends_a_conversation(counts):
    read = list(read_conversations(TEXTS / "turns.txt", counts=counts))

    assert texts(read) == [
        ["Is this seat free?", "Yes, please sit down."],
        ["这趟车去机场吗？", "去，二十分钟就到。"],
    ]
    assert [conversation.identifier for conversation in read] == ["turns.txt:1", "turns.txt:4"]
    assert (counts.lines, counts.conversations, counts.dropped) == (5, 2, {})


def test_names_in_front_of_nearly_every_line_are_speakers(counts):
    assert said(read_conversations(TEXTS / "scenes.txt", counts=counts)) == [
        [("Anna", "Did you lock the door?"), ("Ben", "I thought you did."), ("Anna", "Then we go back.")],
        [("小林", "你带伞了吗？"), ("Anna", "没有，今天不会下雨。")],
        [("Ben", "Time for tea: black or green?"), ("小林", "绿茶，谢谢。")],
    ]


def test_a_colon_now_and_then_is_no_name(tmp_path, counts):
    (tmp_path / "talk.txt").write_text("Listen: I am late\nWhy?\nOne word: rain\nI see\n")

    assert texts(read_conversations(tmp_path, counts=counts)) == [
        ["Listen: I am late", "Why?", "One word: rain", "I see"]
    ]


@pytest.mark.parametrize(
    "content", ["no text +++$+++ of ours\n", "Hi __eou__\nHello\nBye\n", "<html>\n", "{}\n"]
)
def test_another_formats_file_is_not_taken_for_plain_text(tmp_path, content):
    (tmp_path / "talk.txt").write_text(content)

    assert detect_format(tmp_path / "talk.txt") != "plain-text"


def test_a_name_that_says_nothing_about_text_is_not_recognised(tmp_path):
    (tmp_path / "talk.xyz").write_text("Hello\nHi\n")

    assert detect_format(tmp_path / "talk.xyz") is None


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"caf\xe9", "cannot_be_decoded"),
        (b"nul\0byte", "cannot_be_decoded"),
        (b"\xed\xa0\x80 surrogate", "cannot_be_decoded"),
        (b"x" * (MAX_LINE_CHARACTERS + 10), "line_too_long"),
        (b"e" + "\u0301".encode() * 10_000, "too_many_accents"),
    ],
)
def test_a_line_that_cannot_be_used_is_counted_and_splits(tmp_path, counts, line, reason):
    # A single NUL in a few words would make the whole file look like a program.
    lines = ["你好".encode(), b"One? " * 20, line, b"Three.", b"Four.", b"", b"Five."]
    (tmp_path / "talk.txt").write_bytes(b"\n".join(lines))

    read = list(read_conversations(tmp_path, counts=counts))

    assert texts(read) == [["你好", ("One? " * 20).strip()], ["Three.", "Four."], ["Five."]]
    assert [c.identifier for c in read] == ["talk.txt:1", "talk.txt:1.1", "talk.txt:7"]
    assert (counts.dropped, counts.lines, counts.conversations) == ({reason: 1}, 7, 2)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "gb18030"])
def test_any_encoding_is_read(tmp_path, counts, encoding):
    lines = ["今天的天气怎么样？", "下午可能会下雨，记得带伞。", "好的，谢谢你告诉我。", "不客气，路上小心。"]
    (tmp_path / "talk.txt").write_bytes("\n".join(lines).encode(encoding))

    assert texts(read_conversations(tmp_path, counts=counts)) == [lines]
    assert counts.dropped == {}


def test_an_endless_conversation_comes_in_parts_that_share_a_turn(tmp_path, counts):
    (tmp_path / "talk.txt").write_text("".join(f"{number}\n" for number in range(MOST_TURNS + 5)))

    first, second = texts(read_conversations(tmp_path, counts=counts))

    assert len(first) == MOST_TURNS
    assert second[0] == first[-1]
    assert len(second) == 6
    assert counts.conversations == 1


LINES = st.sampled_from(
    [b"", b" ", b"Hi", "你好".encode(), b"Anna: Hi", b"caf\xe9", b"n\0", b"e" + b"\xcc\x81" * 1000]
)


@given(st.lists(LINES))
def test_every_line_is_a_turn_or_is_counted(lines):
    # Enough text, so that the file passes for UTF-8 whatever follows.
    content = b"\n".join(["今天天气很好。".encode() * 30] * 30 + [b"", *lines])
    counts = Counts()

    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "talk.txt").write_bytes(content)
        read = list(read_conversations(Path(folder) / "talk.txt", counts=counts, format="plain-text"))

    identifiers = [conversation.identifier for conversation in read]
    assert len(set(identifiers)) == len(identifiers)
    assert sum(len(c.turns) for c in read) + sum(counts.dropped.values()) == 30 + sum(
        map(bool, map(bytes.strip, lines))
    )
