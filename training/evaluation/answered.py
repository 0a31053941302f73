"""What a trained model says to the questions of an evaluation: in each of its ways, and how long it takes."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from answering.bundle import GENERATE
from answering.candidates.candidate import GENERATED
from answering.candidates.generated import Generator
from answering.decoding.beam import decode_with_beam
from answering.question import Question, Reply
from answering.responder import Responder
from training.evaluation.cases import Cases, Rows
from training.evaluation.stages import Stages

SEVERAL = 5
AS_SERVED, PLAIN_BEAM = "as served", "plain beam"


@dataclass(frozen=True)
class Said:
    """What was said to the case at a place; `texts` is empty where the trained model had nothing to say."""

    place: int
    texts: tuple[str, ...]
    source: str
    confidence: float | None
    score: float | None
    unknown_words: tuple[str, ...]
    milliseconds: float

    @classmethod
    def of(cls, place: int, reply: Reply, milliseconds: float) -> "Said":
        best = reply.answers[0] if reply.answers else None
        return cls(
            place=place,
            texts=tuple(answer.text for answer in reply.answers),
            source=best.source if best else "",
            confidence=number_or_none(best.confidence) if best else None,
            score=number_or_none(best.score) if best else None,
            unknown_words=tuple(reply.unknown_words),
            milliseconds=milliseconds,
        )

    @property
    def text(self) -> str:
        return self.texts[0] if self.texts else ""


def number_or_none(value: float | None) -> float | None:
    """Return what JSON can hold: the networks of a broken bundle may give no numbers."""
    return value if value is not None and math.isfinite(value) else None


def said_to(responder: Responder, place: int, question: Question) -> Said:
    started = perf_counter()
    reply = responder.answer_anew(question)
    return Said.of(place, reply, 1000 * (perf_counter() - started))


def answers_in_mode(
    responder: Responder, cases: Cases, places: Rows, mode: str, stages: Stages
) -> list[dict[str, Any]]:
    """Return what is said to each case in a mode."""
    return [
        vars(said_to(responder, place, cases[place].asked(mode=mode)))
        for place in stages.watched(places.tolist(), f"answering, {mode}")
    ]


def several_answers(
    responder: Responder, cases: Cases, places: Rows, stages: Stages
) -> dict[str, list[dict[str, Any]]]:
    """Return five answers of the generator to each case: as it serves them, and the five of a plain beam."""
    generator = responder.generator
    assert generator is not None
    found: dict[str, list[dict[str, Any]]] = {AS_SERVED: [], PLAIN_BEAM: []}
    for place in stages.watched(places.tolist(), "five answers"):
        question = cases[place].asked(mode=GENERATE, answers=SEVERAL)
        found[AS_SERVED].append(vars(said_to(responder, place, question)))
        started = perf_counter()
        texts = plain_beam(generator, question)
        told = Said(place, tuple(texts), GENERATED, None, None, (), 1000 * (perf_counter() - started))
        found[PLAIN_BEAM].append(vars(told))
    return found


def plain_beam(generator: Generator, question: Question) -> list[str]:
    """Return the different texts of as many beams as answers are wanted."""
    tokens = generator.reader.read(question).tokens
    if not tokens:
        return []
    encoding = generator.encode(tokens)
    step = generator.runtime.step_for(encoding)
    beams = decode_with_beam(step, encoding.states, generator.limits(question), question.answers)
    return list(dict.fromkeys(filter(None, map(generator.text, beams))))


def said(content: Mapping[str, Any]) -> Said:
    """Read what a stage kept."""
    return Said(
        **{**content, "texts": tuple(content["texts"]), "unknown_words": tuple(content["unknown_words"])}
    )
