"""Whether a trained model answers a question as before when it is worded or typed a little otherwise."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from answering.finishing import letters_of
from answering.question import Question
from answering.responder import Responder
from training.evaluation.answered import said_to
from training.evaluation.cases import Cases, Rows
from training.evaluation.measure import Measure, rounded
from training.evaluation.paraphrases import consistency, paraphrases_of
from training.evaluation.stages import Stages


def answers_to_paraphrases(
    responder: Responder, cases: Cases, places: Rows, stages: Stages
) -> list[dict[str, Any]]:
    """Return for each case what is said to its question and to each rewording, by the rule that made it."""
    found = []
    for place in stages.watched(places.tolist(), "rewording"):
        case = cases[place]
        reworded = [
            {"rule": rule, "question": text, "answer": answer_to(responder, text, case.earlier)}
            for rule, text in paraphrases_of(case.question)
        ]
        answer = answer_to(responder, case.question, case.earlier)
        found.append({"place": place, "answer": answer, "reworded": reworded})
    return found


def answer_to(responder: Responder, text: str, earlier: tuple[str, ...]) -> str:
    return said_to(responder, 0, Question(text=text, earlier=earlier)).text


def consistency_measures(found: Sequence[Mapping[str, Any]]) -> Iterator[Measure]:
    """Yield the share of rewordings with the same answer but for case and signs, over all and by rule."""
    answers = [
        (
            letters_of(asked["answer"]),
            [(one["rule"], letters_of(one["answer"])) for one in asked["reworded"]],
        )
        for asked in found
    ]
    if not any(reworded for _, reworded in answers):
        return
    measured = consistency(answers)
    yield Measure.mean_of("same answer to a paraphrase", measured.values)
    for rule, share in measured.by_rule.items():
        yield Measure(
            name="same answer to a paraphrase",
            value=rounded(share),
            samples=measured.numbers[rule],
            group=f"rule: {rule}",
        )
