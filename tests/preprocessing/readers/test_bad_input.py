"""What people's files have that no format allows: each ends in an error in words or in a counted drop."""

import json
import os
import random
import re
import tracemalloc

import pytest

from preprocessing.conversations import Counts
from preprocessing.errors import CorpusError
from preprocessing.pipeline import preprocess
from preprocessing.progress import NullMonitor
from preprocessing.readers.options import ReadOptions
from preprocessing.readers.registry import read_conversations
from preprocessing.request import PreprocessRequest

QUERY = ReadOptions(query="SELECT question, answer FROM faq")
CHAT = ["Are you open?", "Until six.", "Good!", "See you."]


@pytest.fixture
def write(tmp_path):
    """Return a function that writes a file into a folder of its own."""
    (tmp_path / "corpus").mkdir()

    def write_file(name, content):
        path = tmp_path / "corpus" / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass"))
        return path

    return write_file


def texts(path, counts):
    read = read_conversations(path, counts=counts, options=QUERY)
    return [[turn.text for turn in conversation.turns] for conversation in read]


def as_text(said):
    return "\n".join(said)


def as_pairs(said):
    return "question,answer\n" + "".join(
        f"{one},{other}\n" for one, other in zip(said[::2], said[1::2], strict=True)
    )


def as_chat(said):
    return "conversation\tspeaker\ttext\n" + "".join(
        f"1\t{place}\t{text}\n" for place, text in enumerate(said)
    )


def as_json(said):
    return json.dumps([said])


def as_json_lines(said):
    return json.dumps(
        {"messages": [{"role": "ab"[place % 2], "content": text} for place, text in enumerate(said)]}
    )


def as_yaml(said):
    return "conversations:\n- " + "\n  ".join(f"- {json.dumps(text, ensure_ascii=False)}" for text in said)


def as_dailydialog(said):
    return "".join(f"{text} __eou__ " for text in said) + "\n" + "A . __eou__ B . __eou__\n" * 5


def as_whatsapp(said):
    return "".join(
        f"01/02/2024, 10:0{place} - {'AB'[place % 2]}: {text}\n" for place, text in enumerate(said)
    )


WRITTEN = {
    "chat.txt": as_text,
    "pairs.csv": as_pairs,
    "chat.tsv": as_chat,
    "chat.json": as_json,
    "chat.jsonl": as_json_lines,
    "chat.yml": as_yaml,
    "dialogues.txt": as_dailydialog,
    "WhatsApp.txt": as_whatsapp,
}
every_format = pytest.mark.parametrize("name", WRITTEN)


def told(path):
    """Read a file: where no error names it, what is dropped is counted."""
    counts = Counts()
    try:
        read = texts(path, counts)
    except CorpusError as error:
        return [] if path.name in str(error) else pytest.fail(str(error))
    assert counts.dropped
    return read


@every_format
def test_what_is_well_is_read_without_a_loss(write, counts, name):
    read = texts(write(name, WRITTEN[name](CHAT)), counts)

    assert [text for said in read for text in said][:4] == CHAT
    assert counts.dropped == {}


@every_format
@pytest.mark.parametrize(
    "bad",
    ["Hel\0lo", "d\ud83d", "e" + "\u0301\u0323" * 5000, "e" + "\u0301\u0323" * 400_000, "x" * 1_000_001],
    ids=["zero", "surrogate", "ten thousand accents", "endless accents", "long"],
)
def test_a_turn_that_is_no_text_is_lost_and_nothing_answers_it(write, name, bad):
    read = told(write(name, WRITTEN[name]([*CHAT[:2], bad, "Lost.", *CHAT])))

    assert all(said in (CHAT[:2], CHAT[2:], CHAT, ["Lost.", *CHAT], ["A.", "B."]) for said in read)


@every_format
def test_direction_marks_are_text(write, counts, name):
    path = write(name, WRITTEN[name](["\u200fשלום", "a\u202eb\u202c", "c", "d"]))

    read = "|".join(text for said in texts(path, counts) for text in said)

    assert re.sub("[\u200f\u202e\u202c]", "", read).startswith("שלום|ab|c|d")
    assert counts.dropped == {}


@every_format
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_every_format_is_read_in_unicodes_encodings(write, counts, name, encoding):
    said = ["你好，几点开门？", "六点。", "好的！", "See you."]

    read = texts(write(name, WRITTEN[name](said).encode(encoding)), counts)

    assert [text for said in read for text in said][:4] == said
    assert counts.dropped == {}


@every_format
def test_nothing_but_empty_lines_is_told(write, name):
    for content in ("", "\n\n", "\ufeff \r\n"):
        with pytest.raises(CorpusError, match=rf"{name} must hold conversations\. It is empty"):
            texts(write(name, content), Counts())


@every_format
def test_what_is_no_text_is_told_by_its_name(write, name):
    with pytest.raises(CorpusError, match=name):
        texts(write(name, b"\x89PNG\r\n\x1a\n" + random.Random(1).randbytes(3000)), Counts())


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("one.txt", "Hello"),
        ("one.csv", "question,answer\n"),
        ("one.tsv", "conversation\ttext\n1\tHello\n"),
        ("one.jsonl", '["Hello"]\n'),
        ("one.json", "[]"),
        ("one.yml", "conversations: []"),
    ],
)
def test_a_file_of_one_line_makes_no_dataset(write, tmp_path, name, content):
    path = write(name, content)

    with pytest.raises(CorpusError, match=rf"{name}.*(must hold at least one question|was not recognised)"):
        preprocess(PreprocessRequest.of_corpus("one", path, tmp_path / "made"), NullMonitor())

    assert not list((tmp_path / "made").rglob("*.npy"))


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("a.csv", "id,price,colour\n1,2,red\n", r"a\.csv, line 1: there must be columns.*'id', 'price'"),
        ("a.csv", 'question,answer\nHi,Hello\n"Bye,See you\n', r"a\.csv, line 3: .*quotes"),
        ("a.json", '[["Hi", "Hello"], ["Bye", ', r"a\.json, line 1: it must be whole, valid JSON"),
        ("a.yml", "conversations:\n- - &x Hi\n  - *x\n", r"a\.yml, line [23]: YAML"),
        ("a.yml", "conversations:\n- - !!python/object:os.system Hi\n", r"a\.yml, line 2: YAML tags"),
        ("a.zip", "PK\x03\x04", r"a\.zip must be a whole archive"),
        ("a.xlsx", "PK\x03\x04", r"a\.xlsx must be a whole XLSX"),
        ("a.db", "SQLite format 3\0" + "x" * 100, r"a\.db must be able to answer"),
    ],
)
def test_what_a_format_does_not_allow_is_told_with_its_place(write, counts, name, content, complaint):
    with pytest.raises(CorpusError, match=complaint):
        texts(write(name, content), counts)


def test_a_billion_laughs_are_refused_at_once(write, counts):
    laughs = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 10))

    with pytest.raises(CorpusError, match=r"a\.yml, line \d: YAML"):
        texts(write("a.yml", f"a0: &a0 lol\n{laughs}conversations:\n- [Hi, *a9]\n"), counts)


def test_conversations_that_come_back_and_lists_that_go_in_circles_are_counted(write, counts):
    write("a.csv", "conversation,text\n1,Hi\n1,Hello\n2,Hey\n2,Ho\n1,Bye\n1,See you\n")
    write("b_lines.txt", "1 +++$+++ 2 +++$+++ Hi\n2 +++$+++ 3 +++$+++ Hello\n")
    path = write("b_conversations.txt", "2 +++$+++ 3 +++$+++ 4 +++$+++ [1, 2, 1, 2]\n")

    assert texts(path.parent, counts) == [["Hi", "Hello"], ["Hey", "Ho"], ["Bye", "See you"], ["Hi", "Hello"]]
    assert counts.dropped == {"conversation_came_back": 1, "repeated_line": 2}


def test_mixed_encodings_are_read_by_the_encoding_of_most_lines(write, counts):
    content = "你好\n很好\n".encode() * 3 + "多少钱\n".encode("gb18030") + "再见\n拜拜\n".encode()

    assert texts(write("mixed.txt", content), counts)[-1] == ["再见", "拜拜"]
    assert counts.dropped == {"cannot_be_decoded": 1}


def test_a_spreadsheet_with_formulas_is_read_by_the_values_saved_with_them(write, counts):
    from openpyxl import Workbook

    path, book = write("a.xlsx", ""), Workbook()
    for row in (("question", "answer"), ("Open?", "Until six."), ("Two and two?", "=2+2")):
        book.active.append(row)
    book.save(path)

    assert texts(path, counts) == [["Open?", "Until six."]]
    assert counts.dropped == {"formula_without_value": 1}


def test_a_folder_of_bad_files_becomes_a_dataset_of_what_is_left(write, tmp_path):
    for name, written in WRITTEN.items():
        path = write(name, written([*CHAT, "d\ud83d", "Lost."]).encode("utf-8", "surrogatepass"))
    path = write("empty.csv", "")

    summary = preprocess(PreprocessRequest.of_corpus("a", path.parent, tmp_path / "made"), NullMonitor())

    dropped = summary.counts["dropped"]
    assert summary.exchanges > 0
    assert (dropped["file_empty"], dropped["cannot_be_decoded"]) == (1, len(WRITTEN))


def test_an_unreadable_file_in_a_folder_does_not_hide_the_others(write, tmp_path, monkeypatch):
    write("a.txt", "Are you open?\nUntil six.\n")
    path = write("b.txt", "Hi\nHello\n")
    monkeypatch.setattr(os, "access", lambda file, mode: not str(file).endswith("b.txt"))

    summary = preprocess(PreprocessRequest.of_corpus("a", path.parent, tmp_path / "made"), NullMonitor())

    assert summary.exchanges == 1
    assert summary.counts["dropped"] == {"file_unreadable": 1}
    assert summary.counts["formats"] == {"a.txt": "plain-text", "b.txt": "not readable"}


@pytest.mark.parametrize(
    ("name", "start", "told"),
    [
        ("a.txt", "Hi\n", "{'line_too_long': 1}"),
        ("a.csv", "question,answer\nHi,Hello\n", "a.csv, line 3: a line must have at most 1,000,000"),
        ("a.json", '[["Hi", "Hello"], ["', "a.json, line 1: it must be whole, valid JSON: an entry has more"),
        ("b.json", '{"a": {"messages": [[{"text": "', "b.json, line 1: it must be whole, valid JSON: an"),
        ("c.json", '{"type": "personal_chat", "id": 1, "messages": [{"text": "', "c.json, line 1: it must"),
        ("a.jsonl", '["Hi", "Hello"]\n["', "{'line_too_long': 1}"),
        ("a.yml", "conversations:\n- - Hi\n  - ", "a.yml: a YAML file must have at most 50,000,000 bytes"),
        ("b.txt", "Hi __eou__ Hello __eou__\n" * 9, "{'line_too_long': 1}"),
        ("c.txt", "01/02/2024, 10:00 - A: Hi\n", "{'line_too_long': 1}"),
        ("a_lines.txt", "1 +++$+++ 2 +++$+++ Hi\n", "a_lines.txt, line 2: there must be 3 fields"),
    ],
)
def test_an_endless_line_takes_little_memory_in_any_format(write, counts, name, start, told):
    write("a_conversations.txt", "2 +++$+++ 3 +++$+++ 4 +++$+++ [1, 2]\n")
    path = write(name, start.encode() + b"word " * 12_000_000)

    tracemalloc.start()
    try:
        texts(path, counts)
        received = str(counts.dropped)
    except CorpusError as error:
        received = str(error)
    finally:
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()

    assert received.startswith(told)
    assert most < 100_000_000
