"""Conversations into exchanges: each turn with the one that answers it."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from preprocessing.conversations import Conversation, Turn

PAUSE_SECONDS = 60 * 60
MAX_TURNS_WITHOUT_TIMES = 50


def split_into_exchanges(
    conversation: Conversation, pause_seconds: float = PAUSE_SECONDS
) -> Iterator[tuple[int, Turn, Turn]]:
    """Yield (position of the question's turn, question, answer) for all adjacent turns that belong together.

    Turns of one speaker in a row are joined first, by line breaks; a pause ends a conversation, and so do
    50 turns where there are no times.
    """
    turns = joined_turns(conversation.turns, pause_seconds)
    for position, (question, answer) in enumerate(pairwise(turns)):
        if not ends_between(question, answer, position + 1, pause_seconds):
            yield position, question, answer


def placed_exchanges(
    conversation: Conversation, pause_seconds: float = PAUSE_SECONDS
) -> Iterator[tuple[int, int, Turn, Turn]]:
    """Yield (where the part between two pauses begins, position of the question's turn, question, answer)."""
    start = expected = -1
    for position, question, answer in split_into_exchanges(conversation, pause_seconds):
        start = start if position == expected else position
        expected = position + 1
        yield start, position, question, answer


def joined_turns(turns: list[Turn], pause_seconds: float) -> list[Turn]:
    joined: list[Turn] = []
    for turn in turns:
        last = joined[-1] if joined else None
        is_same = last is not None and turn.speaker is not None and turn.speaker == last.speaker
        if last is not None and is_same and not has_pause(last, turn, pause_seconds):
            joined[-1] = replace(last, text=f"{last.text}\n{turn.text}", time=turn.time)
        else:
            joined.append(turn)
    return joined


def has_pause(before: Turn, after: Turn, pause_seconds: float) -> bool:
    return before.time is not None and after.time is not None and after.time - before.time > pause_seconds


def ends_between(question: Turn, answer: Turn, turns_before_answer: int, pause_seconds: float) -> bool:
    if question.time is not None and answer.time is not None:
        return has_pause(question, answer, pause_seconds)
    return turns_before_answer % MAX_TURNS_WITHOUT_TIMES == 0
