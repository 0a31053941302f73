import pytest

from preprocessing.conversations import Conversation, Turn
from preprocessing.exchanges import split_into_exchanges


def exchanges(*turns):
    return [(q.text, a.text) for _, q, a in split_into_exchanges(Conversation("1", list(turns)))]


def test_each_turn_answers_the_one_before():
    assert exchanges(Turn("a"), Turn("b"), Turn("c")) == [("a", "b"), ("b", "c")]


@pytest.mark.parametrize("turns", [[], [Turn("alone")]])
def test_less_than_two_turns_hold_no_exchange(turns):
    assert exchanges(*turns) == []


def test_turns_of_one_speaker_in_a_row_are_joined_by_line_breaks():
    assert exchanges(Turn("a", "x"), Turn("b", "x"), Turn("c", "y")) == [("a\nb", "c")]


def test_a_pause_of_more_than_an_hour_ends_a_conversation():
    assert exchanges(Turn("a", "x", 0.0), Turn("b", "y", 3600.0), Turn("c", "x", 7201.0)) == [("a", "b")]


def test_without_times_a_conversation_ends_after_fifty_turns():
    read = exchanges(*[Turn(str(number)) for number in range(101)])

    assert len(read) == 98
    assert ("49", "50") not in read
    assert ("50", "51") in read
