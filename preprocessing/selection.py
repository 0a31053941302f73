"""A small corpus out of a large one: which exchanges match, and where each of them came from."""

import math
import re
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Any

from preprocessing.collection import place_of
from preprocessing.conversations import Conversation, Counts, Turn
from preprocessing.errors import SettingsError
from preprocessing.exchanges import PAUSE_SECONDS, has_pause, placed_exchanges
from preprocessing.language import detect_language, is_foreign, require_languages
from preprocessing.progress import Monitor, NullMonitor, Progress, stop_if_requested
from preprocessing.readers.records import UNHEARD
from preprocessing.text_search import TextSearch

SIDES = ("question", "answer", "either")
# These say how to look, and alone select nothing.
MANNERS = frozenset({"is_regular_expression", "ignore_case", "where", "pause_seconds"})
EXCHANGES_BETWEEN_REPORTS = 500
# How the place of an exchange ends.
POSITION = re.compile(r"#(\d{1,9})(?:\.\d+)?\Z")


@dataclass(frozen=True, kw_only=True)
class Selection:
    """What an exchange must have to be selected; what is empty or None is not asked for.

    `include` needs one of its keywords or regular expressions in `where`, `exclude` none. `speakers` are
    those who give the answer. Lengths are in characters: `min_length` and `max_length` of the answer, the
    other two of the question. Both sides must be in `language`. `after` is the first moment that counts,
    `before` the first that does not; an exchange takes place when its question is asked.
    """

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    is_regular_expression: bool = False
    ignore_case: bool = True
    where: str = "either"
    speakers: tuple[str, ...] = ()
    min_length: int | None = None
    max_length: int | None = None
    min_question_length: int | None = None
    max_question_length: int | None = None
    language: str = ""
    after: datetime | None = None
    before: datetime | None = None
    most: int | None = None
    pause_seconds: float = PAUSE_SECONDS

    def __post_init__(self) -> None:
        if self.where not in SIDES:
            raise SettingsError(f"where must be one of {', '.join(SIDES)}. Received {self.where!r}.")
        for patterns in (self.include, self.exclude):
            self.search(patterns)
        require_order("min_length", self.min_length, "max_length", self.max_length)
        require_order(
            "min_question_length", self.min_question_length, "max_question_length", self.max_question_length
        )
        if self.after and self.before and self.after >= self.before:
            raise SettingsError(
                f"after must be earlier than before. Received {self.after} and {self.before}."
            )
        if self.language:
            require_languages((self.language,))
        if not any(getattr(self, spec.name) for spec in fields(self) if spec.name not in MANNERS):
            raise SettingsError("A selection must say what to select, such as a keyword or a speaker.")

    def search(self, patterns: tuple[str, ...]) -> TextSearch:
        return TextSearch(
            patterns, is_regular_expression=self.is_regular_expression, ignore_case=self.ignore_case
        )


def require_order(low_name: str, low: int | None, high_name: str, high: int | None) -> None:
    if low is not None and high is not None and low > high:
        raise SettingsError(f"{low_name} must be at most {high_name}. Received {low} and {high}.")


@dataclass(frozen=True, slots=True)
class SelectedExchange:
    """An exchange with the corpus that it came from and its place there.

    `position` is that of the question's turn, counted from 0 after a speaker's turns in a row were
    joined; `split_place` that of the part of the conversation between two pauses.
    """

    conversation: str
    position: int
    source: str
    split_place: int
    question: Turn
    answer: Turn

    @property
    def place(self) -> str:
        """The conversation's identifier and the position, such as `faq.csv:12#3`."""
        return f"{self.conversation}#{self.position}"

    def follows(self, before: "SelectedExchange") -> bool:
        """Whether it asks what the other one answered."""
        is_next = (self.source, self.conversation) == (before.source, before.conversation)
        return is_next and self.position == before.position + 1 and self.split_place == before.split_place


def record_of(exchanges: Sequence[SelectedExchange]) -> dict[str, Any]:
    """Return exchanges that follow each other as a conversation that a reader takes."""
    first, last = exchanges[0], exchanges[-1]
    messages = [message_of(exchange.question) for exchange in exchanges]
    # Read with an ordinary pause, an answer after a long one would be lost.
    is_late = has_pause(last.question, last.answer, PAUSE_SECONDS)
    messages.append(message_of(replace(last.answer, time=None) if is_late else last.answer))
    return {
        "conversation_id": first.place,
        "source_corpus": first.source,
        "split_place": first.split_place,
        "messages": messages,
    }


def message_of(turn: Turn) -> dict[str, Any]:
    message: dict[str, Any] = {"text": turn.text}
    # A reader takes what these say for a program's, not a person's.
    if turn.speaker and turn.speaker not in UNHEARD:
        message["speaker"] = turn.speaker
    if turn.time is not None:
        message["time"] = turn.time
    return message


@dataclass
class Look:
    """A look at a corpus: how far it goes, who hears of it, and what was seen.

    `until` is a moment of time.monotonic(). `missed` says by reason how many did not match.
    """

    most_exchanges: float = math.inf
    until: float = math.inf
    monitor: Monitor = field(default_factory=NullMonitor)
    counts: Counts = field(default_factory=Counts)
    exchanges: int = 0
    matched: int = 0
    missed: dict[str, int] = field(default_factory=dict)

    def may_go_on(self) -> bool:
        return self.exchanges < self.most_exchanges and time.monotonic() < self.until

    def count(self) -> None:
        """Count an exchange; now and then tell of it and ask whether to stop."""
        if self.exchanges % EXCHANGES_BETWEEN_REPORTS == 0:
            self.report()
        self.exchanges += 1

    def report(self) -> None:
        message = f"looked at {self.exchanges:,} exchanges, {self.matched:,} match"
        self.monitor.report(Progress(self.counts.bytes_read, self.counts.bytes_total, "bytes", message))
        stop_if_requested(self.monitor)

    def miss(self, reason: str) -> None:
        self.missed[reason] = self.missed.get(reason, 0) + 1

    def in_words(self) -> str:
        """Return what was looked at, as a sentence without its end."""
        reasons = ", ".join(f"{number:,} {reason}" for reason, number in self.missed.items())
        return f"Looked at {self.exchanges:,} exchanges: {self.matched:,} match" + (
            reasons and f", {reasons}"
        )


class Chooser:
    """Says of an exchange why it does not match a selection."""

    def __init__(self, selection: Selection) -> None:
        self._selection = selection
        self._include = selection.search(selection.include)
        self._exclude = selection.search(selection.exclude)
        self._speakers = {speaker.casefold() for speaker in selection.speakers}
        self._after = selection.after.timestamp() if selection.after else -math.inf
        self._before = selection.before.timestamp() if selection.before else math.inf
        self._is_dated = selection.after is not None or selection.before is not None

    def fault_of(self, question: Turn, answer: Turn) -> str:
        """Return the first reason why an exchange does not match, or nothing; what is quick comes first."""
        if self._speakers and (answer.speaker or "").casefold() not in self._speakers:
            return "answered by others"
        if not self.is_of_length(question.text, answer.text):
            return "shorter or longer"
        if self._is_dated and (fault := self.fault_of_time(question, answer)):
            return fault
        if self._include and not self.is_found(self._include, question.text, answer.text):
            return "without what must be there"
        if self._exclude and self.is_found(self._exclude, question.text, answer.text):
            return "with what must not be there"
        return "" if self.is_in_language(question.text, answer.text) else "in another language"

    def is_of_length(self, question: str, answer: str) -> bool:
        wanted = self._selection
        return is_between(len(answer), wanted.min_length, wanted.max_length) and is_between(
            len(question), wanted.min_question_length, wanted.max_question_length
        )

    def fault_of_time(self, question: Turn, answer: Turn) -> str:
        moment = answer.time if question.time is None else question.time
        if moment is None:
            return "without a known time"
        return "" if self._after <= moment < self._before else "at another time"

    def is_found(self, search: TextSearch, question: str, answer: str) -> bool:
        where = self._selection.where
        return (where != "answer" and search.finds(question)) or (
            where != "question" and search.finds(answer)
        )

    def is_in_language(self, question: str, answer: str) -> bool:
        language = self._selection.language
        candidates = tuple(dict.fromkeys((language, "en", "zh")))
        return not language or all(
            detect_language(text, candidates) == language and not is_foreign(text, (language,))
            for text in (question, answer)
        )


def is_between(length: int, least: int | None, most: int | None) -> bool:
    return (least is None or length >= least) and (most is None or length <= most)


def select(
    conversations: Iterable[Conversation], selection: Selection, source_name: str, look: Look | None = None
) -> Iterator[SelectedExchange]:
    """Yield the exchanges that match, as far as `look` goes; it counts what was seen.

    `source_name` is the corpus' own name, for what was not selected from still another one.

    Raises:
        SettingsError: a regular expression takes too long.
        StoppedError: the look's monitor asked to stop.
    """
    look = look or Look()
    chooser = Chooser(selection)
    for exchange in exchanges_of(conversations, selection, source_name, look):
        look.count()
        fault = chooser.fault_of(exchange.question, exchange.answer)
        if fault:
            look.miss(fault)
            continue
        look.matched += 1
        yield exchange
        if selection.most and look.matched >= selection.most:
            return


def exchanges_of(
    conversations: Iterable[Conversation], selection: Selection, source_name: str, look: Look
) -> Iterator[SelectedExchange]:
    for conversation in conversations:
        name, before = first_place(conversation)
        place = 0
        for start, position, question, answer in placed_exchanges(conversation, selection.pause_seconds):
            if not look.may_go_on():
                return
            if start == position:
                place = place_of(conversation, question, answer)
            source = conversation.source or source_name
            yield SelectedExchange(name, before + position, source, place, question, answer)
        if not look.may_go_on():
            return


def first_place(conversation: Conversation) -> tuple[str, int]:
    """Return a conversation's identifier and 0, or where it stood before it was selected."""
    match = POSITION.search(conversation.identifier) if conversation.source else None
    if match is None:
        return conversation.identifier, 0
    return conversation.identifier[: match.start()], int(match[1])
