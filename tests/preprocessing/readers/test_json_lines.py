import json

import pytest

from preprocessing.conversations import Turn
from preprocessing.errors import CorpusError
from preprocessing.readers.registry import detect_format, read_conversations
from preprocessing.readers.text_lines import MAX_LINE_CHARACTERS, SAMPLE_BYTES
from tests.conftest import ROOT

EXAMPLES = ROOT / "tests/data/json-lines"
PAIR = {"question": "Is it open?", "answer": "Until six."}
MESSAGES = {"messages": [{"role": "user", "content": "在吗？"}, {"role": "assistant", "content": "在。"}]}
BOTH = [["Is it open?", "Until six."], ["在吗？", "在。"]]


@pytest.fixture
def write(tmp_path):
    def write(content, encoding="utf-8"):
        path = tmp_path / "corpus.json"
        path.write_bytes(content.encode(encoding, "surrogatepass"))
        return path

    return write


def dumped(value, indent=None):
    return json.dumps(value, ensure_ascii=False, indent=indent)


def texts(path, counts, format="auto"):
    read = read_conversations(path, counts=counts, format=format)
    return [[turn.text for turn in conversation.turns] for conversation in read]


def test_messages_are_read(counts):
    read = list(read_conversations(EXAMPLES / "messages.jsonl", counts=counts))

    assert [(c.identifier, [(t.speaker, t.text) for t in c.turns]) for c in read] == [
        ("messages.jsonl:1", [("user", "Do you have a blue one?"), ("assistant", "Yes, three are left.")]),
        ("messages.jsonl:2", [("user", "Can you mend this?"), ("assistant", "Bring it over.")]),
        ("messages.jsonl:2.1", [("assistant", "I see. Ten euros."), ("user", "Fine.")]),
        ("messages.jsonl:3", [("user", "几点关门？"), ("assistant", "晚上八点。")]),
    ]
    assert counts.dropped == {"not_said_by_people": 3, "media_omitted": 1}
    assert (counts.lines, counts.conversations) == (3, 3)


def test_sharegpt_is_read(counts):
    assert texts(EXAMPLES / "sharegpt.jsonl", counts) == [
        ["Is it far to the lake?", "Twenty minutes on foot."],
        ["明天会下雨吗？", "会，带把伞。", "谢谢"],
    ]
    assert counts.dropped == {"not_said_by_people": 1}


def test_questions_and_answers_are_read(counts):
    assert texts(EXAMPLES / "pairs.jsonl", counts) == [
        ["Where is my parcel?", "At the post office."],
        ["Translate into English.\n早上好", "Good morning"],
        ["可以退货吗？", "七天之内可以。"],
    ]


def test_lists_of_texts_are_read(counts):
    assert texts(EXAMPLES / "texts.jsonl", counts) == [
        ["Shall we dance?", "My foot hurts.", "Then let us sit."],
        ["下棋吗？", "好啊。"],
    ]


def test_the_examples_are_recognised():
    assert {path.name: detect_format(path) for path in EXAMPLES.iterdir()} == dict.fromkeys(
        ["messages.jsonl", "sharegpt.jsonl", "pairs.jsonl", "texts.jsonl"], "json-lines"
    )


@pytest.mark.parametrize(
    "content",
    [
        dumped(PAIR) + "\n" + dumped(MESSAGES),
        "\ufeff\r\n" + dumped(PAIR) + "\r\n\r\n" + dumped(MESSAGES) + "\r\n",
        dumped([PAIR, MESSAGES]),
        dumped([PAIR, MESSAGES], indent=2),
        "[\n" + dumped(PAIR) + ",\n" + dumped(MESSAGES) + "\n]\n",
        "[" + dumped(PAIR) + ",\n" + dumped(MESSAGES) + "]",
        dumped(PAIR, indent=2) + "\n" + dumped(MESSAGES, indent="\t") + "\n",
        dumped(PAIR) + dumped(MESSAGES),
    ],
    ids=["lines", "windows", "list", "spread list", "list of lines", "brackets", "spread", "without borders"],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le"])
def test_records_may_be_laid_out_in_any_way(write, counts, content, encoding):
    path = write(content, encoding)

    assert detect_format(path) == "json-lines"
    assert texts(path, counts) == BOTH
    assert (counts.conversations, counts.dropped) == (2, {})


@pytest.mark.parametrize("indent", [None, 2])
def test_one_record_alone_is_a_corpus(write, counts, indent):
    for record in (MESSAGES, MESSAGES["messages"], ["在吗？", "在。"]):
        path = write(dumped(record, indent))

        assert detect_format(path) == "json-lines"
        assert texts(path, counts) == BOTH[1:]


def test_lists_of_messages_may_be_lines_or_a_list(write, counts):
    messages = dumped(MESSAGES["messages"])

    assert texts(write(f"{messages}\n{messages}\n"), counts) == BOTH[1:] * 2
    assert texts(write(f"[{messages}, {messages}]"), counts) == BOTH[1:] * 2


@pytest.mark.parametrize(
    "broken", ['{"question": "Is it op', '"answer": "no"}', "sent: 3 April", "[", "{}", "[]"]
)
def test_a_broken_first_line_does_not_hide_the_others(write, counts, broken):
    path = write("\n".join([broken, dumped(PAIR), dumped(MESSAGES)]))

    assert detect_format(path) == "json-lines"
    assert texts(path, counts) == BOTH
    assert counts.dropped == {"not_a_conversation" if broken in ("{}", "[]") else "not_json": 1}


def test_a_broken_first_line_of_texts_does_not_hide_the_others(write, counts):
    assert texts(write('["a", "b\n["c", "d"]\n["e"]\n'), counts) == [["c", "d"], ["e"]]
    assert counts.dropped == {"not_json": 1}


def test_broken_lines_are_counted_and_lose_nothing_else(write, counts):
    lines = [dumped(PAIR), dumped({"a": 1}), "{", "", dumped(MESSAGES), '"text"', "[" * 5000]

    assert texts(write("\n".join(lines)), counts) == BOTH
    assert counts.dropped == {"not_json": 2, "not_a_conversation": 2}
    assert counts.lines == 7


@pytest.mark.parametrize("lost", [r"\ud83d", r"\u0000"])
def test_nothing_answers_a_text_that_cannot_be_written(write, counts, lost):
    assert texts(write(f'["a", "{lost}", "b", "c"]'), counts) == [["a"], ["b", "c"]]
    assert counts.dropped == {"cannot_be_decoded": 1}


def test_a_line_in_another_encoding_is_a_counted_drop(tmp_path, counts):
    path = tmp_path / "a.jsonl"
    path.write_bytes("\n".join(map(dumped, [PAIR, MESSAGES])).encode() + '\n["没有", "b"]'.encode("gb18030"))

    assert texts(path, counts) == BOTH
    assert counts.dropped == {"cannot_be_decoded": 1}


def test_a_text_in_another_encoding_is_a_counted_drop_in_a_list_too(tmp_path, counts):
    path = tmp_path / "a.json"
    path.write_bytes(dumped([MESSAGES, ["a", "没有", "b"]], 1).encode().replace("没".encode(), b"\xff"))

    assert texts(path, counts) == [*BOTH[1:], ["a"], ["b"]]
    assert counts.dropped == {"cannot_be_decoded": 1}


def test_a_cut_list_is_told_after_what_is_whole(write, counts):
    path = write(dumped([PAIR, MESSAGES], indent=2)[:-30])
    read = read_conversations(path, counts=counts)

    assert [turn.text for turn in next(read).turns] == BOTH[0]
    with pytest.raises(CorpusError, match=r"corpus\.json, line \d\d: it must be whole, valid JSON"):
        next(read)


def test_a_list_of_other_things_among_records_is_counted(write, counts):
    assert texts(write(dumped([PAIR, None, 7, MESSAGES])), counts) == BOTH
    assert counts.dropped == {"not_a_conversation": 2}


LONG = {"messages": [{"role": "user", "content": "x"}, {"role": "assistant", "content": "y" * SAMPLE_BYTES}]}


@pytest.mark.parametrize("record", [LONG, LONG["messages"]])
@pytest.mark.parametrize("indent", [None, 2])
def test_a_first_record_may_be_longer_than_what_is_looked_at(write, counts, record, indent):
    path = write(dumped(record, indent))

    assert detect_format(path) == "json-lines"
    assert texts(path, counts) == [["x", "y" * SAMPLE_BYTES]]


def test_long_records_may_be_in_a_list_or_in_lines(write, counts):
    assert texts(write(dumped([LONG, PAIR])), counts)[1:] == BOTH[:1]
    assert texts(write(dumped(LONG) + "\n" + dumped(PAIR)), counts)[1:] == BOTH[:1]


def test_a_line_that_never_ends_is_counted(write, counts):
    path = write(dumped(PAIR) + "\n" + dumped(["x" * MAX_LINE_CHARACTERS]) + "\n" + dumped(MESSAGES))

    assert texts(path, counts) == BOTH
    assert counts.dropped == {"line_too_long": 1}


@pytest.mark.parametrize(
    "content",
    [
        "", "[]", "{}", "null", "7", '"Hello"', "[1, 2]", "[{}]", '{"name": "a"}', "[[1]]", "Hello\nWorld",
        '{"log": 1}\n{"log": 2}', '[{"name": "a", "text": "b"}]', "{" * 100_000, "[" * 100_000,
    ],
)  # fmt: skip
def test_other_files_are_not_recognised(write, content):
    assert detect_format(write(content)) in (None, "table", "plain-text")


def test_what_was_selected_keeps_its_place_and_its_source(write, counts):
    record = {"conversation_id": "a.txt:7#3", "source_corpus": "films", **MESSAGES}
    odd = {"conversation_id": "\ud83d", "source_corpus": 7, **PAIR}

    first, second = read_conversations(write(f"{dumped(record)}\n{json.dumps(odd)}"), counts=counts)

    assert (first.identifier, first.source) == ("a.txt:7#3", "films")
    assert (second.identifier, second.source) == ("corpus.json:2", "")


def test_the_format_may_be_named(write, counts):
    path = write('{"topic": "none"}\n' * 9 + dumped({"text": "a", **PAIR}))

    assert texts(path, counts, "json-lines") == BOTH[:1]
    assert counts.dropped == {"not_a_conversation": 9}


def test_speakers_and_times_are_kept(write, counts):
    record = {"turns": [{"speaker": "小明", "text": "早", "time": "1712120112"}]}

    (conversation,) = read_conversations(write(dumped(record)), counts=counts)

    assert conversation.turns == [Turn("早", "小明", 1712120112.0)]
