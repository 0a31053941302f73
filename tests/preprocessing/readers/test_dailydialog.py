import pytest

from preprocessing.readers.dailydialog import written
from preprocessing.readers.registry import detect_format, read_conversations
from tests.conftest import ROOT

DIALOGUES = ROOT / "tests/data/dailydialog/dialogues.txt"


def texts(conversations):
    return [[turn.text for turn in conversation.turns] for conversation in conversations]


def test_a_line_is_a_conversation_and_reads_as_people_write(counts):
    read = list(read_conversations(DIALOGUES, counts=counts))

    assert texts(read) == [
        ["Good morning, may I help you?", "Yes, I'd like a ticket to Leeds.", "That's £12 (one way)."],
        ["Where were you?", "At the dentist's. Don’t ask!"],
        ["你 好 吗 ？", "我 很 好 。"],
    ]
    assert [conversation.identifier for conversation in read] == [f"dialogues.txt:{n}" for n in (1, 2, 3)]
    assert (counts.lines, counts.conversations, counts.dropped) == (3, 3, {})
    assert counts.bytes_read == counts.bytes_total


def test_it_is_recognised_by_its_marks(tmp_path):
    other = tmp_path / "talk.txt"
    other.write_text("Hello\nWhat does __eou__ mean?\nThe end of a turn\nI see\n")

    assert detect_format(DIALOGUES) == "dailydialog"
    assert detect_format(other) == "plain-text"


def test_an_empty_turn_is_counted_and_nobody_answers_it(tmp_path, counts):
    (tmp_path / "dialogues.txt").write_text("Hello ? __eou__ __eou__ Who is there ? __eou__ Me . __eou__\n\n")

    assert texts(read_conversations(tmp_path, counts=counts)) == [["Hello?"], ["Who is there?", "Me."]]
    assert (counts.dropped, counts.conversations) == ({"empty_text": 1}, 1)


def test_lines_that_cannot_be_decoded_are_dropped_and_counted(tmp_path, counts):
    lines = [
        b"Hi . __eou__ Hello . __eou__",
        b"Caf\xe9 ? __eou__ Yes . __eou__",
        "好 ？ __eou__ 好 。".encode(),
    ]
    (tmp_path / "dialogues.txt").write_bytes(b"\n".join([*lines, b"A \0 . __eou__ B . __eou__", lines[0]]))

    read = list(read_conversations(tmp_path, counts=counts))

    assert texts(read) == [["Hi.", "Hello."], ["好 ？", "好 。"], ["Hi.", "Hello."]]
    assert [conversation.identifier[-1] for conversation in read] == ["1", "3", "5"]
    assert (counts.dropped, counts.lines) == ({"cannot_be_decoded": 2}, 5)


@pytest.mark.parametrize(
    ("tokens", "text"),
    [
        ("It ' s John ' s , isn ' t it ?", "It's John's, isn't it?"),
        ("I ’ ve 100 % of ( nearly ) all", "I’ve 100% of (nearly) all"),
        ("costs $ 5 ; fine : yes", "costs $5; fine: yes"),
        ("rock ' n ' roll", "rock ' n ' roll"),
        ("", ""),
    ],
)
def test_spaces_between_tokens_go_where_nobody_writes_them(tokens, text):
    assert written(tokens) == text


@pytest.mark.parametrize(
    ("file", "conversations", "turns"),
    [("dialogues_train.txt", 11_118, 87_171), ("dialogues_validation.txt", 1_000, 8_069)],
)
def test_the_real_corpus_has_its_known_size(research_data, counts, file, conversations, turns):
    read = list(read_conversations(research_data / "dailydialog" / file, counts=counts))

    assert counts.formats == {file: "dailydialog"}
    assert (len(read), sum(len(c.turns) for c in read)) == (conversations, turns)
    assert (counts.conversations, counts.lines, counts.dropped) == (conversations, conversations, {})
