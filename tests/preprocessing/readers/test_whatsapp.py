from datetime import UTC, datetime

import pytest

from preprocessing.exchanges import split_into_exchanges
from preprocessing.readers.registry import detect_format, read_conversations
from preprocessing.readers.text_lines import MAX_LINE_CHARACTERS
from tests.conftest import ROOT

CHATS = ROOT / "tests/data/whatsapp"


@pytest.fixture
def read(tmp_path, counts):
    """Reads a chat from its lines."""

    def read_lines(*lines):
        (tmp_path / "chat.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
        return list(read_conversations(tmp_path / "chat.txt", counts=counts))

    return read_lines


def texts(conversations):
    return [[turn.text for turn in conversation.turns] for conversation in conversations]


def times(conversations):
    moments = [turn.time for conversation in conversations for turn in conversation.turns]
    return [datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M:%S") for moment in moments]


def test_an_english_chat_from_android_is_read(counts):
    chat = list(read_conversations(CHATS / "android-english.txt", counts=counts))

    assert texts(chat) == [
        ["Are you home?", "Not yet.\nThe train is late.\n\nTwenty minutes, they say."],
        ["Lovely picture!", "Good night", "Good morning"],
    ]
    assert [turn.speaker for turn in chat[1].turns] == ["Ben", "Anna", "Ben"]
    assert times(chat) == [
        "2023-12-30 21:15:00",
        "2023-12-30 21:16:00",
        "2023-12-30 21:20:00",
        "2023-12-31 00:05:00",
        "2023-12-31 12:06:00",
    ]
    assert counts.dropped == {"system_message": 2, "media_omitted": 1}
    assert (counts.lines, counts.conversations) == (11, 1)


def test_a_chat_from_an_iphone_is_read(counts):
    chat = list(read_conversations(CHATS / "iphone.txt", counts=counts))

    assert texts(chat) == [
        ["Did you book the hotel?", "Yes, near the station."],
        ["Ask @Anna, she knows.", "I do: room 12."],
    ]
    assert [turn.speaker for turn in chat[0].turns] == ["~\u202fAnna", "Ben"]
    assert times(chat)[0] == "2023-12-31 21:15:42"
    assert counts.dropped == {"system_message": 1, "media_omitted": 1, "message_deleted": 1}


def test_a_german_chat_is_read(counts):
    chat = list(read_conversations(CHATS / "german.txt", counts=counts))

    assert texts(chat) == [["Kommst du heute?", "Ja, um acht."], ["Schönes Bild!"]]
    assert times(chat) == ["2024-02-03 18:00:00", "2024-02-03 18:02:00", "2024-02-04 09:31:00"]
    assert counts.dropped == {"system_message": 1, "media_omitted": 1, "message_deleted": 1}


def test_a_chinese_chat_is_read(counts):
    chat = list(read_conversations(CHATS / "chinese.txt", counts=counts))

    assert texts(chat) == [["今天去爬山吗？", "下午两点出发吧\n记得带水"], ["到家了吗？", "刚到家"]]
    assert times(chat) == [
        "2023-12-31 09:15:00",
        "2023-12-31 12:10:00",
        "2023-12-31 20:30:00",
        "2024-01-01 00:20:00",
    ]
    assert counts.dropped == {"system_message": 1, "media_omitted": 1}


@pytest.mark.parametrize("name", ["android-english", "iphone", "german", "chinese"])
def test_each_is_recognised(name):
    assert detect_format(CHATS / f"{name}.txt") == "whatsapp"


@pytest.mark.parametrize(
    "line",
    [
        "12/31/23, 9:15 PM - Anna: Hello",
        "31/12/2023, 21:15 - Anna: Hello",
        "31/12/23 9:15 p. m. - Anna: Hello",
        "31.12.23, 21:15 - Anna: Hello",
        "31-12-2023 21:15 - Anna: Hello",
        "31/12/2023 à 21:15 - Anna: Hello",
        "31.12.2023 klo 21.15 - Anna: Hello",
        "2023/12/31 21:15 - Anna: Hello",
        "2023/12/31 下午9:15 - Anna: Hello",
        "2023-12-31 오후 9:15 - Anna: Hello",
        "[12/31/23, 9:15:00 PM] Anna: Hello",
        "[31.12.23, 21:15:00] Anna: Hello",
        "\u200e[31/12/2023, 21:15:00] Anna: Hello",
        "\u200f31/12/2023, 21:15 - Anna: Hello",
        "[2023/12/31 下午9:15:00] Anna：Hello",
    ],
)
def test_the_forms_of_many_countries_are_read(read, line):
    chat = read(line)

    assert [(turn.speaker, turn.text) for turn in chat[0].turns] == [("Anna", "Hello")]
    assert times(chat) == ["2023-12-31 21:15:00"]


@pytest.mark.parametrize(
    ("written", "hour"),
    [
        ("12:30 AM", 0),
        ("12:30 PM", 12),
        ("11:30 pm", 23),
        ("凌晨12:30", 0),
        ("上午9:30", 9),
        ("中午11:30", 11),
        ("中午12:30", 12),
        ("中午1:30", 13),
        ("晚上11:30", 23),
    ],
)
def test_the_halves_and_parts_of_a_day_are_understood(read, written, hour):
    chat = read(f"2023/12/31 {written} - Anna: Hello")

    assert times(chat) == [f"2023-12-31 {hour:02}:30:00"]


@pytest.mark.parametrize(
    ("dates", "days"),
    [
        # One day above twelve decides for all.
        (["01/02/24", "13/02/24"], ["2024-02-01", "2024-02-13"]),
        (["02/01/24", "02/13/24"], ["2024-02-01", "2024-02-13"]),
        # Time does not run backward.
        (["01/12/24", "02/01/25"], ["2024-12-01", "2025-01-02"]),
        (["12/01/24", "01/02/25"], ["2024-12-01", "2025-01-02"]),
        # A chat on three days in a row is likelier than one of three months.
        (["1/2/24", "2/2/24", "3/2/24"], ["2024-02-01", "2024-02-02", "2024-02-03"]),
        (["2/1/24", "2/2/24", "2/3/24"], ["2024-02-01", "2024-02-02", "2024-02-03"]),
        (["24-02-01", "24-02-03"], ["2024-02-01", "2024-02-03"]),
        # Where nothing decides, the day comes first.
        (["01/02/24"], ["2024-02-01"]),
    ],
)
def test_the_order_of_day_month_and_year_is_found_out(read, dates, days):
    chat = read(*(f"{date}, 10:00 - Anna: Hello" for date in dates))

    assert [moment[:10] for moment in times(chat)] == days


def test_a_line_pasted_from_another_chat_does_not_change_the_order(read):
    chat = read(
        "02/13/24, 10:00 - Anna: Look",
        "02/14/24, 10:00 - Ben: At what?",
        "31/12/23, 09:00 - Carl: pasted",
        "02/15/24, 10:00 - Anna: At this",
    )

    assert [turn.time is None for turn in chat[0].turns] == [False, False, True, False]


def test_a_date_or_hour_that_does_not_exist_is_an_unknown_time(read):
    chat = read(
        "31/12/2023, 10:00 - Anna: One", "31/11/2023, 10:00 - Ben: Two", "31/12/2023, 25:61 - Anna: Three"
    )

    assert [turn.time is None for turn in chat[0].turns] == [False, True, True]


def test_a_pause_ends_a_conversation_and_turns_of_one_speaker_are_joined(read):
    chat = read(
        "31/12/23, 10:00 - Anna: Hello",
        "31/12/23, 10:01 - Anna: Are you there?",
        "31/12/23, 10:30 - Ben: Yes",
        "31/12/23, 11:31 - Anna: Lunch?",
        "31/12/23, 11:32 - Ben: Soon",
    )

    exchanges = [(question.text, answer.text) for _, question, answer in split_into_exchanges(chat[0])]

    assert exchanges == [("Hello\nAre you there?", "Yes"), ("Lunch?", "Soon")]


@pytest.mark.parametrize(
    "text",
    [
        "<Media omitted>",
        "<媒体文件已略去>",
        "IMG-20231231-WA0001.jpg (file attached)",
        "my report.pdf (file attached)\nHere it is",
        "Look \u200e<attached: 00000012-PHOTO-2023-12-31.jpg>",
        "image omitted",
        "\u200eBild weggelassen",
    ],
)
def test_what_was_not_exported_is_answered_by_nobody(read, counts, text):
    said = ("10:00 - Anna: Hello", f"10:01 - Ben: {text}", "10:02 - Anna: How lovely!")
    chat = read(*(f"31/12/23, {line}" for line in said))

    assert texts(chat) == [["Hello"], ["How lovely!"]]
    assert counts.dropped == {"media_omitted": 1}


@pytest.mark.parametrize(
    "text",
    ["I <3 you", "see example.org (a nice site)", "that image was omitted", "a < b and c > d", "<- there"],
)
def test_what_people_type_is_kept(read, counts, text):
    chat = read("31/12/23, 10:00 - Anna: Hello", f"31/12/23, 10:01 - Ben: {text}")

    assert texts(chat) == [["Hello", text]]
    assert counts.dropped == {}


@pytest.mark.parametrize(
    "mark",
    [
        "\u200e<This message was edited>",
        "<Diese Nachricht wurde bearbeitet.>",
        "<此消息已编辑>",
        "<已編輯此訊息>",
    ],
)
def test_the_mark_of_an_edited_message_is_taken_off(read, mark):
    assert texts(read(f"31/12/23, 10:00 - Anna: At nine {mark}")) == [["At nine"]]


@pytest.mark.parametrize(
    "report",
    [
        "Anna added Ben",
        'Anna changed the group name from "Trip" to "Trip: Rome"',
        "Anna hat das Thema zu „Reise: Rom“ geändert",
        "Anna更改了群组名称为“旅行：罗马”",
    ],
)
def test_what_the_system_reports_stands_between_no_turns(read, counts, report):
    chat = read(
        '31/12/23, 10:00 - Jim "Bo" Dean: Hello', f"31/12/23, 10:01 - {report}", "31/12/23, 10:02 - Anna: Hi"
    )

    assert [(turn.speaker, turn.text) for turn in chat[0].turns] == [
        ('Jim "Bo" Dean', "Hello"),
        ("Anna", "Hi"),
    ]
    assert counts.dropped == {"system_message": 1}


def test_a_line_that_cannot_be_decoded_ends_its_message_and_splits(tmp_path, counts):
    lines = [
        "31/12/23, 10:00 - Anna: 你好，今天怎么样？".encode(),
        b"31/12/23, 10:01 - Ben: Fine",
        b"caf\xe9",
        b"and more",
        b"31/12/23, 10:02 - Anna: Good",
    ]
    (tmp_path / "chat.txt").write_bytes(b"\n".join(lines))

    chat = list(read_conversations(tmp_path / "chat.txt", counts=counts))

    assert texts(chat) == [["你好，今天怎么样？", "Fine"], ["Good"]]
    assert [conversation.identifier for conversation in chat] == ["chat.txt", "chat.txt.1"]
    assert counts.dropped == {"cannot_be_decoded": 1, "not_a_message": 1}
    assert (counts.lines, counts.conversations) == (5, 1)


def test_a_message_without_text_and_one_without_end_are_counted(read, counts):
    chat = read(
        "31/12/23, 10:00 - Anna: Hello",
        "31/12/23, 10:01 - Ben: ",
        "31/12/23, 10:02 - Anna: Long",
        *["x" * 999] * (MAX_LINE_CHARACTERS // 1000 + 5),
        "31/12/23, 10:03 - Ben: Too long",
    )

    assert texts(chat) == [["Hello"], ["Too long"]]
    assert counts.dropped == {"empty_text": 1, "text_too_long": 1}


def test_a_log_with_dates_is_no_chat(tmp_path):
    log = tmp_path / "server.log"
    log.write_text("2023-12-31 21:15 - started\n2023-12-31 21:16 - stopped\n")

    assert detect_format(log) == "plain-text"
