"""Telegram's exports: one chat, or all of an account, as `result.json`."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from preprocessing.conversations import Conversation, Counts, Turn
from preprocessing.errors import CorpusError
from preprocessing.readers.json_stream import JsonText, open_json
from preprocessing.readers.options import ReadOptions
from preprocessing.readers.records import moment_of, name_of
from preprocessing.readers.stretches import unbroken
from preprocessing.readers.text_lines import Head, head_of

CHAT = re.compile(
    r'"type"\s*:\s*"(?:personal_chat|bot_chat|saved_messages|replies|\w+_(?:group|supergroup|channel))"\s*,'
    r'\s*"id"\s*:'
)
# In an account's export the chats come last, perhaps far behind.
ACCOUNT = re.compile(
    r'"personal_information"\s*:\s*\{\s*"user_id"\s*:'
    r'|"(?:contacts|frequent_contacts|chats|left_chats)"\s*:\s*\{\s*"about"\s*:'
)
CHAT_LISTS = ("chats", "left_chats")


def is_telegram(head: Head) -> bool:
    is_object = head.text.lstrip().startswith("{")
    return is_html_export(head) or (is_object and any(mark.search(head.text) for mark in (CHAT, ACCOUNT)))


def is_html_export(head: Head) -> bool:
    return "Exported Data" in head.text and 'class="page_wrap' in head.text


def read_telegram(path: Path, name: str, counts: Counts, options: ReadOptions) -> Iterator[Conversation]:
    if is_html_export(head_of(path)):
        raise CorpusError(
            f"{name} is a Telegram export for reading. Export the chat again, with the format "
            "'Machine-readable JSON', and give its result.json."
        )
    with open_json(path, name, counts) as text:
        for number, _ in enumerate(chats_of(text), 1):
            yield from unbroken(f"{name}:{number}", turns_of(text.items(), counts), counts)
        text.require_end()


def chats_of(text: JsonText) -> Iterator[None]:
    """Stand before the list of messages of each chat; an account's export has many."""
    for key in text.object_keys():
        if key == "messages":
            yield None
        elif key in CHAT_LISTS:
            yield from listed_chats(text)


def listed_chats(text: JsonText) -> Iterator[None]:
    for key in text.object_keys():
        if key == "list":
            for _ in text.places():
                yield from chats_of(text)


def turns_of(messages: Iterator[Any], counts: Counts) -> Iterator[Turn | str]:
    """Yield what was said; what the system notes, such as that someone joined, leaves no gap."""
    for message in messages:
        counts.lines += 1
        if isinstance(message, dict) and message.get("type") == "service":
            counts.drop("system_message")
        else:
            yield turn_of(message)


def turn_of(message: Any) -> Turn | str:
    """Return a turn, or why there is none."""
    if not isinstance(message, dict):
        return "not_a_turn"
    # The words of someone else; the key is there also where that one's account is deleted.
    if "forwarded_from" in message:
        return "forwarded"
    text = written(message.get("text"))
    if not text:
        return "media_omitted"
    speaker = name_of(message.get("from")) or name_of(message.get("from_id"))
    return Turn(text, speaker, moment_of(message.get("date_unixtime") or message.get("date")))


def written(text: Any) -> str:
    """Return a message's text, also where links and names in it are parts of their own."""
    parts = text if isinstance(text, list) else [text]
    texts = (part.get("text") if isinstance(part, dict) else part for part in parts)
    return "".join(part for part in texts if isinstance(part, str)).strip()
