"""Blind comparisons: two trained models answer the same questions, and all that they say is written down."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet

from answering.question import Question
from answering.responder import Responder
from preprocessing.errors import SettingsError
from training.models import BlindComparison, BlindPair, TrainedModel
from training.services.blind_questions import require_questions, storable
from training.services.trying import TriedBundle, open_responder

MOST_NAME_CHARACTERS = 100


def blind_comparison_create(
    *, name: str, one: TrainedModel, other: TrainedModel, questions: Iterable[str], by: Any = None
) -> BlindComparison:
    """Ask both trained models all questions and keep the answers; it takes some 15 ms an answer.

    Raises:
        SettingsError: the name, the two, or the questions are not as they must be.
        ChatbotError: one of the two cannot answer.
    """
    name = require_name(name)
    if one.pk == other.pk:
        raise SettingsError(
            f"Two different trained models must be compared. Received {one} twice. Choose another one.",
            setting="other",
        )
    asked = require_questions(questions)
    answers = [answers_of(trained_model, asked) for trained_model in (one, other)]
    return comparison_write(
        BlindComparison(name=name, one=one, other=other, created_by=by), asked, *map(list, answers)
    )


def require_name(name: str) -> str:
    name = " ".join(storable(name).split())
    if not 1 <= len(name) <= MOST_NAME_CHARACTERS:
        raise SettingsError(
            f"A blind comparison must have a name of 1 to {MOST_NAME_CHARACTERS} characters. "
            f"Received {len(name)}. Give it another one.",
            setting="name",
        )
    return name


def answers_of(trained_model: TrainedModel, questions: list[str]) -> list[str]:
    responder = open_responder(TriedBundle.of(trained_model))
    return [first_answer(responder, question) for question in questions]


def first_answer(responder: Responder, question: str) -> str:
    """Return the best answer; an empty one where a bot would say its fallback sentence."""
    answers = responder.answer_anew(Question(text=question)).answers
    return storable(answers[0].text) if answers else ""


@transaction.atomic
def comparison_write(
    comparison: BlindComparison, questions: list[str], of_one: list[str], of_other: list[str]
) -> BlindComparison:
    comparison.save()
    BlindPair.objects.bulk_create(
        BlindPair(
            comparison=comparison,
            number=number,
            question=question,
            answer_of_one=one,
            # People see no difference in spaces, so a database shall see none either.
            answer_of_other=one if one.split() == other.split() else other,
        )
        for number, (question, one, other) in enumerate(
            zip(questions, of_one, of_other, strict=True), start=1
        )
    )
    return comparison


def different_pairs(comparison: BlindComparison) -> "QuerySet[BlindPair]":
    """Return what people are shown: where both said the same there is nothing to choose."""
    return comparison.pairs.exclude(answer_of_one=F("answer_of_other"))
