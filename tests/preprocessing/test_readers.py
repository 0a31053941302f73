import pytest

from preprocessing.conversations import Counts
from preprocessing.errors import CorpusError
from preprocessing.readers.registry import detect_format, read_conversations
from tests.conftest import ROOT

CORNELL, CHATTERBOT = ROOT / "tests/data/cornell", ROOT / "tests/data/chatterbot"


@pytest.fixture
def counts():
    return Counts()


def texts(conversations):
    return [[turn.text for turn in conversation.turns] for conversation in conversations]


def test_cornell_conversations_are_read_and_split_where_a_line_cannot_be_used(counts):
    read = texts(read_conversations(CORNELL, counts=counts))

    assert read == [
        ["Did you see <u>Paris</u> in the spring?", "I did. I don't think Anna liked Paris.", "Why?"],
        ["Say something."],
        ["Where is the station?", "Over there -- by the river.", "That’s café style."],
        ["Where is the station?"],
        ["Over there -- by the river."],
    ]
    assert counts.dropped == {"empty_text": 1, "cannot_be_decoded": 1, "missing_line": 1}
    assert (counts.lines, counts.conversations) == (9, 3)


def test_cornell_speakers_are_characters_or_else_names(counts):
    speakers = [[turn.speaker for turn in c.turns] for c in read_conversations(CORNELL, counts=counts)]

    assert speakers[0] == ["u0", "u1", "u0"]
    assert speakers[2][:2] == ["SPEAKER_1", "SPEAKER_2"]


def test_a_converted_cornell_corpus_is_read_as_utf8(tmp_path, counts):
    (tmp_path / "movie_lines.txt").write_text(
        "L1 +++$+++ u0 +++$+++ m0 +++$+++ A +++$+++ Café?\n"
        "L2 +++$+++ u1 +++$+++ m0 +++$+++ B +++$+++ Où, “là”?\n",
        encoding="utf-8",
    )
    (tmp_path / "movie_conversations.txt").write_text("u0 +++$+++ u1 +++$+++ m0 +++$+++ ['L1', 'L2']\n")

    assert texts(read_conversations(tmp_path, counts=counts)) == [["Café?", "Où, “là”?"]]


def test_a_line_with_other_fields_is_named(tmp_path, counts):
    (tmp_path / "movie_lines.txt").write_text("L1 +++$+++ hello\n")
    (tmp_path / "movie_conversations.txt").write_text("")

    with pytest.raises(CorpusError, match=r"movie_lines.txt, line 1: there must be 5 fields .* Received 2"):
        list(read_conversations(tmp_path, counts=counts))


def test_chatterbot_yaml_is_read_numbers_included(counts):
    read = texts(read_conversations(CHATTERBOT, counts=counts))

    assert read == [
        ["Hello", "Hi there", "How are you?"],
        ["What is 6 times 7?", "42"],
        ["你好吗", "我很好，谢谢"],
        ["Empty follows"],
        ["Nobody answered"],
    ]
    assert counts.dropped == {"not_a_conversation": 1, "empty_text": 1}


def test_the_formats_are_told_apart():
    assert detect_format(CORNELL) == "cornell"
    assert detect_format(CHATTERBOT) == "chatterbot"
    assert detect_format(CHATTERBOT / "greetings.yml") == "chatterbot"


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("conversations: &a [[x, y]]\nmore: *a\n", r"line 2: YAML aliases"),
        ("conversations: !!python/object/apply:os.system ['true']\n", "must be YAML"),
        ("conversations: [", "must be YAML"),
        ("conversations: 7\n", "there must be a list"),
        ("[" * 100_000, "at most 10 deep"),
        ("- a\n", "there must be a list"),
    ],
)
def test_hostile_or_broken_yaml_is_refused_in_words(tmp_path, counts, content, complaint):
    (tmp_path / "bad.yml").write_text(content)

    with pytest.raises(CorpusError, match=complaint):
        list(read_conversations(tmp_path, counts=counts))


def test_bytes_that_are_no_text_are_refused(tmp_path, counts):
    (tmp_path / "bad.yml").write_bytes(b"\x00\xff\xfe\x80" * 10)

    with pytest.raises(CorpusError, match="must be YAML in UTF-8"):
        list(read_conversations(tmp_path, counts=counts))


def test_a_path_that_does_not_exist_and_one_of_no_format_are_named(tmp_path, counts):
    with pytest.raises(CorpusError, match="must be a file or folder that exists"):
        list(read_conversations(tmp_path / "nothing", counts=counts))
    with pytest.raises(CorpusError, match="was not recognised"):
        list(read_conversations(tmp_path, counts=counts))
    with pytest.raises(CorpusError, match="must be a folder with movie_lines"):
        list(read_conversations(tmp_path, counts=counts, format="cornell"))


def test_the_published_corpus_has_its_known_size(counts):
    from importlib.util import find_spec
    from pathlib import Path

    package = Path(find_spec("chatterbot_corpus").submodule_search_locations[0]) / "data"
    pairs = {
        language: sum(len(c.turns) - 1 for c in read_conversations(package / language, counts=counts))
        for language in ("english", "chinese")
    }

    assert pairs["chinese"] == 552
    assert pairs["english"] == 2306
