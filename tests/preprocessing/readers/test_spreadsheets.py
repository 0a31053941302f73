import io
import re
import struct
import warnings
import zipfile
from datetime import datetime, time

import pytest
from openpyxl import Workbook

from preprocessing.errors import CorpusError
from preprocessing.readers import xlsx_limits
from preprocessing.readers.options import ReadOptions
from preprocessing.readers.registry import detect_format, read_conversations

SHEET = "xl/worksheets/sheet1.xml"
HEADER = ("question", "answer")


@pytest.fixture
def book(tmp_path):
    """Writes a workbook of sheets, each with its rows."""

    def write(**sheets):
        workbook = Workbook()
        workbook.remove(workbook.active)
        for title, rows in sheets.items():
            sheet = workbook.create_sheet(title)
            for row in rows:
                sheet.append(row)
        workbook.save(tmp_path / "faq.xlsx")
        return tmp_path / "faq.xlsx"

    return write


def rewritten(path, change, member=SHEET):
    """Return a workbook with one of its files changed."""
    content = {}
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            content[name] = archive.read(name)
    content[member] = change(content[member])
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    return path


def texts(conversations):
    return [[turn.text for turn in conversation.turns] for conversation in conversations]


def test_a_table_of_questions_and_answers_is_read(book, counts):
    path = book(FAQ=[HEADER, ("Is it open?", "Yes"), ("几点关门？", "六点"), ("How many?", 42.0)])

    read = list(read_conversations(path, counts=counts))

    assert texts(read) == [["Is it open?", "Yes"], ["几点关门？", "六点"], ["How many?", "42"]]
    assert [conversation.identifier for conversation in read] == [f"faq.xlsx:{row}" for row in (2, 3, 4)]
    assert (counts.formats, counts.dropped) == ({"faq.xlsx": "spreadsheet"}, {})
    assert (counts.lines, counts.conversations) == (4, 3)
    assert counts.bytes_read == counts.bytes_total


def test_dates_are_times(book, counts):
    rows = [
        ("conversation", "speaker", "text", "time"),
        (1, "Lena", "Lunch?", datetime(2024, 5, 1, 12)),
        (1, "小王", "好的", datetime(2024, 5, 1, 12, 1)),
        (1, "Lena", "When?", "2024-05-01 12:02"),
        (1, "小王", "一点", time(13)),
    ]

    [conversation] = read_conversations(book(Chat=rows), counts=counts)

    assert conversation.identifier == "faq.xlsx:1"
    assert [turn.time for turn in conversation.turns] == [1714564800.0, 1714564860.0, 1714564920.0, None]


def test_every_sheet_with_the_columns_is_read_and_the_others_are_counted(book, counts):
    path = book(
        Notes=[("About this file",), ("Ask Lena",)],
        English=[HEADER, ("Is it open?", "Yes")],
        Lists=[("red", "green"), ("left", "right")],
        Empty=[],
        中文=[("问题", "答案"), ("开门吗？", "开")],
    )

    read = list(read_conversations(path, counts=counts))

    assert texts(read) == [["Is it open?", "Yes"], ["开门吗？", "开"]]
    assert [conversation.identifier for conversation in read] == ["faq.xlsx/English:2", "faq.xlsx/中文:2"]
    assert counts.dropped == {"sheet_without_columns": 2}


def test_two_columns_without_header_are_question_and_answer(book, counts):
    assert texts(read_conversations(book(A=[("Is it open?", "Yes")]), counts=counts)) == [
        ["Is it open?", "Yes"]
    ]


def test_columns_can_be_named(book, counts):
    path = book(A=[("nr", "was", "dann"), (1, "Geht er?", "Ja")])
    options = ReadOptions(columns={"question": "was", "answer": "dann"})

    assert texts(read_conversations(path, counts=counts, options=options)) == [["Geht er?", "Ja"]]


def test_an_unknown_header_says_how_to_name_the_columns(book, counts):
    with pytest.raises(
        CorpusError, match=r"faq.xlsx, line 1: .* Received 'nr', 'x', 'y'. Name them, such as"
    ):
        list(read_conversations(book(A=[("nr", "x", "y"), (1, "a", "b")]), counts=counts))


def test_empty_rows_and_cells_and_rows_that_are_too_long_are_no_exchanges(book, counts):
    rows = [(None, None), HEADER, (), ("a", None), (None, None, None), ("b", "c", "d"), ("e", "f", "")]

    read = list(read_conversations(book(A=rows), counts=counts))

    assert texts(read) == [["e", "f"]]
    assert read[0].identifier == "faq.xlsx:7"
    assert counts.dropped == {"empty_text": 1, "too_many_columns": 1}


def with_saved_values(xml):
    """Save two of the formulas' values, however the library that wrote the file writes what is empty."""
    xml = re.sub(rb"<v ?/>|<v></v>", b"<v/>", xml)
    xml = xml.replace(b"<f>1+1</f><v/>", b"<f>1+1</f><v>2</v>")
    return xml.replace(b'<c r="B4"><f>0/0</f><v/>', b'<c r="B4" t="e"><f>0/0</f><v>#DIV/0!</v>')


def test_a_formula_counts_by_its_saved_value_and_without_one_it_is_dropped(book, counts):
    path = book(A=[HEADER, ("1+1?", "=1+1"), ("2+2?", "=2+2"), ("0/0?", "=0/0"), ("x?", "y")])
    saved = rewritten(path, with_saved_values)

    assert texts(read_conversations(saved, counts=counts)) == [["1+1?", "2"], ["x?", "y"]]
    assert counts.dropped == {"formula_without_value": 1, "formula_with_error": 1}


def test_a_formula_in_a_column_that_nobody_reads_is_no_loss(book, counts):
    path = book(A=[(*HEADER, "length"), ("a", "b", "=LEN(A2)")])

    assert texts(read_conversations(path, counts=counts)) == [["a", "b"]]
    assert counts.dropped == {}


def test_cells_that_cannot_be_used_are_dropped_and_counted(book, counts):
    path = book(A=[HEADER, ("a", "e" + "\u0301" * 10_000), ("c", "x\ufffdy"), ("d", "e")])

    assert texts(read_conversations(path, counts=counts)) == [["d", "e"]]
    assert counts.dropped == {"too_many_accents": 1, "cannot_be_decoded": 1}


def test_a_wrong_size_in_the_file_is_not_believed(book, counts):
    path = rewritten(
        book(A=[HEADER, ("a", "b"), ("c", "d")]), lambda xml: xml.replace(b"A1:B3", b"A1:XFD1048576")
    )

    assert texts(read_conversations(path, counts=counts)) == [["a", "b"], ["c", "d"]]


def test_what_the_library_warns_of_is_not_shown(book, counts):
    path = rewritten(
        book(A=[HEADER, ("a", "b")]),
        lambda xml: xml.replace(b"</worksheet>", b'<extLst><ext uri="{1}"/></extLst></worksheet>'),
    )

    with warnings.catch_warnings(record=True) as shown:
        assert texts(read_conversations(path, counts=counts)) == [["a", "b"]]
    assert shown == []


def test_a_damaged_file_is_refused_in_words(book, counts):
    path = book(A=[HEADER, ("a", "b")])
    whole = path.read_bytes()

    for content in (whole[:200], whole[:-60], whole[:100] + b"\xff" * 200 + whole[300:]):
        path.write_bytes(content)
        with pytest.raises(CorpusError, match=r"faq.xlsx must be a whole XLSX file: .* Save it again"):
            list(read_conversations(path, counts=counts))


@pytest.mark.parametrize(
    "change",
    [
        lambda xml: xml[: len(xml) // 2],
        lambda xml: b"",
        lambda xml: xml.replace(b'r="A2"', b'r="2"'),
        lambda xml: xml.replace(b't="inlineStr"><is><t>a</t></is>', b't="s"><v>99</v>'),
    ],
)
def test_a_damaged_sheet_is_refused_in_words(book, counts, change):
    path = rewritten(book(A=[HEADER, ("a", "b")]), change)

    with pytest.raises(CorpusError, match=r"faq.xlsx must be a whole XLSX file: "):
        list(read_conversations(path, counts=counts))


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        (
            "faq.xlsx",
            b"question,answer\na,b\n",
            "faq.xlsx must be an XLSX spreadsheet, and is text. Name it .csv",
        ),
        ("faq.xls", b"question\tanswer\na\tb\n", "faq.xls must be an XLSX spreadsheet, and is text."),
        (
            "faq.xlsx",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
            "without a password, and is of an older",
        ),
        ("faq.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "save it as XLSX or CSV"),
        ("faq.ods", b"PK\x03\x04" + bytes(600), "save it as XLSX or CSV"),
    ],
)
def test_what_is_no_xlsx_says_what_to_save(tmp_path, counts, name, content, complaint):
    (tmp_path / name).write_bytes(content)

    assert detect_format(tmp_path / name) == "spreadsheet"
    with pytest.raises(CorpusError, match=complaint):
        list(read_conversations(tmp_path / name, counts=counts))


def test_an_archive_of_other_files_is_no_spreadsheet(tmp_path, counts):
    with zipfile.ZipFile(tmp_path / "faq.xlsx", "w") as archive:
        archive.writestr("faq.csv", "question,answer\na,b\n")

    with pytest.raises(CorpusError, match=r"faq.xlsx must be a whole XLSX file"):
        list(read_conversations(tmp_path, counts=counts))


def test_a_bomb_is_refused_before_it_is_unpacked(book, counts, monkeypatch):
    path = rewritten(book(A=[HEADER, ("a", "b")]), lambda xml: xml + b" " * 2_000_000)
    monkeypatch.setattr(xlsx_limits, "MAX_UNPACKED_BYTES", 1_000_000)

    with pytest.raises(CorpusError, match=r"faq.xlsx must unpack to at most 1,000,000 bytes. It says 2,"):
        list(read_conversations(path, counts=counts))


def test_a_bomb_that_lies_about_its_size_gives_no_more_than_it_says(book, counts):
    path = rewritten(book(A=[HEADER, ("a", "b")]), lambda xml: xml + b" " * 2_000_000)
    content = bytearray(path.read_bytes())
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        true_size = struct.pack("<I", archive.getinfo(SHEET).file_size)
    # The size stands before the member and in the list of all members.
    lying = bytes(content).replace(true_size, struct.pack("<I", 1000))
    assert lying.count(struct.pack("<I", 1000)) == 2
    path.write_bytes(lying)

    with pytest.raises(CorpusError, match=r"faq.xlsx must be a whole XLSX file: BadZipFile: Bad CRC-32"):
        list(read_conversations(path, counts=counts))


ENTITIES = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "ha"}">' for n in range(12))


@pytest.mark.parametrize("member", [SHEET, "xl/workbook.xml", "xl/styles.xml", "[Content_Types].xml"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_billion_laughs_are_refused_in_every_member(book, counts, member, encoding):
    bomb = f'<?xml version="1.0"?><!DOCTYPE worksheet [{ENTITIES}]><worksheet>&e11;</worksheet>'
    path = rewritten(book(A=[HEADER, ("a", "b")]), lambda xml: bomb.encode(encoding), member)

    with pytest.raises(CorpusError, match=r"was refused: it declares names for texts \(DOCTYPE\)"):
        list(read_conversations(path, counts=counts))


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (
            (b'<row r="2"', b'<row r="99999999999"'),
            "at most 1,048,576 rows, in order, and not row 99999999999",
        ),
        ((b'<row r="2"', b'<row r="1"'), "at most 1,048,576 rows, in order, and not row 1"),
        ((b"<t>a</t>", b"<t>" + b"9" * 1_000_001 + b"</t>"), "at most 1,000,000 characters in a cell"),
    ],
)
def test_what_no_spreadsheet_holds_is_refused(book, counts, change, complaint):
    path = rewritten(book(A=[HEADER, ("a", "b")]), lambda xml: xml.replace(*change))

    with pytest.raises(CorpusError, match=rf"faq.xlsx/xl/worksheets/sheet1.xml must have {complaint}"):
        list(read_conversations(path, counts=counts))


def test_more_elements_than_fit_into_the_memory_are_refused(book, counts, monkeypatch):
    path = rewritten(
        book(A=[HEADER, ("a", "b")]), lambda xml: xml.replace(b"</row>", b"<c/>" * 2000 + b"</row>")
    )
    monkeypatch.setattr(xlsx_limits, "MAX_ELEMENTS", 1000)

    with pytest.raises(CorpusError, match="must have at most 1,000 texts or cells in one place"):
        list(read_conversations(path, counts=counts))
