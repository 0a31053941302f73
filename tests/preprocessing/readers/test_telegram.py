import json

import pytest

from preprocessing.conversations import Turn
from preprocessing.errors import CorpusError
from preprocessing.readers.registry import detect_format, read_conversations
from preprocessing.readers.text_lines import SAMPLE_BYTES
from tests.conftest import ROOT

CHAT, ACCOUNT = (ROOT / "tests/data/telegram" / name for name in ("result.json", "account.json"))


@pytest.fixture
def write(tmp_path):
    def write(content, name="result.json"):
        path = tmp_path / name
        path.write_text(content, encoding="utf-8")
        return path

    return write


def chat_of(*messages):
    chat = {"name": "Ann", "type": "personal_chat", "id": 1, "messages": list(messages)}
    return json.dumps(chat, indent=1)


def message(text, **more):
    return {"id": 1, "type": "message", "from": "Ann", "from_id": "user1", "text": text, **more}


def turns(path, counts, format="auto"):
    return [conversation.turns for conversation in read_conversations(path, counts=counts, format=format)]


def texts(path, counts, format="auto"):
    return [[turn.text for turn in said] for said in turns(path, counts, format)]


def test_a_chat_is_read(counts):
    read = list(read_conversations(CHAT, counts=counts))

    assert detect_format(CHAT) == "telegram"
    assert [(conversation.identifier, conversation.turns) for conversation in read] == [
        (
            "result.json:1",
            [
                Turn("Did you read https://example.org/frogs yet?", "Ann", 1712120112.0),
                Turn("还没有，今晚看。", "user2", 1712120172.0),
            ],
        ),
        ("result.json:1.1", [Turn("Ours is greener!", "user2", 1712120292.0)]),
        ("result.json:1.2", [Turn("Ha!", "user2", 1712120412.0)]),
    ]
    assert counts.dropped == {"system_message": 2, "media_omitted": 2, "forwarded": 1}
    assert (counts.lines, counts.conversations) == (9, 1)


def test_all_chats_of_an_account_are_read(counts):
    read = list(read_conversations(ACCOUNT, counts=counts))

    assert detect_format(ACCOUNT) == "telegram"
    assert [(conversation.identifier, conversation.turns) for conversation in read] == [
        ("account.json:1", [Turn("Tea?", "Ann", 1712127612.0), Turn("Always.", "Bob", 1712127672.0)]),
        ("account.json:3", [Turn("谁来下棋？", "Ann", 1712131212.0)]),
    ]
    assert (counts.lines, counts.conversations, counts.dropped) == (3, 2, {})


@pytest.mark.parametrize(
    "kind",
    [
        "personal_chat", "bot_chat", "saved_messages", "replies", "private_group", "private_supergroup",
        "public_supergroup", "private_channel", "public_channel",
    ],
)  # fmt: skip
@pytest.mark.parametrize("indent", [None, 1])
def test_chats_of_every_kind_are_recognised(write, kind, indent):
    chat = {"name": None, "type": kind, "id": 1, "messages": [message("Hi")]}

    assert detect_format(write(json.dumps(chat, indent=indent))) == "telegram"


def test_an_account_is_recognised_where_its_chats_come_late(write, counts):
    contacts = {"about": "", "list": [{"user_id": 1, "first_name": "x" * SAMPLE_BYTES}]}
    chats = {"about": "", "list": [json.loads(chat_of(message("Hi")))]}
    path = write(json.dumps({"about": "", "contacts": contacts, "chats": chats}))

    assert detect_format(path) == "telegram"
    assert texts(path, counts) == [["Hi"]]


@pytest.mark.parametrize("content", ["{}", '{"type": "personal_chat"}', '{"chats": [{"id": 1}]}', "[]"])
def test_other_objects_are_not_recognised(write, content):
    assert detect_format(write(content)) is None


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Hi", "Hi"),
        (["a ", {"type": "bold", "text": "b"}, {"type": "custom_emoji", "text": "🐸"}, " c"], "a b🐸 c"),
        ([{"type": "mention_name", "text": "小明", "user_id": 7}, "，在吗"], "小明，在吗"),
        (["a", {"type": "odd"}, None, 7], "a"),
    ],
)
def test_a_text_may_be_in_parts(write, counts, text, written):
    assert texts(write(chat_of(message(text))), counts) == [[written]]


@pytest.mark.parametrize(
    ("lost", "reason"),
    [
        (message("", photo="a.jpg"), "media_omitted"),
        (message("", media_type="sticker", sticker_emoji="🐸"), "media_omitted"),
        (message(None), "media_omitted"),
        (message([" ", {"type": "bold", "text": ""}]), "media_omitted"),
        ({"id": 1, "type": "unsupported"}, "media_omitted"),
        (message("Not mine", forwarded_from="Bob"), "forwarded"),
        (message("Half a pair: \ud83d"), "cannot_be_decoded"),
        (message("a\0b"), "cannot_be_decoded"),
        ("Hi", "not_a_turn"),
        (None, "not_a_turn"),
    ],
)
def test_nothing_answers_a_message_that_is_lost(write, counts, lost, reason):
    path = write(chat_of(message("a"), message("b"), lost, message("c"), message("d")))

    assert texts(path, counts) == [["a", "b"], ["c", "d"]]
    assert counts.dropped == {reason: 1}
    assert (counts.lines, counts.conversations) == (5, 1)


def test_what_the_system_notes_parts_nothing(write, counts):
    service = {"id": 1, "type": "service", "action": "phone_call", "actor": "Ann", "text": ""}

    assert texts(write(chat_of(message("a"), service, message("b"))), counts) == [["a", "b"]]
    assert counts.dropped == {"system_message": 1}


@pytest.mark.parametrize(
    ("known", "speaker"),
    [
        ({"from": "Ann", "from_id": "user1"}, "Ann"),
        ({"from": None, "from_id": "user1"}, "user1"),
        ({"from": None, "from_id": 4295067296}, "4295067296"),
        ({"from": "\ud83d", "from_id": "user1"}, "user1"),
        ({"from": None, "from_id": None}, None),
    ],
)
def test_a_speaker_is_a_name_or_else_a_number(write, counts, known, speaker):
    assert turns(write(chat_of(message("Hi", **known))), counts)[0][0].speaker == speaker


@pytest.mark.parametrize(
    ("known", "seconds"),
    [
        ({"date": "2024-04-03T06:55:12", "date_unixtime": "1712120112"}, 1712120112.0),
        ({"date": "2024-04-03T04:55:12"}, 1712120112.0),
        ({"date": "soon"}, None),
        ({}, None),
    ],
)
def test_times_are_read_where_they_are_known(write, counts, known, seconds):
    assert turns(write(chat_of(message("Hi", **known))), counts)[0][0].time == seconds


def test_control_characters_are_read_as_telegram_writes_them(write, counts):
    content = chat_of(message("a\\x0Bb"), message("c")).replace(r"\\x0B", r"\x0B")

    assert texts(write(content), counts) == [["a\x0bb", "c"]]


def test_an_export_for_reading_is_told_how_to_get_the_other(write, counts):
    path = write('<title>Exported Data</title><div class="page_wrap list_page">', "messages.html")

    assert detect_format(path) == "telegram"
    with pytest.raises(CorpusError, match=r"messages\.html .* 'Machine-readable JSON', .* result\.json"):
        texts(path, counts)


def test_a_chat_that_is_cut_short_is_told_after_what_is_whole(write, counts):
    path = write(chat_of(message("a"), message("b"))[:-60])

    with pytest.raises(CorpusError, match=r"result\.json, line \d+: it must be whole, valid JSON"):
        texts(path, counts)
    assert counts.lines == 1


@pytest.mark.parametrize(
    "content",
    ["[]", '{"messages": 7}', '{"chats": {"list": [7]}}', '{"chats": []}', '{"messages": []} []', "Hi"],
)
def test_a_file_of_another_kind_that_is_named_so_is_told(write, counts, content):
    with pytest.raises(CorpusError, match=r"result\.json, line 1: it must be whole, valid JSON"):
        texts(write(content), counts, "telegram")
