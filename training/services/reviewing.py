"""Reviewing: a group of the review list gets an own answer or is put aside, once; and that is taken back."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Left

from answering.question_groups import MOST_TOGETHER
from preprocessing.errors import SettingsError
from training.errors import ReviewError
from training.models import Bot, LoggedExchange, OwnAnswer, UnansweredQuestion
from training.services.own_answers import note_change, own_answer_saying, own_answer_teach
from training.services.review_questions import (
    READ_CHARACTERS,
    answered_since,
    exchange_key,
    exchanges_named,
    exchanges_to_review,
    is_answered,
    letters_key,
    unanswered_key,
    unanswered_named,
)

# The same questions are looked for among as many exchanges, the newest.
MOST_SEARCHED = 100_000
ROWS_AT_ONCE = 500
# To take a review back, as many of its exchanges are shown again: enough for each of its questions.
MOST_REMEMBERED = 1_000


@dataclass(frozen=True)
class Review:
    """What one review changed, in plain values that a session can keep until it is taken back."""

    bot: int
    questions: list[str]
    exchanges: list[str]
    unanswered: list[dict[str, Any]]
    own_answer: int | None = None
    # As the review left the own answer, and as that was before; None where the review made it.
    changed_at: str = ""
    before: dict[str, Any] | None = None

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@transaction.atomic
def review_group_answer(*, bot: Bot, keys: list[str], answer: str, by_id: int | None = None) -> Review:
    """Let the bot say `answer` to the questions that `keys` name, and take them from the review list.

    Raises:
        ReviewError: one of them was reviewed meanwhile; nothing is changed.
        SettingsError: no question or no answer is given, or too long ones.
    """
    review = claim(bot, keys)
    earlier = own_answer_saying(bot, answer)
    own = own_answer_teach(bot=bot, questions=review.questions, answer=answer, created_by_id=by_id)
    return replace(
        review,
        own_answer=own.pk,
        changed_at=own.changed_at.isoformat(),
        before=state_of(earlier) if earlier else None,
    )


@transaction.atomic
def review_group_dismiss(*, bot: Bot, keys: list[str]) -> Review:
    """Take the questions that `keys` name from the review list; they need no own answer.

    Raises:
        ReviewError: one of them was reviewed meanwhile; nothing is changed.
        SettingsError: no question is given, or too many.
    """
    return claim(bot, keys)


@transaction.atomic
def review_take_back(*, review: Review) -> None:
    """Undo a review: its own answer goes, or is as before, and its questions stand on the list again.

    Raises:
        ReviewError: the own answer was changed or deleted meanwhile; nothing is changed.
    """
    if review.own_answer is not None:
        own_answer_restore(review, review.own_answer)
    for batch in batches(review.exchanges):
        LoggedExchange.objects.filter(bot_id=review.bot, pk__in=batch).update(is_reviewed=False)
    for row in review.unanswered:
        unanswered_restore(review.bot, **row)


def claim(bot: Bot, keys: list[str]) -> Review:
    """Mark the questions as reviewed, however often they were asked, where nobody else did so before."""
    keys = require_keys(keys)
    # Of two people at once the second waits here, and then finds the list without them.
    Bot.objects.select_for_update().get(pk=bot.pk)
    texts = waiting_texts(bot, keys)
    if missing := len(keys) - len(texts):
        raise ReviewError(
            f"Questions must be reviewed once. {missing} of these {len(keys)} stand no longer on the list: "
            "somebody else was quicker, or the log keeps them no longer. Nothing was changed."
        )
    letters = {letters_key(text) for text in texts}
    exchanges = [*dict.fromkeys([*exchanges_named(keys), *same_exchanges(bot, letters)])]
    for batch in batches(exchanges):
        LoggedExchange.objects.filter(bot=bot, pk__in=batch, is_reviewed=False).update(is_reviewed=True)
    return Review(bot.pk, texts, exchanges[:MOST_REMEMBERED], take_unanswered(bot, keys, letters))


def require_keys(keys: list[str]) -> list[str]:
    if not 1 <= len(keys) <= MOST_TOGETHER:
        raise SettingsError(
            f"1 to {MOST_TOGETHER} questions must be ticked. Received {len(keys)}.", setting="questions"
        )
    return list(dict.fromkeys(keys))


def waiting_texts(bot: Bot, keys: list[str]) -> list[str]:
    """Return the questions of those keys that still wait, in their order."""
    exchanges = LoggedExchange.objects.filter(bot=bot, pk__in=exchanges_named(keys), is_reviewed=False)
    unanswered = UnansweredQuestion.objects.filter(bot=bot, pk__in=unanswered_named(keys))
    rows = {exchange_key(row.pk): (row.question, row.at) for row in exchanges}
    rows |= {unanswered_key(row.pk): (row.text, row.last_at) for row in unanswered}
    answered = answered_since(bot)
    found = [rows[key] for key in keys if key in rows]
    return [text for text, at in found if not is_answered(letters_key(text), at, answered)]


def same_exchanges(bot: Bot, letters: set[str]) -> list[str]:
    rows = exchanges_to_review(bot).order_by("-at", "-pk")
    texts = rows.values_list("pk", Left("question", READ_CHARACTERS))[:MOST_SEARCHED]
    return [pk for pk, text in texts.iterator() if letters_key(text) in letters]


def take_unanswered(bot: Bot, keys: list[str], letters: set[str]) -> list[dict[str, Any]]:
    """Delete the questions from the list of unanswered ones; return what was there."""
    listed = UnansweredQuestion.objects.filter(bot=bot)
    found = listed.filter(letters__in=letters) | listed.filter(pk__in=unanswered_named(keys))
    rows = [
        {
            "letters": row.letters,
            "text": row.text,
            "times": row.times,
            "first_at": row.first_at.isoformat(),
            "last_at": row.last_at.isoformat(),
        }
        for row in found
    ]
    found.delete()
    return rows


def batches(ids: list[str]) -> Iterator[list[str]]:
    return (ids[start : start + ROWS_AT_ONCE] for start in range(0, len(ids), ROWS_AT_ONCE))


def state_of(own_answer: OwnAnswer) -> dict[str, Any]:
    return {
        "questions": own_answer.questions,
        "is_on": own_answer.is_on,
        "changed_at": own_answer.changed_at.isoformat(),
    }


def own_answer_restore(review: Review, pk: int) -> None:
    """Delete the own answer, or make it what it was; only if nobody has changed it since."""
    left = OwnAnswer.objects.filter(
        pk=pk, bot=review.bot, changed_at=datetime.fromisoformat(review.changed_at)
    )
    before = review.before
    if not (left.update(**before) if before else left.delete()[0]):
        raise ReviewError(
            "To take a review back, its own answer must be as the review left it. This one was changed or "
            "deleted meanwhile: look at it in the list of own answers. Nothing was changed."
        )
    note_change(review.bot)


def unanswered_restore(bot_id: int, *, letters: str, times: int, first_at: str, **fields: Any) -> None:
    """Write a row of the unanswered questions back, or add its count to one that was made meanwhile."""
    row, is_new = UnansweredQuestion.objects.get_or_create(
        bot_id=bot_id, letters=letters, defaults={"times": times, **fields}
    )
    # One that is as old was written back before.
    younger = UnansweredQuestion.objects.filter(pk=row.pk, first_at__gt=datetime.fromisoformat(first_at))
    younger.update(first_at=first_at, times=F("times") + (0 if is_new else times))
