import pytest

from preprocessing.errors import CorpusError
from preprocessing.readers.options import ReadOptions
from preprocessing.readers.registry import detect_format, read_conversations
from preprocessing.readers.text_lines import MAX_LINE_CHARACTERS
from tests.conftest import ROOT

TABLES = ROOT / "tests/data/csv"


@pytest.fixture
def read(tmp_path, counts):
    """Reads a table from its text."""

    def read_content(content, name="faq.csv", **columns):
        (tmp_path / name).write_bytes(content.encode() if isinstance(content, str) else content)
        options = ReadOptions(columns=columns)
        return texts(read_conversations(tmp_path / name, counts=counts, options=options))

    return read_content


def texts(conversations):
    return [[turn.text for turn in conversation.turns] for conversation in conversations]


def test_questions_and_answers_are_read_from_csv(counts):
    read = list(read_conversations(TABLES / "support.csv", counts=counts))

    assert texts(read) == [
        ["How do I reset my password?", 'Click "Forgot password" on the sign-in page.'],
        ["Where is my invoice?", "Under Account, then Invoices.\nIt arrives by mail as well."],
        ["你们几点营业？", "早上九点到晚上六点。"],
    ]
    assert [conversation.identifier for conversation in read] == [f"support.csv:{line}" for line in (2, 3, 5)]
    assert (counts.formats, counts.dropped) == ({"support.csv": "table"}, {})
    assert (counts.lines, counts.conversations) == (5, 3)
    assert counts.bytes_read == counts.bytes_total


def test_what_excel_says_about_its_delimiter_is_used(counts):
    read = list(read_conversations(TABLES / "excel.csv", counts=counts))

    assert texts(read) == [["可以退货吗？", "可以，七天之内。"], ["Do you ship abroad?", "Yes"]]
    assert [conversation.identifier for conversation in read] == ["excel.csv:3", "excel.csv:4"]


def test_chats_with_speakers_and_times_are_read_from_tsv(counts):
    read = list(read_conversations(TABLES / "chats.tsv", counts=counts))

    assert texts(read) == [
        ["Is the lift working again?", "Since this morning."],
        ["今天开会吗？", "十点半开始。"],
    ]
    assert [(turn.speaker, turn.time) for turn in read[0].turns] == [
        ("Lena", 1714554000.0),
        ("Tom", 1714554060.0),
    ]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "gb18030", "big5"])
def test_delimiter_and_encoding_are_found_out(read, counts, delimiter, encoding):
    rows = [
        ["問題", "答案"],
        ["今天的天氣怎麼樣？", "下午可能會下雨，記得帶雨傘。"],
        ["你好嗎？", "很好；謝謝"],
        ["Hello, you", "Hi; there"],
    ]
    content = "".join(delimiter.join(f'"{field}"' for field in row) + "\r\n" for row in rows)

    assert read(content.encode(encoding)) == rows[1:]
    assert counts.dropped == {}


def test_western_single_bytes_are_read(read, counts):
    content = "Frage;Antwort\nWo ist das nächste Café?;Gleich hier um die Ecke, “Zur Mühle”.\n"

    assert read(content.encode("cp1252")) == [
        ["Wo ist das nächste Café?", "Gleich hier um die Ecke, “Zur Mühle”."]
    ]
    assert counts.dropped == {}


@pytest.mark.parametrize(
    ("content", "rows"),
    [
        (
            "Hallo, du;Ja, bitte\nNa, was;Nichts, nein\n",
            [["Hallo, du", "Ja, bitte"], ["Na, was", "Nichts, nein"]],
        ),
        ("a,b|c\nd|e\n", [["a,b", "c"], ["d", "e"]]),
        ("sep=|\na,b|c;d\n", [["a,b", "c;d"]]),
        ('"sep=;"\nq;a\nx,y;z\n', [["x,y", "z"]]),
        ("sep=\t\nq\ta\nx,y\tz\n", [["x,y", "z"]]),
    ],
)
def test_a_delimiter_inside_texts_does_not_mislead(read, content, rows):
    assert read(content) == rows


def test_two_columns_without_header_are_question_and_answer(read, counts):
    assert read("Is it open?,Yes\n还开着吗？,开着\nOne,two,three\n") == [
        ["Is it open?", "Yes"],
        ["还开着吗？", "开着"],
    ]
    assert counts.dropped == {"too_many_columns": 1}


def test_columns_can_be_named(read):
    content = "nr,thema,wer fragt,was folgt\n1,lift,Geht er?,Ja\n"

    assert read(content, question="wer fragt", answer="Was Folgt") == [["Geht er?", "Ja"]]


def test_an_unknown_header_says_how_to_name_the_columns(read):
    with pytest.raises(
        CorpusError, match=r"faq.csv, line 1: .* Received 'nr', 'x', 'y'. Name them, such as quest"
    ):
        read("nr,x,y\n1,a,b\n")


def test_a_named_column_that_is_missing_is_named(read):
    with pytest.raises(
        CorpusError, match=r"faq.csv, line 1: the column for question must be .* Received 'Frage'"
    ):
        read("q,a\n1,2\n", question="Frage", answer="a")


def test_rows_that_are_too_short_or_too_long_are_counted(read, counts):
    assert read("question,answer\nonly\na,b,c\nd,e,,\nf,\n\n , \ng,h\n") == [["d", "e"], ["g", "h"]]
    assert counts.dropped == {"empty_text": 2, "too_many_columns": 1}
    assert counts.lines == 8


def test_empty_columns_at_the_end_of_the_header_do_not_count(read, counts):
    assert read("question,answer,,\na,b,,\n") == [["a", "b"]]
    assert counts.dropped == {}


def test_a_file_with_a_header_only_holds_nothing(read):
    assert read("question,answer\n") == []


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ('q,a\nx,y\n"never closed,z\nmore\n', 3),
        ('q,a\n"x","y" z\n', 2),
        ('q,a\n"first\nsecond",x\n"a" b,c\n', 4),
        ('q,a\n"' + "x\n" * MAX_LINE_CHARACTERS + '",y\n', 2),
    ],
)
def test_unbalanced_quotes_are_named_with_the_line_where_the_row_begins(read, content, line):
    with pytest.raises(
        CorpusError, match=rf"faq.csv, line {line}: the row that begins here must have its quotes"
    ):
        read(content)


def test_an_endless_line_is_named(read):
    with pytest.raises(CorpusError, match=r"faq.csv, line 3: a line must have at most 1,000,000 characters"):
        read("q,a\nx,y\n" + "z" * (MAX_LINE_CHARACTERS + 5) + "\n")


@pytest.mark.parametrize(
    ("field", "reason"),
    [
        (b"caf\xe9", "cannot_be_decoded"),
        (b"nul\0byte", "cannot_be_decoded"),
        (b"\xed\xa0\x80", "cannot_be_decoded"),
        (b"e" + "\u0301".encode() * 10_000, "too_many_accents"),
    ],
)
def test_rows_that_cannot_be_used_are_dropped_and_counted(read, counts, field, reason):
    padding = "你好吗？,很好，谢谢。\n".encode() * 5

    assert len(read(b"question,answer\n" + padding + b"a," + field + b"\n" + field + b",b\nc,d\n")) == 6
    assert counts.dropped == {reason: 2}


def test_what_nobody_reads_may_be_damaged(read, counts):
    content = "question,answer,note\n你好吗？,很好。,无\n".encode() + b"a,b,caf\xe9\n"

    assert read(content) == [["你好吗？", "很好。"], ["a", "b"]]
    assert counts.dropped == {}


def test_nobody_answers_a_row_that_is_lost(read, counts):
    rows = [
        "conversation,speaker,text",
        "1,A,一号",
        "1,B,two",
        "1,A,caf\udce9",
        "1,B,four",
        "1,A,five",
        "1,B,x,y",
    ]
    content = "\n".join(rows).encode("utf-8", "surrogateescape")

    assert read(content) == [["一号", "two"], ["four", "five"]]
    assert counts.dropped == {"cannot_be_decoded": 1, "too_many_columns": 1}


@pytest.mark.parametrize(
    ("name", "content", "format"),
    [
        ("faq.csv", "Hello there\nHi, you\n", "table"),
        ("faq.txt", "question,answer\na,b\nc,d\n", "table"),
        ("faq.txt", "问题,答案\n甲,乙\n", "table"),
        ("pairs.txt", "Hello\tHi\n你好\t早上好\n", "table"),
        ("faq.txt", "sep=;\nx;y\n", "table"),
        ("talk.txt", "Hello, you\nHi\nWell, well, well\n", "plain-text"),
        ("talk.txt", "Well, yes\nNo, thanks\nSo, so\n", "plain-text"),
        ("talk.txt", "Question, answer, and so on\nThat was fun\nYes it was\n", "plain-text"),
        ("talk.txt", "\tHello\n\tHi\n", "plain-text"),
        ("talk.txt", "Hello\tyou\n", "plain-text"),
    ],
)
def test_a_text_with_a_comma_now_and_then_is_no_table(tmp_path, name, content, format):
    (tmp_path / name).write_text(content)

    assert detect_format(tmp_path / name) == format
