"""Own answers are written, changed and deleted here: the bot's version grows, and all processes notice."""

from collections.abc import Iterable

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from answering.finishing import letters_of
from preprocessing.errors import SettingsError
from training.models import Bot, OwnAnswer, UnansweredQuestion

MOST_CHARACTERS = 10_000


def own_answer_check(own_answer: OwnAnswer) -> None:
    """Refuse what cannot be asked or said; the error's `setting` is the field to mark.

    Raises:
        SettingsError: it has no question, no answer, or too long ones.
    """
    for name, text in (("questions", "\n".join(own_answer.wordings)), ("answer", own_answer.answer.strip())):
        if not text:
            raise SettingsError(
                f"An own answer must have a question and an answer; {name}: is empty.", setting=name
            )
        if len(text) > MOST_CHARACTERS:
            raise SettingsError(
                f"Questions and answer must have at most {MOST_CHARACTERS:,} characters each; "
                f"{name}: has {len(text):,}.",
                setting=name,
            )
        if "\0" in text:
            raise SettingsError(
                f"Questions and answer must not hold NUL characters; {name}: does.", setting=name
            )


@transaction.atomic
def own_answer_save(*, own_answer: OwnAnswer) -> OwnAnswer:
    """Write a new or changed own answer; the questions that it answers leave the list of unanswered ones.

    Raises:
        SettingsError: it has no question, no answer, or too long ones.
    """
    own_answer_check(own_answer)
    own_answer.save()
    if own_answer.is_on:
        letters = [letters_of(wording)[:500] for wording in own_answer.wordings]
        UnansweredQuestion.objects.filter(bot_id=own_answer.bot_id, letters__in=letters).delete()
    note_change(own_answer.bot_id)
    return own_answer


def own_answer_write(*, bot: Bot, question: str, answer: str, created_by_id: int | None = None) -> OwnAnswer:
    """Let a bot say `answer` to a question; one with the same answer learns the new wording."""
    return own_answer_teach(bot=bot, questions=[question], answer=answer, created_by_id=created_by_id)


def own_answer_teach(
    *, bot: Bot, questions: Iterable[str], answer: str, created_by_id: int | None = None
) -> OwnAnswer:
    """Let a bot say `answer` to all of these questions; one with the same answer learns the new wordings."""
    wordings = list(dict.fromkeys(map(in_one_line, questions)))
    found = own_answer_saying(bot, answer)
    if found is None:
        joined = "\n".join(wordings)
        made = OwnAnswer(bot=bot, questions=joined, answer=answer.strip(), created_by_id=created_by_id)
        return own_answer_save(own_answer=made)
    found.questions = with_wordings(found, wordings)
    found.is_on = True
    return own_answer_save(own_answer=found)


def with_wordings(own_answer: OwnAnswer, wordings: list[str]) -> str:
    """Return the questions of an own answer, and on further lines those wordings that it lacks."""
    known = own_answer.wordings
    new = [wording for wording in wordings if wording not in known]
    return "\n".join([*known, *new]) if new else own_answer.questions


def own_answer_saying(bot: Bot, answer: str) -> OwnAnswer | None:
    """Return the own answer that says this, letter by letter."""
    # PostgreSQL does not even compare with a text that holds NUL.
    return None if "\0" in answer else OwnAnswer.objects.filter(bot=bot, answer=answer.strip()).first()


def in_one_line(question: str) -> str:
    """Return a question as one wording, which is a line."""
    return " ".join(question.split())


@transaction.atomic
def own_answers_switch(*, own_answers: Iterable[OwnAnswer], on: bool) -> int:
    """Switch own answers on or off; return how many were not so before."""
    pks = [own_answer.pk for own_answer in own_answers]
    others = OwnAnswer.objects.filter(pk__in=pks).exclude(is_on=on)
    bots = set(others.values_list("bot_id", flat=True))
    changed = others.update(is_on=on, changed_at=timezone.now())
    for bot_id in bots:
        note_change(bot_id)
    return changed


@transaction.atomic
def own_answer_delete(*, own_answer: OwnAnswer) -> None:
    bot_id = own_answer.bot_id
    own_answer.delete()
    note_change(bot_id)


def note_change(bot_id: int) -> None:
    Bot.objects.filter(pk=bot_id).update(own_answers_version=F("own_answers_version") + 1)
