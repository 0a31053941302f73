import pytest

from preprocessing.errors import CorpusError
from preprocessing.readers.cornell import MAX_LINE_BYTES
from preprocessing.readers.registry import detect_format, read_conversations
from tests.conftest import ROOT

CORNELL, IDS = ROOT / "tests/data/cornell", ROOT / "tests/data/cornell-ids"
SEPARATOR = " +++$+++ "


@pytest.fixture
def corpus(tmp_path):
    """Writes a corpus of lines as (id, text) and of conversations as lists of ids."""

    def write(lines, conversations, encoding="utf-8"):
        said = "".join(SEPARATOR.join([line_id, "u0", "m0", "ANNA", text]) + "\n" for line_id, text in lines)
        listed = "".join(SEPARATOR.join(["u0", "u1", "m0", str(ids)]) + "\n" for ids in conversations)
        (tmp_path / "movie_lines.txt").write_bytes(said.encode(encoding))
        (tmp_path / "movie_conversations.txt").write_text(listed)
        return tmp_path

    return write


def texts(conversations):
    return [[turn.text for turn in conversation.turns] for conversation in conversations]


def test_conversations_are_read_and_split_where_a_line_cannot_be_used(counts):
    read = list(read_conversations(CORNELL, counts=counts))

    assert texts(read) == [
        ["Did you see <u>Paris</u> in the spring?", "I did. I don't think Anna liked Paris.", "Why?"],
        ["Say something."],
        ["Where is the station?", "Over there -- by the river.", "That’s café style."],
        ["Where is the station?"],
        ["Over there -- by the river."],
    ]
    assert [conversation.identifier for conversation in read] == ["1", "1.1", "2", "3", "3.1"]
    assert counts.dropped == {"empty_text": 1, "cannot_be_decoded": 1, "missing_line": 1}
    assert (counts.lines, counts.conversations) == (9, 3)
    assert counts.bytes_read == counts.bytes_total


def test_speakers_are_characters_or_else_names(counts):
    speakers = [[turn.speaker for turn in c.turns] for c in read_conversations(CORNELL, counts=counts)]

    assert speakers[0] == ["u0", "u1", "u0"]
    assert speakers[2][:2] == ["SPEAKER_1", "SPEAKER_2"]


def test_the_relative_with_bare_ids_and_three_fields_a_line_is_read(counts):
    read = list(read_conversations(IDS, counts=counts))

    assert texts(read) == [
        ["图书馆周末几点开门？", "周六九点，周日不开门。"],
        ["Where do I return a book?", "At the desk, next to the [lift].", "还有问题吗？"],
    ]
    assert [turn.speaker for turn in read[1].turns] == ["ben_7", "小林", "阿美"]
    assert (counts.dropped, counts.lines, counts.conversations) == ({}, 5, 2)


def test_both_layouts_are_recognised():
    assert detect_format(CORNELL / "movie_lines.txt") == "cornell"
    assert detect_format(IDS / "forum_lines.txt") == "cornell"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_converted_corpus_is_read_as_what_it_was_converted_to(corpus, counts, encoding):
    said = ["咖啡馆在哪里？", "就在前面，左转。", "谢谢你的帮助。"]
    folder = corpus([("L1", said[0]), ("L2", said[1]), ("L3", said[2])], [["L1", "L2", "L3"]], encoding)

    assert texts(read_conversations(folder, counts=counts)) == [said]
    assert counts.dropped == {}


def test_the_encoding_is_found_where_the_first_accent_comes_late(corpus, counts):
    lines = [(f"L{number}", "plain words " * 20) for number in range(8_000)]
    folder = corpus([*lines, ("L8000", "Où est le café ?")], [["L7999", "L8000"]])

    assert texts(read_conversations(folder, counts=counts))[0][1] == "Où est le café ?"


def test_a_list_that_goes_in_circles_is_split_and_counted(corpus, counts):
    folder = corpus([("L1", "One?"), ("L2", "Two."), ("L3", "Three.")], [["L1", "L2", "L1", "L3"]])

    assert texts(read_conversations(folder, counts=counts)) == [["One?", "Two."], ["Three."]]
    assert counts.dropped == {"repeated_line": 1}


def test_lines_that_no_conversation_has_or_that_come_twice_are_counted(corpus, counts):
    folder = corpus(
        [("L1", "One?"), ("L2", "Two."), ("L2", "Again."), ("L3", "Alone.")],
        [["L1", "L2"]],
    )

    assert texts(read_conversations(folder, counts=counts)) == [["One?", "Two."]]
    assert counts.dropped == {"repeated_line_id": 1, "not_in_a_conversation": 1}


def test_nul_bytes_are_no_text(corpus, counts):
    folder = corpus([("L1", "One?"), ("L2", "T\0wo."), ("L3", "Three.")], [["L1", "L2", "L3"]])

    assert texts(read_conversations(folder, counts=counts)) == [["One?"], ["Three."]]
    assert counts.dropped == {"cannot_be_decoded": 1}


def test_ten_thousand_combining_characters_are_no_text(corpus, counts):
    folder = corpus([("L1", "One?"), ("L2", "e" + "\u0301" * 10_000), ("L3", "Three.")], [["L1", "L2", "L3"]])

    assert texts(read_conversations(folder, counts=counts)) == [["One?"], ["Three."]]
    assert counts.dropped == {"too_many_accents": 1}


def test_an_endless_line_is_counted(corpus, counts):
    folder = corpus(
        [("L1", "One?"), ("L2", "x" * (3 * MAX_LINE_BYTES)), ("L3", "Three.")], [["L1", "L2", "L3"]]
    )

    assert texts(read_conversations(folder, counts=counts)) == [["One?"], ["Three."]]
    assert counts.dropped == {"line_too_long": 1}
    assert counts.lines == 3


def test_an_endless_conversation_is_named(corpus, counts):
    folder = corpus([("L1", "One?")], [["L1"], ["L1"] * MAX_LINE_BYTES])

    with pytest.raises(CorpusError, match=r"movie_conversations.txt, line 2: .* fewer than 1,048,576 bytes"):
        list(read_conversations(folder, counts=counts))


@pytest.mark.parametrize(
    ("lines", "conversations", "complaint"),
    [
        ("L1 +++$+++ hello\n", "", r"movie_lines.txt, line 1: there must be 5 fields .* Received 2"),
        (
            "L1 +++$+++ u0 +++$+++ m0 +++$+++ ANNA +++$+++ Hello.\n",
            "\nu0 +++$+++ ['L1']\n",
            r"movie_conversations.txt, line 2: there must be 4 or 6 fields .* Received 2",
        ),
        ("x" * (2 * MAX_LINE_BYTES), "", r"movie_lines.txt, line 1: there must be 5 fields .* Received 1"),
    ],
)
def test_a_line_with_other_fields_is_named(tmp_path, counts, lines, conversations, complaint):
    (tmp_path / "movie_lines.txt").write_text(lines)
    (tmp_path / "movie_conversations.txt").write_text(conversations)

    with pytest.raises(CorpusError, match=complaint):
        list(read_conversations(tmp_path, counts=counts))


def test_what_lies_beside_the_two_files_is_counted(corpus, counts):
    folder = corpus([("L1", "One?"), ("L2", "Two.")], [["L1", "L2"]])
    (folder / "movie_titles_metadata.txt").write_text("m0 +++$+++ a film +++$+++ 1999 +++$+++ 6.90\n")

    assert texts(read_conversations(folder, counts=counts)) == [["One?", "Two."]]
    assert counts.dropped == {"file_beside_corpus": 1}


def test_one_of_the_two_files_alone_is_not_enough(tmp_path, counts):
    (tmp_path / "movie_lines.txt").write_text("L1 +++$+++ u0 +++$+++ m0 +++$+++ ANNA +++$+++ Hello.\n")

    with pytest.raises(CorpusError, match="must be a folder with movie_lines"):
        list(read_conversations(tmp_path, counts=counts, format="cornell"))


def test_the_real_corpus_has_its_known_size(research_data, counts):
    turns = sum(len(c.turns) for c in read_conversations(research_data / "cornell", counts=counts))

    assert counts.formats["movie_lines.txt"] == "cornell"
    assert (counts.lines, counts.conversations) == (272_343, 76_063)
    assert turns == 272_094
    assert counts.dropped == {"empty_text": 249}
