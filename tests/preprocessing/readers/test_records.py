import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocessing.conversations import Counts, Turn
from preprocessing.readers.records import is_record, moment_of, text_of, turns_of
from preprocessing.readers.stretches import stretches

PICTURE = {"type": "image_url", "image_url": {"url": "data:,"}}


def texts(record, counts):
    return [[turn.text for turn in turns] for turns in stretches(turns_of(record, counts), counts)]


def test_messages_become_turns_with_speakers_and_times(counts):
    record = {
        "messages": [
            {"role": "user", "content": " Hello? ", "timestamp": 1712120112},
            {"role": "assistant", "content": "你好！", "timestamp": "2024-04-03T04:56:12Z"},
        ]
    }

    assert list(turns_of(record, counts)) == [
        Turn("Hello?", "user", 1712120112.0),
        Turn("你好！", "assistant", 1712120172.0),
    ]
    assert counts.dropped == {}


@pytest.mark.parametrize(
    "record",
    [
        {"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]},
        {"conversations": [{"from": "human", "value": "a"}, {"from": "gpt", "value": "b"}]},
        {"conversation": "7", "turns": [{"speaker": "A", "text": "a"}, {"speaker": "B", "text": "b"}]},
        {"dialogue": [{"author": {"name": "A"}, "utterance": "a"}, {"author": {"id": 2}, "message": "b"}]},
        {"Utterances": [[{"sender": "A", "text": "a"}], [{"sender": "B", "text": "b"}]]},
        {"dialog": ["a", "b"]},
        {"question": "a", "answer": "b"},
        {"Question": "a", " ANSWER ": "b"},
        {"prompt": "a", "completion": "b"},
        {"instruction": "a", "input": "", "output": "b"},
        {"instruction": "", "input": "a", "output": "b"},
        {"input": "a", "output": "b"},
        {"question": None, "query": "a", "response": "b"},
        {"q": "a", "a": "b"},
        {"问题": "a", "回答": "b"},
        ["a", "b"],
        [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}],
    ],
)
def test_each_shape_is_known_and_read(counts, record):
    assert is_record(record)
    assert texts(record, counts) == [["a", "b"]]
    assert counts.dropped == {}


@pytest.mark.parametrize(
    "record",
    [
        None, 7, "text", True, [], {}, [1, 2], ["a", 1], [["a", "b"]], {"messages": "a"}, {"question": "a"},
        {"name": "a", "price": 1}, [{"name": "a", "text": "b"}],
    ],
)  # fmt: skip
def test_other_values_are_not_taken_for_conversations(record):
    assert not is_record(record)


def test_an_input_is_a_part_of_what_an_instruction_asks(counts):
    record = {"instruction": "Translate.", "input": "早上好", "output": "Good morning"}

    assert texts(record, counts) == [["Translate.\n早上好", "Good morning"]]


def test_numbers_are_answers_too(counts):
    assert texts({"question": "6 times 7?", "answer": 42}, counts) == [["6 times 7?", "42"]]
    assert texts(["How much?", 2.5], counts) == [["How much?", "2.5"]]


@pytest.mark.parametrize(
    "unheard",
    [
        {"role": "system", "content": "Be kind."},
        {"role": "developer", "content": "Be kind."},
        {"from": "observation", "value": "22 degrees"},
        {"author": {"role": "tool"}, "content": {"parts": ["22 degrees"]}},
        {"role": "assistant", "content": None, "tool_calls": [{"id": "c1"}]},
        {"role": "assistant", "content": "", "function_call": {"name": "weather"}},
        {"role": "assistant", "content": [{"type": "tool_use", "input": {}}]},
        {"role": "user", "content": [{"type": "tool_result", "content": "22 degrees"}]},
        {"role": "assistant", "content": [{"type": "reasoning", "text": "Hm."}]},
    ],
)
def test_what_programs_say_is_counted_and_parts_nothing(counts, unheard):
    record = {"messages": [{"role": "user", "content": "Is it warm?"}, unheard, {"content": "It is."}]}

    assert texts(record, counts) == [["Is it warm?", "It is."]]
    assert counts.dropped == {"not_said_by_people": 1}


def test_words_beside_a_call_are_said(counts):
    message = {"role": "assistant", "content": "One moment.", "tool_calls": [{"id": "c1"}]}

    assert texts([message], counts) == [["One moment."]]


def test_a_speaker_called_system_is_one_who_talks(counts):
    record = [{"speaker": "user", "text": "A table for two."}, {"speaker": "system", "text": "At what time?"}]

    assert texts(record, counts) == [["A table for two.", "At what time?"]]
    assert counts.dropped == {}


@pytest.mark.parametrize(
    ("lost", "reason"),
    [
        ({"role": "user", "content": ""}, "empty_text"),
        ({"role": "user", "content": None}, "empty_text"),
        ({"role": "user", "content": []}, "empty_text"),
        ({"role": "user", "content": [{"type": "text", "text": " "}]}, "empty_text"),
        ({"role": "user", "content": False}, "empty_text"),
        ({"role": "user", "content": float("nan")}, "empty_text"),
        ({"role": "user", "content": [PICTURE]}, "media_omitted"),
        ({"role": "user", "content": [{"type": "text", "text": ""}, PICTURE]}, "media_omitted"),
        ({"role": "user"}, "not_a_turn"),
        (None, "not_a_turn"),
        (" ", "empty_text"),
        ({"role": "user", "content": "half a pair: \ud83d"}, "cannot_be_decoded"),
        ({"role": "user", "content": "a\0b"}, "cannot_be_decoded"),
        ({"role": "user", "content": "e" + "\u0301" * 10_000}, "too_many_accents"),
    ],
)
def test_nothing_answers_a_message_that_is_lost(counts, lost, reason):
    assert texts({"messages": ["a", "b", lost, "c", "d"]}, counts) == [["a", "b"], ["c", "d"]]
    assert counts.dropped == {reason: 1}


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (None, "not_a_conversation"),
        ("text", "not_a_conversation"),
        ([], "not_a_conversation"),
        ({}, "not_a_conversation"),
        ({"messages": []}, "not_a_conversation"),
        ({"messages": "Hello"}, "not_a_conversation"),
        ({"question": "a"}, "not_a_conversation"),
        ({"question": "a", "answer": None}, "empty_text"),
        ({"question": " ", "answer": "b"}, "empty_text"),
    ],
)
def test_a_record_without_turns_is_counted_once(counts, record, reason):
    assert list(turns_of(record, counts)) == [reason]
    assert counts.dropped == {}


def test_a_text_keeps_its_parts_apart():
    assert text_of(["Hello ", {"type": "text", "text": "World"}, PICTURE, ""]) == "Hello\nWorld"
    assert text_of({"content_type": "text", "parts": ["你好"]}) == "你好"
    assert text_of([{"type": "text", "text": {"value": "Hi", "annotations": []}}]) == "Hi"


def test_parts_that_lie_very_deep_are_no_text(counts):
    content = "deep"
    for _ in range(800):
        content = [content]

    assert text_of(content) == ""
    assert texts([{"role": "user", "content": content}], counts) == []
    assert counts.dropped == {"empty_text": 1}


def test_a_name_that_cannot_be_written_is_none(counts):
    (turn,) = turns_of([{"speaker": "half a pair: \ud83d", "text": "Hello"}], counts)

    assert turn == Turn("Hello")


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (1712120112, 1712120112.0),
        (1712120112000, 1712120112.0),
        ("1712120112", 1712120112.0),
        ("1712120112000", 1712120112.0),
        ("1712120112.000200", 1712120112.0002),
        ("60", 60.0),
        ("2024-04-03T04:55:12Z", 1712120112.0),
        ("2024-04-03T12:55:12+08:00", 1712120112.0),
        ("2024-04-03T04:55:12", 1712120112.0),
        ("20240403", 1712102400.0),
        ("0001-01-01T00:00:00+14:00", -62135647200.0),
        ("9" * 400, None),
        (10**400, None),
        (float("nan"), None),
        ("soon", None),
        (True, None),
        ([1], None),
        (None, None),
    ],
)
def test_times_are_read_as_programs_write_them(value, seconds):
    assert moment_of(value) == seconds


KEYS = ["messages", "role", "author", "content", "text", "parts", "type", "question", "answer", "tool_calls"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None), max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=12,
)


@given(st.lists(JSON.filter(lambda value: not isinstance(value, list)), min_size=1))
def test_every_message_is_told_once_or_counted_once(messages):
    counts = Counts()

    told = texts({"messages": messages}, counts)

    assert sum(map(len, told)) + sum(counts.dropped.values()) == len(messages)


@given(JSON)
def test_any_value_at_all_can_be_asked(value):
    told = texts(value, Counts())

    assert all(text.strip() for turns in told for text in turns)
    assert is_record(value) in (True, False)
