import pytest

from preprocessing.conversations import Turn
from preprocessing.readers import stretches
from preprocessing.readers.stretches import MOST_ACCENTS, fault_of, unbroken
from preprocessing.readers.text_lines import MAX_LINE_CHARACTERS


def parts(said, counts):
    turns = [Turn(text) if isinstance(text, str) else text for text in said]
    return [(c.identifier, [turn.text for turn in c.turns]) for c in unbroken("chat:7", turns, counts)]


def test_a_conversation_without_losses_stays_one(counts):
    [conversation] = unbroken("chat:7", [Turn("Hi", "a"), Turn("Hello", "b")], counts, "faq")

    assert (conversation.identifier, conversation.source) == ("chat:7", "faq")
    assert conversation.turns == [Turn("Hi", "a"), Turn("Hello", "b")]
    assert (counts.conversations, counts.dropped) == (1, {})


def test_a_conversation_is_split_where_a_turn_is_lost(counts):
    said = ["one", "", "two", "three", " ", "\0", "four"]

    assert parts(said, counts) == [
        ("chat:7", ["one"]),
        ("chat:7.1", ["two", "three"]),
        ("chat:7.2", ["four"]),
    ]
    assert (counts.conversations, counts.dropped) == (1, {"empty_text": 2, "cannot_be_decoded": 1})


def test_a_reader_says_itself_why_a_turn_is_lost(counts):
    read = list(unbroken("chat:7", [Turn("one"), "media_omitted", Turn("two")], counts))

    assert [conversation.turns for conversation in read] == [[Turn("one")], [Turn("two")]]
    assert counts.dropped == {"media_omitted": 1}


def test_a_conversation_of_which_nothing_is_left_is_none(counts):
    assert parts(["", "\ud800"], counts) == []
    assert (counts.conversations, counts.dropped) == (0, {"empty_text": 1, "cannot_be_decoded": 1})


def test_an_endless_conversation_comes_in_parts_that_share_a_turn(counts, monkeypatch):
    monkeypatch.setattr(stretches, "MOST_TURNS", 3)

    assert parts("abcdef", counts) == [
        ("chat:7", ["a", "b", "c"]),
        ("chat:7.1", ["c", "d", "e"]),
        ("chat:7.2", ["e", "f"]),
    ]
    assert counts.conversations == 1


def test_an_endless_conversation_is_read_while_it_comes(counts):
    def endless():
        while True:
            yield Turn("again")

    assert len(next(unbroken("chat:7", endless(), counts)).turns) == stretches.MOST_TURNS


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("Hello", ""),
        ("你好", ""),
        ("\u200fשלום", ""),
        ("e\u0301", ""),
        ("x" * MAX_LINE_CHARACTERS, ""),
        ("x" * (MAX_LINE_CHARACTERS + 1), "text_too_long"),
        ("", "empty_text"),
        ("\u3000\n", "empty_text"),
        ("Hel\0lo", "cannot_be_decoded"),
        ("\ud83d", "cannot_be_decoded"),
        ("what\ufffd", "cannot_be_decoded"),
        ("e" + "\u0301" * (MOST_ACCENTS - 1), ""),
        ("e" + "\u0301" * MOST_ACCENTS, "too_many_accents"),
        ("שָׁ" + "\u05b8\u05c1" * 5000, "too_many_accents"),
        ("か" + "\u3099" * 10_000, "too_many_accents"),
        ("ཀ" + "\u0f71\u0f72" * 5000, "too_many_accents"),
    ],
)
def test_texts_are_usable_or_the_fault_is_named(text, fault):
    assert fault_of(text) == fault
