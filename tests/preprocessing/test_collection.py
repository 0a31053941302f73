import math

import pytest

from preprocessing.collection import Collection
from preprocessing.conversations import Conversation, Counts, Turn

HOUR = 3600.0


def collected(*conversations, **options):
    collection = Collection(Counts(conversations=len(conversations)), **options)
    for number, turns in enumerate(conversations):
        collection.add(Conversation(f"c{number}", turns, "toy"))
    return collection


def test_exchanges_become_columns():
    collection = collected(
        [Turn("a", "x", 1.0), Turn("b", "y", 2.0), Turn("c", "x", 3.0)], [Turn("d"), Turn("e")]
    )
    columns, texts = collection.columns(), collection.turn_texts()

    assert [texts[turn] for turn in columns.questions] == ["a", "b", "d"]
    assert [texts[turn] for turn in columns.answers] == ["b", "c", "e"]
    assert columns.turns.tolist() == [0, 1, 0]
    assert columns.times[:2].tolist() == [1.0, 2.0]
    assert math.isnan(columns.times[2])
    assert list(collection.conversations.column(columns.turns[:0])) == []
    assert [collection.speakers.column([0, 1, 2])[row] for row in range(3)] == ["x", "y", ""]


def test_a_turn_that_answers_and_then_asks_is_kept_once():
    assert len(collected([Turn("a"), Turn("b"), Turn("c")]).turn_texts()) == 3


def test_what_follows_a_pause_is_a_conversation_of_its_own():
    first, second = (
        [Turn("a", "x", 0.0), Turn("b", "y", 1.0)],
        [Turn("c", "x", 3 * HOUR), Turn("d", "y", 3 * HOUR)],
    )
    joined = collected([*first, *second])
    apart = collected(first, second)

    assert joined.columns().splits.tolist() == apart.columns().splits.tolist()
    assert [joined.conversations.column([0, 1])[row] for row in (0, 1)] == ["c0", "c0@2"]
    assert joined.counts.conversations == 2


def test_the_parts_of_a_long_chat_are_not_all_held_out_together():
    said = [Turn(f"{part} {side}", side, part * 2 * HOUR) for part in range(300) for side in "xy"]

    splits = collected(said).columns().splits.tolist()

    assert len(splits) == 300
    assert set(splits) == {0, 1, 2}


@pytest.mark.parametrize(("context_turns", "contexts"), [(1, [0, 0, 0]), (2, [0, 1, 1]), (5, [0, 1, 2])])
def test_earlier_turns_belong_to_a_question(context_turns, contexts):
    collection = collected([Turn("a"), Turn("b"), Turn("c"), Turn("d")], context_turns=context_turns)

    assert collection.columns().contexts.tolist() == contexts


def test_private_things_are_hidden_before_anything_is_kept():
    collection = collected([Turn("mail a@b.com"), Turn("call 555-010-1234")], hide_private=True)
    texts = collection.turn_texts()

    assert [texts[0], texts[1]] == ["mail <email>", "call <phone>"]
    assert collection.counts.replaced == {"email": 1, "phone": 1}
