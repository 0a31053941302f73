from importlib.util import find_spec
from pathlib import Path

import pytest

from preprocessing.errors import CorpusError
from preprocessing.readers.chatterbot import MAX_FILE_BYTES
from preprocessing.readers.registry import detect_format, read_conversations
from tests.conftest import ROOT

CHATTERBOT = ROOT / "tests/data/chatterbot"


@pytest.fixture
def read(tmp_path, counts):
    """Reads YAML as this format, whatever it looks like."""

    def read_content(content):
        content = content.encode() if isinstance(content, str) else content
        (tmp_path / "bad.yml").write_bytes(content)
        return texts(read_conversations(tmp_path / "bad.yml", counts=counts, format="chatterbot"))

    return read_content


def texts(conversations):
    return [[turn.text for turn in conversation.turns] for conversation in conversations]


def test_conversations_are_read_numbers_included(counts):
    read = list(read_conversations(CHATTERBOT, counts=counts))

    assert texts(read) == [
        ["Hello", "Hi there", "How are you?"],
        ["What is 6 times 7?", "42"],
        ["你好吗", "我很好，谢谢"],
        ["Empty follows"],
        ["Nobody answered"],
    ]
    assert [c.identifier.removeprefix("greetings.yml:") for c in read] == ["1", "2", "3", "5", "5.1"]
    assert counts.dropped == {"not_a_conversation": 1, "empty_text": 1}
    assert (counts.lines, counts.conversations) == (10, 4)
    assert counts.bytes_read == counts.bytes_total


def test_a_file_is_recognised_by_its_key_and_not_by_its_name_alone(tmp_path):
    settings, flow = tmp_path / "settings.yml", tmp_path / "flow.yaml"
    settings.write_text("name: bot\nlanguages: [en, zh]\n")
    flow.write_text("{categories: [a], conversations: [[Hello, Hi]]}\n")

    assert detect_format(CHATTERBOT / "greetings.yml") == "chatterbot"
    assert detect_format(settings) is None
    assert detect_format(flow) == "chatterbot"


def test_other_yaml_in_a_folder_is_left_out_and_counted(tmp_path, counts):
    (tmp_path / "settings.yml").write_text("name: bot\n")
    (tmp_path / "talk.yml").write_text("conversations:\n- - Hello\n  - Hi\n")

    assert texts(read_conversations(tmp_path, counts=counts)) == [["Hello", "Hi"]]
    assert counts.dropped == {"file_not_recognised": 1}


def test_yaml_without_conversations_is_refused_in_words(tmp_path, counts):
    (tmp_path / "settings.yml").write_text("name: bot\n")

    with pytest.raises(CorpusError, match=r"settings.yml.* was not recognised. .* chatterbot YAML"):
        list(read_conversations(tmp_path / "settings.yml", counts=counts))


def test_what_yaml_takes_for_other_types_stays_as_it_is_written(read, counts):
    content = "conversations:\n- [Really?, yes]\n- [When?, 2024-01-01]\n- [How much?, 1.50]\n- [At?, 12:30]\n"

    assert read(content) == [
        ["Really?", "yes"],
        ["When?", "2024-01-01"],
        ["How much?", "1.50"],
        ["At?", "12:30"],
    ]
    assert counts.dropped == {}


def test_what_is_no_text_splits_and_is_counted(read, counts):
    content = "conversations:\n- - One\n  - a: b\n  - Three\n  - ~\n  - Five\n  - [x, [y]]\n  - '~'\n"

    assert read(content) == [["One"], ["Three"], ["Five"], ["~"]]
    assert counts.dropped == {"not_a_turn": 2, "empty_text": 1}
    assert (counts.lines, counts.conversations) == (7, 1)


def test_several_documents_and_keys_are_all_read(read):
    content = "conversations: [[a, b]]\nconversations: [[c, d]]\n---\nx: [1]\nconversations: [[e, f]]\n"

    assert read(content) == [["a", "b"], ["c", "d"], ["e", "f"]]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (
            "conversations: &a [[x, y]]\nmore: *a\n",
            r"bad.yml, line 2: YAML aliases \(\*name\) must not be used",
        ),
        (
            "a: &a [x, x]\nb: &b [*a, *a]\nconversations: [*b, *b]\n",
            r"bad.yml, line 2: YAML aliases",
        ),
        (
            "conversations: !!python/object/apply:os.system ['true']\n",
            r"bad.yml, line 1: YAML tags must not be used. Received .*os.system",
        ),
        ("conversations:\n- [a, !!binary YQ==]\n", r"bad.yml, line 2: YAML tags must not be used"),
        ("conversations: [", r"bad.yml must be valid YAML.*line 2"),
        ("conversations:\n- [a, b]\n\t- [c]\n", r"bad.yml must be valid YAML.*line 3"),
        ("conversations: [[a, 'b\x01c']]\n" + "# said\n" * 20, r"bad.yml must be valid YAML"),
        ("conversations: 7\n", "there must be a list under 'conversations'"),
        ("- a\n", "there must be a list under 'conversations'"),
        ("", "there must be a list under 'conversations'|It is empty"),
        ("[" * 11 + "]" * 11, r"bad.yml, line 1: YAML must be nested at most 10 deep"),
        ("[" * 100_000, r"bad.yml must be valid YAML, nested at most 10 deep: .*line 1"),
        ("{a: " * 100_000, r"nested at most 10 deep"),
        (bytes(range(256)) * 4, "bad.yml must be text, and YAML"),
    ],
)
def test_hostile_or_broken_yaml_is_refused_in_words(read, content, complaint):
    with pytest.raises(CorpusError, match=complaint):
        read(content)


def test_a_text_that_cannot_be_decoded_is_dropped_and_counted(read, counts):
    content = "conversations:\n- - 你好\n  - 早上好\n".encode() + b"  - caf\xe9\n  - Bye\n"

    assert read(content) == [["你好", "早上好"], ["Bye"]]
    assert counts.dropped == {"cannot_be_decoded": 1}


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be", "gb18030"])
def test_any_encoding_is_read(read, encoding):
    content = "conversations:\n- - 今天的天气怎么样？\n  - 下午可能会下雨，记得带伞。\n"

    assert read(content.encode(encoding)) == [["今天的天气怎么样？", "下午可能会下雨，记得带伞。"]]


def test_a_file_that_is_too_large_is_refused(tmp_path, counts):
    large = tmp_path / "large.yml"
    large.write_text("conversations:\n")
    with large.open("r+b") as file:
        file.truncate(MAX_FILE_BYTES + 1)

    with pytest.raises(CorpusError, match=r"large.yml: a YAML file must have at most 50,000,000 bytes"):
        list(read_conversations(large, counts=counts, format="chatterbot"))


def test_a_file_that_cannot_be_read_is_named(tmp_path, counts, monkeypatch):
    file = tmp_path / "talk.yml"
    file.write_text("conversations: [[a, b]]\n")

    def refuse(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_bytes", refuse)

    with pytest.raises(CorpusError, match=r"talk.yml could not be read: Permission denied"):
        list(read_conversations(file, counts=counts))


def test_the_published_corpus_has_its_known_size(counts):
    package = Path(find_spec("chatterbot_corpus").submodule_search_locations[0]) / "data"
    pairs = {
        language: sum(len(c.turns) - 1 for c in read_conversations(package / language, counts=counts))
        for language in ("english", "chinese")
    }

    assert pairs == {"english": 2306, "chinese": 552}
    assert counts.dropped == {"not_a_conversation": 1}
