"""Own answers are written, changed and deleted here: the bot's version grows, and all processes notice."""

from django.db import transaction
from django.db.models import F

from preprocessing.errors import SettingsError
from training.models import Bot, OwnAnswer

MOST_CHARACTERS = 10_000


@transaction.atomic
def own_answer_save(*, own_answer: OwnAnswer) -> OwnAnswer:
    """Write a new or changed own answer.

    Raises:
        SettingsError: it has no question, no answer, or too long ones.
    """
    if not own_answer.wordings or not own_answer.answer.strip():
        raise SettingsError("An own answer must have a question and an answer; one of them is empty.")
    if max(len(own_answer.questions), len(own_answer.answer)) > MOST_CHARACTERS:
        raise SettingsError(f"Questions and answer must have at most {MOST_CHARACTERS:,} characters each.")
    own_answer.save()
    note_change(own_answer.bot_id)
    return own_answer


def own_answer_write(*, bot: Bot, question: str, answer: str, created_by_id: int | None = None) -> OwnAnswer:
    """Let a bot say `answer` to a question; one with the same answer learns the new wording."""
    found = OwnAnswer.objects.filter(bot=bot, answer=answer.strip()).first()
    if found is None:
        made = OwnAnswer(
            bot=bot, questions=question.strip(), answer=answer.strip(), created_by_id=created_by_id
        )
        return own_answer_save(own_answer=made)
    if question.strip() not in found.wordings:
        found.questions = "\n".join([*found.wordings, question.strip()])
    found.is_on = True
    return own_answer_save(own_answer=found)


@transaction.atomic
def own_answer_delete(*, own_answer: OwnAnswer) -> None:
    bot_id = own_answer.bot_id
    own_answer.delete()
    note_change(bot_id)


def note_change(bot_id: int) -> None:
    Bot.objects.filter(pk=bot_id).update(own_answers_version=F("own_answers_version") + 1)
