"""One conversation as JSON: the shapes that chat APIs and training sets use."""

import math
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from preprocessing.conversations import Counts, Turn
from preprocessing.readers.text_lines import is_no_text

Record = dict[str, Any]

MESSAGE_LISTS = ("messages", "conversations", "conversation", "dialog", "dialogue", "utterances", "turns")
ROLE_KEYS = ("role", "from")
SPEAKER_KEYS = (*ROLE_KEYS, "speaker", "sender", "author", "name", "user")
TEXT_KEYS = ("content", "value", "text", "message", "utterance")
TIME_KEYS = ("time", "timestamp", "date", "created_at", "create_time")
QUESTION_KEYS = ("question", "prompt", "instruction", "query", "q", "input", "问题", "提问", "問題")
ANSWER_KEYS = ("answer", "response", "completion", "output", "reply", "a", "答案", "回答", "回复")
# What a program said, not a person.
UNHEARD = frozenset({"system", "developer", "tool", "function"}) | frozenset(
    {"function_call", "tool_call", "tool_calls", "tool_response", "observation"}
)
UNHEARD_PARTS = frozenset({"tool_use", "tool_result", "thinking", "reasoning"})
NOT_SAID = "not_said_by_people"
# Parts of a content lie one to three deep; much more would exhaust the stack.
MOST_DEEP = 8
# Eight digits are a day.
NUMBER = re.compile(r"[+-]?(?:\d{1,7}|\d{9,})(?:\.\d+)?")


def is_record(value: Any) -> bool:
    """Whether a JSON value is a conversation in one of the shapes, by its keys."""
    if isinstance(value, dict):
        record = with_folded_keys(value)
        return message_list(record) is not None or is_pair(record)
    if not isinstance(value, list) or not value:
        return False
    return all(isinstance(entry, str) for entry in value) or all(map(is_message, value))


def is_message(value: Any) -> bool:
    """Whether a JSON value is surely one turn of a conversation, by its keys."""
    return (
        isinstance(value, dict)
        and any(key in value for key in (*ROLE_KEYS, "speaker"))
        and any(key in value for key in TEXT_KEYS)
        and not is_record(value)
    )


def turns_of(record: Any, counts: Counts) -> Iterator[Turn | str]:
    """Yield the turns of a record; in place of one that cannot be used comes the reason.

    What programs said to each other is counted here and left out: what stands around it belongs together.
    """
    if isinstance(record, dict):
        record = with_folded_keys(record)
        messages = message_list(record)
        if messages is None:
            yield from question_and_answer(record)
            return
        record = messages
    if not isinstance(record, list) or not record:
        yield "not_a_conversation"
        return
    for turn in map(turn_of, flat(record)):
        if turn == NOT_SAID:
            counts.drop(NOT_SAID)
        else:
            yield turn


def with_folded_keys(record: Record) -> dict[str, Any]:
    return {key.strip().casefold(): value for key, value in record.items()}


def message_list(record: Record) -> list[Any] | None:
    return next((record[key] for key in MESSAGE_LISTS if isinstance(record.get(key), list)), None)


def is_pair(record: Record) -> bool:
    return any(key in record for key in QUESTION_KEYS) and any(key in record for key in ANSWER_KEYS)


def question_and_answer(record: Record) -> Iterator[Turn | str]:
    question, answer = text_of(first_of(record, QUESTION_KEYS)), text_of(first_of(record, ANSWER_KEYS))
    if "instruction" in record:
        asked = text_of(record["instruction"]), text_of(record.get("input"))
        question = "\n".join(filter(None, asked))
    if question and answer:
        yield Turn(question, "question")
        yield Turn(answer, "answer")
    else:
        yield "empty_text" if is_pair(record) else "not_a_conversation"


def flat(messages: list[Any]) -> Iterator[Any]:
    """Yield the messages, also where those of one speaker form lists of their own."""
    for message in messages:
        if isinstance(message, list):
            yield from message
        else:
            yield message


def turn_of(message: Any) -> Turn | str:
    """Return a turn, or why there is none."""
    if isinstance(message, str | int | float):
        return Turn(text_of(message))
    if not isinstance(message, dict):
        return "not_a_turn"
    if role_of(message) in UNHEARD:
        return NOT_SAID
    content = first_of(message, TEXT_KEYS)
    text = text_of(content)
    if not text:
        return reason_for_silence(message, content)
    return Turn(text, speaker_of(message), moment_of(first_of(message, TIME_KEYS)))


def role_of(message: Record) -> str | None:
    """Return what a speaker is to a program; under `speaker`, "system" is one who talks."""
    author = message.get("author")
    return name_of(author.get("role") if isinstance(author, dict) else first_of(message, ROLE_KEYS))


def reason_for_silence(message: Record, content: Any) -> str:
    parts = [part for part in content if isinstance(part, dict)] if isinstance(content, list) else []
    if message.get("tool_calls") or message.get("function_call") or (parts and all(map(is_unheard, parts))):
        return NOT_SAID
    if any("text" not in part for part in parts):
        return "media_omitted"
    return "empty_text" if any(key in message for key in TEXT_KEYS) else "not_a_turn"


def is_unheard(part: Record) -> bool:
    return str(part.get("type")) in UNHEARD_PARTS


def speaker_of(message: Record) -> str | None:
    speaker = first_of(message, SPEAKER_KEYS)
    return name_of(first_of(speaker, ("role", "name", "id")) if isinstance(speaker, dict) else speaker)


def name_of(value: Any) -> str | None:
    """Return a name, if it is one that can be written."""
    name = str(value) if isinstance(value, str | int) else ""
    return name if name and not is_no_text(name) else None


def first_of(record: Record, keys: tuple[str, ...]) -> Any:
    for key in keys:
        if record.get(key) is not None:
            return record[key]
    return None


def text_of(value: Any, deep: int = MOST_DEEP) -> str:
    """Return a message's text, also where it is a list of parts of which some are pictures."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, dict | list) and deep:
        return "\n".join(filter(None, (text_of(part, deep - 1) for part in parts_of(value))))
    if isinstance(value, float):
        return str(value) if math.isfinite(value) else ""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def parts_of(value: Record | list[Any]) -> list[Any]:
    if isinstance(value, list):
        return value
    return [] if is_unheard(value) else [first_of(value, ("text", "parts", "value"))]


def moment_of(value: Any) -> float | None:
    """Return seconds since 1970 from a number or an ISO 8601 text.

    A number may count milliseconds; a text that names no zone means UTC.
    """
    if isinstance(value, str):
        value = value.strip()
        value = float(value) if NUMBER.fullmatch(value) else moment_in_words(value)
    if not isinstance(value, int | float) or isinstance(value, bool) or not abs(value) < 1e14:
        return None
    return float(value) / 1000 if abs(value) > 1e11 else float(value)


def moment_in_words(text: str) -> float | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
