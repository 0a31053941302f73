import json

import pytest

from preprocessing.errors import CorpusError
from preprocessing.readers.lccc import joined
from preprocessing.readers.registry import detect_format, read_conversations
from tests.conftest import ROOT

EXAMPLE = ROOT / "tests/data/lccc/dialogues.json"


@pytest.fixture
def write(tmp_path):
    def write(content):
        path = tmp_path / "dialogues.json"
        path.write_text(content, encoding="utf-8")
        return path

    return write


def said(path, counts, format="auto"):
    read = read_conversations(path, counts=counts, format=format)
    return [(conversation.identifier, [turn.text for turn in conversation.turns]) for conversation in read]


def test_conversations_are_read_without_the_spaces_between_characters(counts):
    assert detect_format(EXAMPLE) == "lccc"
    assert said(EXAMPLE, counts) == [
        ("dialogues.json:1", ["今天吃什么", "楼下新开了一家面馆，去尝尝？", "ok，六点见"]),
        ("dialogues.json:2", ["有人会修bike吗", "我会一点"]),
        ("dialogues.json:3", ["123", "木头人"]),
    ]
    assert (counts.lines, counts.conversations, counts.dropped) == (3, 3, {})


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("你 好", "你好"),
        ("o k", "ok"),
        ("在 吗 ？ hello world", "在吗？hello world"),
        ("so what", "so what"),
        ("你好 我是小明", "你好 我是小明"),
        ("", ""),
    ],
)
def test_only_spaces_that_separate_characters_are_taken_out(text, written):
    assert joined(text) == written


def test_texts_that_are_not_apart_are_a_conversation_too(write, counts):
    assert said(write('[["Hello there", "Hi"], ["在吗 小明", "在"]]'), counts) == [
        ("dialogues.json:1", ["Hello there", "Hi"]),
        ("dialogues.json:2", ["在吗 小明", "在"]),
    ]


@pytest.mark.parametrize(
    "content", ['["你 好", "再 见"]\n["早"]', '{"dialog": ["你 好", "再 见"]}\n{"dialog": ["早"]}']
)
def test_lists_of_such_texts_may_be_lines(write, counts, content):
    path = write(content)

    assert detect_format(path) == "lccc"
    assert said(path, counts) == [("dialogues.json:1", ["你好", "再见"]), ("dialogues.json:2", ["早"])]


def test_what_is_lost_is_counted_and_parts_the_conversation(write, counts):
    torn = ["早", " ", "中 午", None, "晚", "好", "\ud83d", "a", "b", "\0"]

    assert said(write(json.dumps([torn, "早 上", {}, [], ["再 见"]])), counts) == [
        ("dialogues.json:1", ["早"]),
        ("dialogues.json:1.1", ["中午"]),
        ("dialogues.json:1.2", ["晚", "好"]),
        ("dialogues.json:1.3", ["a", "b"]),
        ("dialogues.json:5", ["再见"]),
    ]
    assert counts.dropped == {
        "empty_text": 1, "not_a_turn": 1, "cannot_be_decoded": 2, "not_a_conversation": 3,
    }  # fmt: skip
    assert (counts.lines, counts.conversations) == (5, 2)


def test_a_file_that_is_cut_short_is_told_with_its_line(write, counts):
    path = write(EXAMPLE.read_text(encoding="utf-8")[:-10])

    with pytest.raises(CorpusError, match=r"dialogues\.json, line 4: it must be whole, valid JSON"):
        said(path, counts)
    assert counts.conversations == 2


def test_a_file_of_another_kind_that_is_named_so_is_told(write, counts):
    with pytest.raises(CorpusError, match=r"dialogues\.json, line 1: it must be whole, valid JSON"):
        said(write("Hello"), counts, "lccc")


def test_the_research_corpus_has_its_known_size(research_data, counts):
    path = research_data / "lccc" / "LCCC-base_valid.json"

    read = list(read_conversations(path, counts=counts))

    assert detect_format(path) == "lccc"
    assert (len(read), sum(len(conversation.turns) for conversation in read)) == (20_000, 56_917)
    assert (counts.conversations, counts.dropped) == (20_000, {})
    assert not any(" " in turn.text for conversation in read for turn in conversation.turns)
