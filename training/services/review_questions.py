"""What stands on a bot's review list: questions that nobody looked at, each once, with why it is there."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from django.db.models import Q, QuerySet
from django.db.models.functions import Left
from django.utils import timezone

from answering.finishing import letters_of
from training.models import Bot, LoggedExchange, OwnAnswer, UnansweredQuestion
from training.models.logged_exchange import LEAST_SURE

DEFAULT_DAYS = 30
MOST_DAYS = 3650
# The work for a page is bounded, however long the log is: the newest come first.
MOST_QUESTIONS = 2_000
MOST_EXCHANGES = 20_000
# Questions are told apart by, and shown up to, this many characters; answers are shown up to fewer.
READ_CHARACTERS = 1_000
ANSWER_CHARACTERS = 300
MOST_LETTERS = 500


class Reason(StrEnum):
    FALLBACK = "fallback"
    BAD = "bad"
    UNSURE = "unsure"


class Seen(NamedTuple):
    """What is read of an exchange."""

    pk: str
    text: str
    answer: str
    confidence: float | None
    fallback: bool
    rating: int
    at: datetime


@dataclass
class AskedQuestion:
    """A question that waits for a review; `key` names its newest row: of the log, or an unanswered one."""

    key: str
    text: str
    letters: str
    last_at: datetime
    times: int = 0
    fallbacks: int = 0
    bad_ratings: int = 0
    lowest_confidence: float | None = None
    answers: Counter[str] = field(default_factory=Counter)

    def add(self, seen: Seen, unsure_below: float) -> None:
        self.times += 1
        self.fallbacks += seen.fallback
        self.bad_ratings += seen.rating == -1
        if not seen.fallback:
            self.answers[seen.answer] += 1
        if seen.confidence is not None and seen.confidence < unsure_below:
            lowest = self.lowest_confidence
            self.lowest_confidence = seen.confidence if lowest is None else min(lowest, seen.confidence)

    def add_unanswered(self, times: int, last_at: datetime) -> None:
        """Count what was not answered and is no longer in the log, or never was."""
        missing = max(times - self.fallbacks, 0)
        self.times += missing
        self.fallbacks += missing
        self.last_at = max(self.last_at, last_at)


def asked_questions(
    bot: Bot, *, days: int = DEFAULT_DAYS, reasons: frozenset[Reason] = frozenset(Reason)
) -> list[AskedQuestion]:
    """Return the newest different questions that wait for a review, those asked most often first."""
    answered = answered_since(bot)
    found: dict[str, AskedQuestion] = {}
    for seen in seen_exchanges(bot, days, reasons):
        letters = letters_key(seen.text)
        if not letters or is_answered(letters, seen.at, answered):
            continue
        if letters not in found:
            if len(found) == MOST_QUESTIONS:
                break
            found[letters] = AskedQuestion(exchange_key(seen.pk), seen.text, letters, seen.at)
        found[letters].add(seen, unsure_below(bot))
    if Reason.FALLBACK in reasons:
        add_unanswered(found, bot, answered)
    newest = sorted(found.values(), key=lambda asked: (asked.last_at, asked.letters), reverse=True)
    return sorted(newest[:MOST_QUESTIONS], key=lambda asked: asked.times, reverse=True)


def seen_exchanges(bot: Bot, days: int, reasons: frozenset[Reason]) -> Iterator[Seen]:
    since = timezone.now() - timedelta(days=min(days, MOST_DAYS))
    rows = exchanges_to_review(bot, reasons).filter(at__gte=since).order_by("-at", "-pk")
    columns = ("pk", Left("question", READ_CHARACTERS), Left("answer", ANSWER_CHARACTERS))
    values = rows.values_list(*columns, "confidence", "fallback", "rating", "at")
    return map(Seen._make, values[:MOST_EXCHANGES].iterator())


def exchanges_to_review(
    bot: Bot, reasons: frozenset[Reason] = frozenset(Reason)
) -> "QuerySet[LoggedExchange]":
    """Return the exchanges of a bot that wait for a review for one of these reasons, or for any."""
    bound = unsure_below(bot)
    rows = LoggedExchange.objects.filter(bot=bot, is_reviewed=False).filter(is_for(reasons, bound))
    # Said as well where it follows, word for word as the index has it, so that databases use that one.
    return rows.filter(is_for(frozenset(Reason), LEAST_SURE)) if bound == LEAST_SURE else rows


def is_for(reasons: frozenset[Reason], unsure_below: float) -> Q:
    conditions = {
        Reason.FALLBACK: Q(fallback=True),
        Reason.BAD: Q(rating=-1),
        Reason.UNSURE: Q(confidence__lt=unsure_below),
    }
    wanted = Q(pk__in=[])
    for reason, condition in conditions.items():
        if reason in reasons:
            wanted |= condition
    return wanted


def unsure_below(bot: Bot) -> float:
    return max(LEAST_SURE, bot.threshold)


def add_unanswered(found: dict[str, AskedQuestion], bot: Bot, answered: dict[str, datetime]) -> None:
    rows = UnansweredQuestion.objects.filter(bot=bot).order_by("-last_at", "-pk")
    for row in rows[:MOST_QUESTIONS]:
        letters = letters_key(row.text)
        if not letters or is_answered(letters, row.last_at, answered):
            continue
        asked = found.setdefault(
            letters, AskedQuestion(unanswered_key(row.pk), row.text, letters, row.last_at)
        )
        asked.add_unanswered(row.times, row.last_at)


def answered_since(bot: Bot) -> dict[str, datetime]:
    """Return from when on the bot says an own answer to a question: what was asked before has its answer."""
    own_answers = OwnAnswer.objects.filter(bot=bot, is_on=True).order_by("changed_at").defer("answer")
    return {
        letters_key(wording): own_answer.changed_at
        for own_answer in own_answers
        for wording in own_answer.wordings
    }


def is_answered(letters: str, asked_at: datetime, answered: dict[str, datetime]) -> bool:
    return letters in answered and asked_at <= answered[letters]


def letters_key(text: str) -> str:
    """Return what tells questions apart: letters and digits, whatever their case."""
    return letters_of(text[:READ_CHARACTERS])[:MOST_LETTERS]


# Keys name rows on pages and in what they send back.

EXCHANGE, UNANSWERED = "exchange:", "unanswered:"


def exchange_key(pk: str) -> str:
    return f"{EXCHANGE}{pk}"


def unanswered_key(pk: int) -> str:
    return f"{UNANSWERED}{pk}"


def exchanges_named(keys: list[str]) -> list[str]:
    """Return the ids of logged exchanges among keys; one that no row can have is left out."""
    return [key.removeprefix(EXCHANGE) for key in keys if key.startswith(EXCHANGE) and "\0" not in key]


def unanswered_named(keys: list[str]) -> list[int]:
    named = [key.removeprefix(UNANSWERED) for key in keys if key.startswith(UNANSWERED)]
    return [int(number) for number in named if number.isdecimal() and len(number) < 19]
