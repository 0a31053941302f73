"""Trying a trained model: a question, its answers, and why one of them is what it is."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from time import perf_counter

from answering.explanation import Explanation, explain
from answering.question import Question, Reply
from answering.responder import Responder
from preprocessing.errors import ChatbotError
from training.models import TrainedModel
from training.services.explanation_report import ExplanationReport, explanation_report

ANSWERS = 3


@dataclass(frozen=True)
class TriedBundle:
    """Which bundle is asked: its folder may have been that of a trained model deleted since, its id never."""

    trained_model_id: int
    directory: Path

    @classmethod
    def of(cls, trained_model: TrainedModel) -> "TriedBundle":
        return cls(trained_model.pk, trained_model.location)


@dataclass(frozen=True)
class Trial:
    """`why` is about the answer with the number `explained`, from 1; `why_not` says why there is none."""

    reply: Reply
    milliseconds: int
    explained: int
    why: ExplanationReport | None
    why_not: str = ""


def tried_question(bundle: TriedBundle, text: str, mode: str | None, explained: int) -> Trial:
    """Ask the bundle, and have one of its answers explained.

    Raises:
        ChatbotError: it cannot answer.
    """
    question = Question(text=text, mode=mode, answers=ANSWERS)
    started = perf_counter()
    reply = open_responder(bundle).answer_anew(question)
    milliseconds = round((perf_counter() - started) * 1000)
    try:
        why = explanation_report(answer_explained(bundle, question, explained))
    except ChatbotError as error:
        return Trial(reply, milliseconds, explained, None, str(error))
    return Trial(reply, milliseconds, explained, why)


# The page and its picture ask for the same one after the other.
@lru_cache(maxsize=8)
def answer_explained(bundle: TriedBundle, question: Question, number: int) -> Explanation:
    """Explain one of a question's answers; the first one where there is none of that number.

    Raises:
        ChatbotError: it was not generated, or nothing was.
    """
    responder = open_responder(bundle)
    answers = responder.answer(question).answers
    chosen = answers[number - 1 : number] or answers[:1]
    return explain(responder, question, chosen[0].text if chosen else None)


@lru_cache(maxsize=2)
def open_responder(bundle: TriedBundle) -> Responder:
    """Keep the last two: trying means asking several times, and a bundle never changes."""
    return Responder.open(bundle.directory)
