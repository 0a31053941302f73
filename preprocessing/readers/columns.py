"""What a table's columns mean, and its rows as conversations: the same for CSV, XLSX and databases."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import groupby
from operator import itemgetter
from uuid import UUID

from preprocessing.conversations import Conversation, Counts, Turn
from preprocessing.errors import CorpusError
from preprocessing.readers.records import moment_of
from preprocessing.readers.stretches import fault_of, stretches

# What columns are called, the surest name first; compared as `folded` gives them.
NAMES = {
    "question": "question questions q prompt query instruction request input ask post message1 frage "
    "问题 提问 问句 问 用户问题 問題 提問 問",
    "answer": "answer answers a response reply output completion solution resolution message2 antwort "
    "答案 回答 回复 答复 答句 答 回覆 答覆",
    "conversation": "conversation conversationid dialogue dialogueid dialog dialogid thread threadid chat "
    "chatid session sessionid ticket ticketid case caseid 对话 会话 对话id 会话id 对话编号 会话编号 對話",
    "speaker": "speaker speakerid author sender from user userid username name role agent who "
    "说话人 说话者 发言人 发送者 发送人 用户 角色 昵称 說話人 發送者",
    "text": "text message utterance content body comment msg line 文本 内容 消息 正文 发言 话语 內容 訊息",
    "time": "time timestamp datetime date createdat sentat sent created when 时间 时间戳 发送时间 日期 時間",
}
PAIR, CHAT = ("question", "answer"), ("conversation", "text")
MOST_WORDS_IN_NAME = 3
# A column with such a word in its name holds something about a question, not the question.
NO_TEXT = frozenset(
    {"id", "time", "date", "number", "no", "nr", "count", "type", "status", "by", "at", "mail", "email"}
    | {"url", "link", "score", "rating", "length"}
)
OPTIONAL = {PAIR: ("time",), CHAT: ("speaker", "time")}
TEXT_TYPES = (str, int, float, Decimal, date, UUID)
# Stands for a text that its database could not give as text.
UNDECODED = object()
Rows = Iterable[tuple[int, Sequence[object]]]


@dataclass(frozen=True, kw_only=True)
class Roles:
    """Positions of columns; either question and answer are there, or conversation and text.

    `width` is how many columns there are, where that is known: a row with more was cut wrongly.
    """

    question: int | None = None
    answer: int | None = None
    conversation: int | None = None
    speaker: int | None = None
    text: int | None = None
    time: int | None = None
    width: int | None = None


def roles_of(header: Sequence[str], named: Mapping[str, str]) -> Roles:
    """Return which column is what: as `named` says, such as {"question": "Frage"}, else by its own name.

    Of two shapes, the named one counts; where none is named, question and answer do.

    Raises:
        CorpusError: a named column is not there, or the columns do not make exchanges.
    """
    columns = [folded(column) for column in header]
    places = {role: place_named(role, column, columns, header) for role, column in named.items()}
    for role, names in NAMES.items():
        free = ["" if place in places.values() else column for place, column in enumerate(columns)]
        found = next((name for name in names.split() if name in free), None)
        if role not in places and found is not None:
            places[role] = free.index(found)
    places |= places_by_word(header, places)
    for shape, optional in OPTIONAL.items():
        roles = (*shape, *optional)
        if places.keys() >= set(shape) and named.keys() <= set(roles):
            chosen = {role: places[role] for role in roles if role in places}
            require_once(chosen.values(), columns, header)
            return Roles(**chosen, width=len(header))
    raise CorpusError(
        "there must be columns for question and answer, or for conversation, speaker and text, and for time "
        f"where it is known. Received {shown(header)}. Name them, such as question=…,answer=…"
    )


def places_by_word(header: Sequence[str], places: Mapping[str, int]) -> dict[str, int]:
    """Return question and answer where one column has the word in its name, such as `Customer question`."""
    found: dict[str, int] = {}
    for role in PAIR:
        names = {name for name in NAMES[role].split() if len(name) > 1}
        free = [place for place in range(len(header)) if place not in {*places.values(), *found.values()}]
        likely = [place for place in free if words_in(header[place]) & names]
        if role not in places and len(likely) == 1:
            found[role] = likely[0]
    return found


def words_in(column: str) -> set[str]:
    """Return the words of a column's name; none where it is a sentence, or names something else than text."""
    words = set(re.findall(r"[^\W_]+", unicodedata.normalize("NFKC", column).casefold()))
    return set() if len(words) > MOST_WORDS_IN_NAME or words & NO_TEXT else words


def place_named(role: str, column: str, columns: list[str], header: Sequence[str]) -> int:
    if role not in NAMES:
        raise CorpusError(f"a column's role must be one of {', '.join(NAMES)}. Received {role!r}.")
    if folded(column) not in columns:
        raise CorpusError(f"the column for {role} must be one of {shown(header)}. Received {column!r}.")
    return columns.index(folded(column))


def require_once(places: Iterable[int], columns: list[str], header: Sequence[str]) -> None:
    for place in places:
        if columns.count(columns[place]) > 1:
            raise CorpusError(
                f"a column must stand there once. Received {header[place]!r} again in {shown(header)}."
            )


def folded(column: str) -> str:
    """Return a column's name without what people write differently.

    >>> folded("\\ufeffConversation_ID ")
    'conversationid'
    """
    text = unicodedata.normalize("NFKC", column).casefold()
    return re.sub(r"[\s_\-.\"'\ufeff]+", "", text)


def shown(header: Sequence[str]) -> str:
    return ", ".join(map(repr, header))[:300] or "none"


def rows_to_conversations(rows: Rows, roles: Roles, counts: Counts) -> Iterator[Conversation]:
    """Yield each row with a question and an answer, or the consecutive rows of each conversation, as one.

    The rows of a conversation must stand together, in order: only one conversation is in memory, with the
    names of the others. One that comes back after another is a new conversation with the identifier `id.1`,
    the next time `id.2`; so is what follows a row without usable text, since nobody answered what is missing.
    """
    told = checked_rows(rows, roles, counts)
    if roles.question is not None and roles.answer is not None:
        yield from pairs(told, roles.question, roles.answer, roles.time, counts)
    else:
        yield from chats(told, roles, counts)


def checked_rows(rows: Rows, roles: Roles, counts: Counts) -> Iterator[tuple[int, Sequence[object]]]:
    """Drop rows that go on to the right of the header: their texts lie in the wrong columns."""
    width = roles.width
    for number, fields in rows:
        if width is not None and len(fields) > width and any(map(is_filled, fields[width:])):
            counts.drop("too_many_columns")
            fields = ()
        yield number, fields


def is_filled(field: object) -> bool:
    return field is not None and bool(str(field).strip())


def pairs(rows: Rows, question: int, answer: int, time: int | None, counts: Counts) -> Iterator[Conversation]:
    for number, fields in rows:
        if not fields:
            continue
        asked, no_question = text_at(fields, question)
        answered, no_answer = text_at(fields, answer)
        reason = no_question or no_answer or fault_of(asked) or fault_of(answered)
        if reason:
            counts.drop(reason)
            continue
        moment = time_at(fields, time)
        counts.conversations += 1
        yield Conversation(str(number), [Turn(asked, "question", moment), Turn(answered, "answer", moment)])


def chats(rows: Rows, roles: Roles, counts: Counts) -> Iterator[Conversation]:
    taken: dict[str, int] = {}
    last = ""
    for name, said in groupby((said_in(fields, roles, counts) for _, fields in rows), itemgetter(0)):
        for turns in stretches((turn for _, turn in said if turn is not None), counts):
            if name in taken and name != last:
                counts.drop("conversation_came_back")
            last = name
            counts.conversations += 1
            yield Conversation(free_name(name, taken), turns)


def said_in(fields: Sequence[object], roles: Roles, counts: Counts) -> tuple[str, Turn | None]:
    """Return the conversation's name and the turn; ("", None) for a row that cannot be used."""
    if not fields:
        return "", None
    name, no_name = text_at(fields, roles.conversation, blank="without_conversation")
    text, no_text = text_at(fields, roles.text)
    # A row may leave open who speaks.
    speaker, no_speaker = text_at(fields, roles.speaker, blank="")
    reason = no_text or no_name or no_speaker
    if reason:
        counts.drop(reason)
        return "", None
    return name, Turn(text, speaker or None, time_at(fields, roles.time))


def free_name(name: str, taken: dict[str, int]) -> str:
    """Return `name`, with a number where a conversation has it; `taken` counts how often each was given."""
    part = taken.get(name, 0)
    given = f"{name}.{part}" if part else name
    while part and given in taken:
        part += 1
        given = f"{name}.{part}"
    taken[given] = 1
    taken[name] = part + 1
    return given


def text_at(fields: Sequence[object], place: int | None, blank: str = "empty_text") -> tuple[str, str]:
    """Return a field's text and "", or "" and why not: `blank` where nothing stands there."""
    field = fields[place] if place is not None and place < len(fields) else None
    if field is None:
        return "", blank
    if field is UNDECODED:
        return "", "cannot_be_decoded"
    if not isinstance(field, TEXT_TYPES):
        return "", "not_text"
    # Spreadsheets save whole numbers with and without a fraction.
    if isinstance(field, float) and field.is_integer():
        field = int(field)
    text = str(field).strip()
    return (text, "") if text else ("", blank)


def time_at(fields: Sequence[object], place: int | None) -> float | None:
    """Return seconds since 1970; a time without a zone is UTC, one that cannot be read is unknown."""
    field = fields[place] if place is not None and place < len(fields) else None
    if isinstance(field, datetime):
        return (field if field.tzinfo else field.replace(tzinfo=UTC)).timestamp()
    if isinstance(field, date):
        return datetime(field.year, field.month, field.day, tzinfo=UTC).timestamp()
    return moment_of(float(field) if isinstance(field, Decimal) else field)
