"""WhatsApp's exports: `date, time - name: text`, in the forms of Android and iPhone and of many countries."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from itertools import groupby, pairwise
from operator import itemgetter
from pathlib import Path

from preprocessing.conversations import Conversation, Counts, Turn
from preprocessing.readers.gaps import joined, with_gaps
from preprocessing.readers.options import ReadOptions
from preprocessing.readers.text_lines import MAX_LINE_CHARACTERS, Head, read_text_lines

MARKS = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
MESSAGE = re.compile(
    r"""\[?(?P<date>\d{1,4}[./-]\d{1,2}[./-]\d{1,4}),?(?:\s(?:at|à|às|um|klo))?\s
    (?P<early>上午|下午|凌晨|清晨|早上|中午|傍晚|晚上|午前|午後|오전|오후)?\s?
    (?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?:[:.](?P<second>\d{2}))?
    (?:\s?(?P<half>[AaPp]\.?\s?[Mm]\.?))?
    (?:\]\s|\s-\s)(?P<rest>.*)""",
    re.VERBOSE | re.DOTALL,
)
# A colon between quotation marks stands in what the system reports, such as the group's new name.
QUOTES = '"“”„«»「」'
SAID = re.compile(
    rf"(?P<speaker>(?:[^:：\n{QUOTES}]|[{QUOTES}][^:：\n{QUOTES}]*[{QUOTES}]){{1,80}})[:：]\s?(?P<text>.*)",
    re.DOTALL,
)
# On an iPhone, what WhatsApp itself says in a person's name begins with this mark.
BY_WHATSAPP = re.compile("[^:：]{1,80}[:：] ?\u200e")
NOTICE = re.compile(r"end-to-end|ende-zu-ende|端到端|端對端|extremo a extremo|bout en bout", re.IGNORECASE)
MEDIA = re.compile(
    r"<[^<>]{3,80}>|.*<(?:attached|angehängt|adjunto|pièce jointe|附件)[:：][^<>]+>"
    r"|.+\((?:file attached|datei angehängt|archivo adjunto|fichier joint|文件附件|附件檔案|檔案已附加)\)"
    r"|(?:image|video|audio|sticker|gif|document|contact card) omitted"
    r"|(?:图像|图片|视频|音频|贴图|文档|圖片|影片|音訊|貼圖|文件)已?(?:省略|忽略|略去)",
    re.IGNORECASE,
)
DELETED = re.compile(
    r"(?:this message was deleted|you deleted this message|diese nachricht wurde gelöscht"
    r"|du hast diese nachricht gelöscht"
    r"|(?:此|这条)(?:消息|信息)已被?删除|[您你]已?删除了?(?:此|这)条?(?:消息|信息)"
    r"|(?:此|這則)訊息已刪除|[您你]已?刪除了?(?:此|這則)訊息)[.。]?",
    re.IGNORECASE,
)
EDITED = re.compile(r"<[^<>]*(?:edit|bearbeitet|modifi|编辑|編輯)[^<>]*>", re.IGNORECASE)
MOST_EDITED_CHARACTERS = 80
MORNING = ("上午", "凌晨", "清晨", "早上", "午前", "오전")
AFTERNOON = ("下午", "中午", "傍晚", "晚上", "午後", "오후")
LINES_TO_JUDGE = 50
# Of two orders that explain the dates equally well, the first.
ORDERS = ("dmy", "mdy", "ymd")
# This century's years are written with two digits.
CENTURY = 2000


@dataclass(slots=True)
class Message:
    """One entry of the chat: its first line, and the lines that follow until the next date."""

    start: re.Match[str]
    lines: list[str]
    gaps: int
    is_by_whatsapp: bool
    size: int = 0

    def add(self, line: str) -> None:
        # A longer text is dropped as a whole, and would fill the memory.
        if self.size <= MAX_LINE_CHARACTERS:
            self.lines.append(line)
            self.size += len(line) + 1


def is_whatsapp(head: Head) -> bool:
    starts = [start_of(line) for line in head.lines[:LINES_TO_JUDGE]]
    is_said = any(SAID.fullmatch(start["rest"]) for start in starts if start is not None)
    return is_said and starts[0] is not None


def start_of(line: str) -> re.Match[str] | None:
    return MESSAGE.fullmatch(line if line.isascii() else MARKS.sub("", line))


def read_whatsapp(path: Path, name: str, counts: Counts, options: ReadOptions) -> Iterator[Conversation]:
    """Yield the chat as one conversation: its pauses are looked for where exchanges are made."""
    order = date_order(path, name)
    said = turns_of(messages_of(path, name, counts), order, counts)
    pieces = ((turn for _, turn in piece) for _, piece in groupby(said, itemgetter(0)))
    yield from joined(name, pieces, counts)


def messages_of(path: Path, name: str, counts: Counts) -> Iterator[Message]:
    message: Message | None = None
    for gaps, _, line in with_gaps(read_text_lines(path, counts, name)):
        start = start_of(line)
        if message is not None and (start or gaps != message.gaps):
            yield message
            message = None
        if start is not None:
            message = Message(start, [start["rest"]], gaps, is_by_whatsapp(line))
        elif message is not None:
            message.add(MARKS.sub("", line))
        elif line.strip():
            counts.drop("not_a_message")
    if message is not None:
        yield message


def is_by_whatsapp(line: str) -> bool:
    if "\u200e" not in line:
        return False
    said = re.split(r"\]\s|\s-\s", line, maxsplit=1)
    return BY_WHATSAPP.match(said[-1]) is not None


def turns_of(messages: Iterable[Message], order: str, counts: Counts) -> Iterator[tuple[int, Turn | str]]:
    """Yield (gaps before it, turn or why it is lost); what the system reports stands between no turns."""
    for message in messages:
        said = SAID.fullmatch("\n".join(message.lines))
        if said is None or (message.is_by_whatsapp and NOTICE.search(said["text"])):
            counts.drop("system_message")
            continue
        text = without_mark(said["text"].strip())
        reason = why_lost(text, is_by_whatsapp=message.is_by_whatsapp)
        turn = Turn(text, said["speaker"].strip(), moment_of(message.start, order))
        yield message.gaps, reason or turn


def without_mark(text: str) -> str:
    """Return a text without the mark of having been edited, which stands at its end."""
    at = max(text.rfind("<"), 0)
    is_marked = len(text) - at <= MOST_EDITED_CHARACTERS and EDITED.fullmatch(text, at)
    return text[:at].rstrip() if is_marked else text


def why_lost(text: str, *, is_by_whatsapp: bool) -> str:
    first = text.partition("\n")[0].strip()
    if DELETED.fullmatch(first):
        return "message_deleted"
    return "media_omitted" if is_by_whatsapp or MEDIA.fullmatch(first) else ""


def date_order(path: Path, name: str) -> str:
    """Return "dmy", "mdy" or "ymd": the order in which the chat's dates exist, run forward and lie close."""
    lines = read_text_lines(path, Counts(), name)
    starts = (start for _, line in lines if (start := start_of(line)) is not None)
    dates = [written for written, _ in groupby(start["date"] for start in starts)]
    return min(ORDERS, key=lambda order: faults(dates, order))


def faults(dates: list[str], order: str) -> tuple[int, int, int]:
    """Return how many dates do not exist, how often they go back, and over how many days they stretch."""
    days = [day for written in dates if (day := day_of(written, order)) is not None]
    backward = sum(after < before for before, after in pairwise(days))
    return len(dates) - len(days), backward, (max(days) - min(days)).days if days else 0


def day_of(written: str, order: str) -> date | None:
    numbers = dict(zip(order, map(int, re.split(r"[./-]", written)), strict=True))
    year = numbers["y"] + CENTURY if numbers["y"] < 100 else numbers["y"]
    try:
        return date(year, numbers["m"], numbers["d"])
    except ValueError:
        return None


def moment_of(start: re.Match[str], order: str) -> float | None:
    day = day_of(start["date"], order)
    try:
        clock = time(hour_of(start), int(start["minute"]), int(start["second"] or 0), tzinfo=UTC)
    except ValueError:
        return None
    return datetime.combine(day, clock).timestamp() if day else None


def hour_of(start: re.Match[str]) -> int:
    """Return the hour of 24: with a half of the day, 12 comes before 1, except that noon begins at 11."""
    hour = int(start["hour"])
    half = (start["half"] or "").lower()
    if start["early"] == "中午" and hour == 11:
        return hour
    if half.startswith("p") or start["early"] in AFTERNOON:
        return hour % 12 + 12
    return hour % 12 if half.startswith("a") or start["early"] in MORNING else hour
