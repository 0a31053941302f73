import json
from importlib.util import find_spec
from pathlib import Path

import pytest

from preprocessing.conversations import Turn
from preprocessing.errors import CorpusError
from preprocessing.exchanges import split_into_exchanges
from preprocessing.readers.registry import detect_format, read_conversations
from tests.conftest import ROOT

EXAMPLE = ROOT / "tests/data/chitchat/dataset.json"


@pytest.fixture
def published():
    package = find_spec("chitchat_dataset")
    if package is None:
        pytest.skip("there is no chitchat-dataset; pip install chitchat-dataset")
    return Path(package.origin).parent / "dataset.json"


def said(path, counts, format="auto"):
    read = read_conversations(path, counts=counts, format=format)
    return [(conversation.identifier, [turn.text for turn in conversation.turns]) for conversation in read]


def test_conversations_are_read_with_speakers_and_times(counts):
    first, *others = read_conversations(EXAMPLE, counts=counts)

    assert detect_format(EXAMPLE) == "chitchat"
    assert first.identifier == "dataset.json:c-1"
    assert first.turns == [
        Turn("Hi there", "ann", 1712120112.0),
        Turn("Did you water the plants?", "ann", 1712120120.0),
        Turn("Twice, even.", "bob", 1712120172.0),
    ]
    assert [(other.identifier, [turn.text for turn in other.turns]) for other in others] == [
        ("dataset.json:c-2", ["你养猫吗？"]),
        ("dataset.json:c-2.1", ["它叫什么？", "叫豆豆。"]),
    ]
    assert counts.dropped == {"empty_text": 1}
    assert (counts.lines, counts.conversations) == (2, 2)


@pytest.mark.parametrize("indent", [None, 4])
@pytest.mark.parametrize("messages", [[[{"text": "Hi", "sender": "a"}]], [{"text": "Hi", "sender": "a"}]])
def test_the_format_is_recognised_however_it_is_laid_out(tmp_path, counts, indent, messages):
    path = tmp_path / "a.json"
    path.write_text(json.dumps({"x": {"start": "now", "messages": messages}}, indent=indent))

    assert detect_format(path) == "chitchat"
    assert said(path, counts) == [("a.json:x", ["Hi"])]


def test_what_is_no_conversation_is_counted(tmp_path, counts):
    path = tmp_path / "a.json"
    path.write_text(r'{"a": 7, "b": {"messages": []}, "c": {"turns": [["Hi"], null, []]}, "\ud83d": ["Ho"]}')

    assert said(path, counts, "chitchat") == [("a.json:c", ["Hi"]), ("a.json:4", ["Ho"])]
    assert counts.dropped == {"not_a_conversation": 2, "not_a_turn": 1}


@pytest.mark.parametrize(
    ("content", "reason"),
    [("[]", "must be '{'"), ('{"a": {"messages"', "Expecting ':'"), ('{"a": 1} 2', "something comes after")],
)
def test_what_is_not_whole_is_told(tmp_path, counts, content, reason):
    path = tmp_path / "a.json"
    path.write_text(content)

    with pytest.raises(CorpusError, match=rf"a\.json, line 1: it must be whole, valid JSON: .*{reason}"):
        said(path, counts, "chitchat")


def test_the_published_corpus_has_its_known_size(published, counts):
    read = list(read_conversations(published, counts=counts))

    assert detect_format(published) == "chitchat"
    assert (counts.conversations, counts.dropped) == (7168, {"empty_text": 33})
    assert sum(len(conversation.turns) for conversation in read) == 258_112
    assert sum(1 for conversation in read for _ in split_into_exchanges(conversation)) == 131_333
