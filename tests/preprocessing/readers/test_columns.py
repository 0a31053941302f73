from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocessing.conversations import Counts
from preprocessing.errors import CorpusError
from preprocessing.readers.columns import (
    NAMES,
    UNDECODED,
    Roles,
    folded,
    roles_of,
    rows_to_conversations,
)

CHAT = Roles(conversation=0, speaker=1, text=2, time=3)
PAIR = Roles(question=0, answer=1)


def said(rows, roles, counts):
    read = rows_to_conversations(enumerate(rows, 1), roles, counts)
    return [(conversation.identifier, [turn.text for turn in conversation.turns]) for conversation in read]


@pytest.mark.parametrize(
    ("header", "question", "answer"),
    [
        (["question", "answer"], 0, 1),
        (["Answer", "QUESTION"], 1, 0),
        (["id", "q", "a"], 1, 2),
        (["\ufeffPrompt", " Response "], 0, 1),
        (["input", "output"], 0, 1),
        (["问题", "答案"], 0, 1),
        (["序号", "回答", "提问"], 2, 1),
        (["Ｑ", "Ａ"], 0, 1),
        (["input", "question", "answer"], 1, 2),
    ],
)
def test_questions_and_answers_are_found_by_their_names(header, question, answer):
    assert roles_of(header, {}) == Roles(question=question, answer=answer, width=len(header))


@pytest.mark.parametrize(
    ("header", "places"),
    [
        (["conversation", "speaker", "text"], (0, 1, 2, None)),
        (["Sent At", "Message", "Sender", "Conversation ID"], (3, 2, 1, 0)),
        (["dialogueId", "utterance"], (0, None, 1, None)),
        (["会话ID", "说话人", "内容", "时间"], (0, 1, 2, 3)),
    ],
)
def test_chats_are_found_by_their_names(header, places):
    conversation, speaker, text, time = places

    assert roles_of(header, {}) == Roles(
        conversation=conversation, speaker=speaker, text=text, time=time, width=len(header)
    )


def test_no_name_has_two_roles():
    names = [name for names in NAMES.values() for name in names.split()]

    assert len(set(names)) == len(names)
    assert [folded(name) for name in names] == names


def test_what_the_user_names_comes_before_what_a_name_says():
    header = ["Frage", "question", "Reaktion"]

    assert roles_of(header, {"question": "frage ", "answer": "Reaktion"}) == Roles(
        question=0, answer=2, width=3
    )


def test_one_name_is_enough_where_the_others_are_known():
    assert roles_of(["Anliegen", "answer"], {"question": "Anliegen"}) == Roles(question=0, answer=1, width=2)


def test_what_is_named_chooses_between_the_two_shapes():
    header = ["question", "answer", "chat", "words", "by"]

    chosen = roles_of(header, {"text": "words", "speaker": "by"})

    assert chosen == Roles(conversation=2, speaker=4, text=3, width=5)


@pytest.mark.parametrize("header", [[], ["question"], ["name", "age"], ["conversation", "speaker"]])
def test_columns_that_make_no_exchanges_are_listed(header):
    with pytest.raises(
        CorpusError, match=r"question and answer, or .* conversation, speaker and text"
    ) as info:
        roles_of(header, {})

    assert all(column in str(info.value) for column in header)


def test_a_named_column_must_be_there():
    with pytest.raises(CorpusError, match=r"for question must be one of 'a', 'b'\. Received 'Frage'"):
        roles_of(["a", "b"], {"question": "Frage"})


def test_a_role_must_be_known():
    with pytest.raises(CorpusError, match=r"must be one of question, answer, .* Received 'reply'"):
        roles_of(["a", "b"], {"reply": "a"})


def test_a_column_that_stands_there_twice_is_no_guess():
    with pytest.raises(CorpusError, match="'text' again in 'conversation', 'text', 'text'"):
        roles_of(["conversation", "text", "text"], {})

    assert roles_of(["question", "user", "answer", "user"], {}).answer == 2


def test_each_pair_is_a_conversation_of_two_turns(counts):
    (conversation,) = rows_to_conversations([(7, [" Hello? ", "Hi!"])], PAIR, counts)

    assert conversation.identifier == "7"
    assert [(turn.text, turn.speaker) for turn in conversation.turns] == [
        ("Hello?", "question"),
        ("Hi!", "answer"),
    ]
    assert (counts.conversations, counts.dropped) == (1, {})


def test_pairs_without_text_are_counted_by_reason(counts):
    rows = [
        ["a", None], ["　 ", ""], ["a"], [b"\xff", "b"], ["a", UNDECODED], ["a", "b", "c"], ["a", "b", " "],
    ]  # fmt: skip

    assert said(rows, Roles(question=0, answer=1, width=2), counts) == [("7", ["a", "b"])]
    assert counts.dropped == {"empty_text": 3, "not_text": 1, "cannot_be_decoded": 1, "too_many_columns": 1}
    assert counts.conversations == 1


def test_numbers_dates_and_identifiers_are_taken_as_text(counts):
    rows = [(1, 2.5), (Decimal("1.50"), 3.0), (date(2024, 1, 2), UUID(int=1)), (True, ["list"])]

    assert said(rows, PAIR, counts) == [
        ("1", ["1", "2.5"]),
        ("2", ["1.50", "3"]),
        ("3", ["2024-01-02", "00000000-0000-0000-0000-000000000001"]),
    ]
    assert counts.dropped == {"not_text": 1}


def test_consecutive_rows_of_one_conversation_are_one(counts):
    rows = [(1, "A", "Hello?", 0), (1, None, "Hi!", None), (2, "A", "Bye.", 60)]

    first, second = rows_to_conversations(enumerate(rows), CHAT, counts)

    assert [(t.text, t.speaker, t.time) for t in first.turns] == [("Hello?", "A", 0.0), ("Hi!", None, None)]
    assert (second.identifier, second.turns[0].time, counts.conversations) == ("2", 60.0, 2)


def test_a_conversation_that_comes_back_goes_on_under_another_identifier(counts):
    rows = [(name, "A", name, None) for name in ("x", "y", "x", "x.1", "y", "x")]

    assert [identifier for identifier, _ in said(rows, CHAT, counts)] == [
        "x", "y", "x.1", "x.1.1", "y.1", "x.2",
    ]  # fmt: skip
    assert counts.dropped["conversation_came_back"] >= 3


def test_nothing_answers_a_row_that_cannot_be_used(counts):
    rows = [(1, "A", "a"), (1, "B", None), (1, "A", "b"), (1, "B", "c"), (None, "A", "d"), (1, b"?", "e")]

    assert said(rows, CHAT, counts) == [("1", ["a"]), ("1.1", ["b", "c"])]
    assert counts.dropped == {"empty_text": 1, "without_conversation": 1, "not_text": 1}


@given(st.lists(st.sampled_from(["a", "b", "a.1", "", None]), max_size=30))
def test_every_row_is_told_once_or_counted_and_no_identifier_comes_twice(names):
    counts = Counts()
    rows = [(name, None, str(place)) for place, name in enumerate(names)]

    read = said(rows, CHAT, counts)

    told = [text for _, texts in read for text in texts]
    assert told == [str(place) for place, name in enumerate(names) if name]
    assert len(told) + counts.dropped.get("without_conversation", 0) == len(names)
    assert len({identifier for identifier, _ in read}) == len(read) == counts.conversations


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (1712120112, 1712120112.0),
        (1712120112000, 1712120112.0),
        (Decimal("1712120112.5"), 1712120112.5),
        ("1712120112000", 1712120112.0),
        ("1712120112.5", 1712120112.5),
        ("2024-04-03T04:55:12Z", 1712120112.0),
        ("2024-04-03 04:55:12", 1712120112.0),
        ("2024-04-03 12:55:12+08:00", 1712120112.0),
        (datetime(2024, 4, 3, 4, 55, 12), 1712120112.0),
        (datetime(2024, 4, 3, 12, 55, 12, tzinfo=timezone(timedelta(hours=8))), 1712120112.0),
        (datetime(2024, 4, 3, tzinfo=UTC).date(), 1712102400.0),
        ("infinity", None),
        ("soon", None),
        (b"1", None),
        (UNDECODED, None),
        (None, None),
    ],
)
def test_times_are_read_as_people_save_them(counts, value, seconds):
    (conversation,) = rows_to_conversations([(1, ("x", "A", "Hello?", value))], CHAT, counts)

    assert conversation.turns[0].time == seconds


def test_rows_are_read_one_conversation_at_a_time(counts):
    taken = []

    def rows():
        for number in range(100):
            taken.append(number)
            yield number, (number // 2, "A", "text")

    next(rows_to_conversations(rows(), CHAT, counts))

    assert len(taken) == 3


def test_texts_that_would_take_hours_are_dropped_and_end_their_conversation(counts):
    accents = "a" + "\u0301" * 10_000

    chats = said([(1, "A", "Hi"), (1, "B", accents), (1, "A", "Bye")], CHAT, counts)
    pairs = said([("Hi", accents), ("Hi", "Ho")], PAIR, counts)

    assert chats == [("1", ["Hi"]), ("1.1", ["Bye"])]
    assert pairs == [("2", ["Hi", "Ho"])]
    assert counts.dropped == {"too_many_accents": 2}


@pytest.mark.parametrize(
    ("header", "question", "answer"),
    [
        (["Customer question", "Agent reply"], 0, 1),
        (["Id", "Kategorie", "Frage des Kunden", "Unsere Antwort"], 2, 3),
        (["Question ID", "Question", "Answer", "Answer date"], 1, 2),
    ],
)
def test_a_word_in_a_columns_name_is_enough_where_one_has_it(header, question, answer):
    roles = roles_of(header, {})

    assert (roles.question, roles.answer) == (question, answer)


@pytest.mark.parametrize(
    "header", [["Question ID", "Response time"], ["Ask me any question", "and hear the answer to it"]]
)
def test_what_is_about_a_question_and_what_is_a_sentence_is_no_column_of_questions(header):
    with pytest.raises(CorpusError, match="there must be columns"):
        roles_of(header, {})
