"""From what the stages of an evaluation found to its report: figures, examples and limits in plain words."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from preprocessing.tokenisation import Tokeniser
from training.evaluation.answer_measures import (
    Answers,
    answers_of,
    baseline_answers,
    service_measures,
    several_measures,
    systems_of,
)
from training.evaluation.answered import said
from training.evaluation.baselines import Baselines
from training.evaluation.embedding_similarity import WordVectors
from training.evaluation.evaluation import Evaluation
from training.evaluation.examples import examples_of
from training.evaluation.likelihood import likelihood_measures
from training.evaluation.limits import limits_of
from training.evaluation.measure import OWN, Measure, rounded
from training.evaluation.metrics import hits_at_k
from training.evaluation.modes import is_closer, telling_bag
from training.evaluation.ranked import RANDOM, recall_measures
from training.evaluation.reliability import Reliability, reliability_of
from training.evaluation.rewording import consistency_measures
from training.evaluation.word_space import word_vectors_of

FORMAT_VERSION = 1
Found = Mapping[str, Any]
Told = dict[str, Any]


@dataclass(frozen=True)
class Reporter:
    """Makes a report of what an evaluation's stages found."""

    evaluation: Evaluation
    found: Found

    @cached_property
    def tokeniser(self) -> Tokeniser:
        return self.evaluation.responder.tokenisers[-1]

    @cached_property
    def own(self) -> Answers:
        own = next(iter(self.found["answers"].values()))
        return answers_of(self.evaluation.request.cases, own, OWN, self.tokeniser)

    @cached_property
    def vectors(self) -> WordVectors:
        return word_vectors_of(map(self.tokeniser.tokenise, self.evaluation.training))

    def measures(self) -> list[Measure]:
        return [
            *choosing_measures(self.found),
            *likelihood_measures(self.found["likelihood"]),
            *self.answer_measures(),
            *several_measures(self.evaluation.request.cases, self.found["several"], self.tokeniser),
            *consistency_measures(self.found["reworded"]),
            *self.sureness_measures(),
        ]

    def answer_measures(self) -> Iterator[Measure]:
        cases, by_mode = self.evaluation.request.cases, self.found["answers"]
        known = self.evaluation.training.known_answers
        baselines = Baselines(self.evaluation.training, self.tokeniser)
        for system in (*systems_of(cases, by_mode, self.tokeniser), *baseline_answers(self.own, baselines)):
            yield from system.closeness_measures(self.vectors)
            yield from system.diversity_measures(known)
        own = list(map(said, next(iter(by_mode.values()))))
        yield from service_measures(own, self.evaluation.request.bundle, cases, self.tokeniser)

    @cached_property
    def reliability(self) -> Reliability:
        """Whether confidences hold: right is what is closer to the true answer than to another one."""
        own = list(map(said, next(iter(self.found["answers"].values()))))
        judged = [(one.confidence, self.is_right(one.text, one.place)) for one in own if one.texts]
        telling = [(confidence, is_right) for confidence, is_right in judged if is_right is not None]
        return reliability_of(
            [confidence for confidence, _ in telling], np.array([is_right for _, is_right in telling], bool)
        )

    def is_right(self, text: str, place: int) -> bool | None:
        cases = self.evaluation.request.cases
        other = cases.candidates.draw(place, 1, np.random.default_rng((0, cases[place].number)))
        if not len(other):
            return None
        bags = (
            telling_bag(self.tokeniser, one)
            for one in (text, cases[place].answer, cases[int(other[0])].answer)
        )
        return is_closer(*bags)

    def sureness_measures(self) -> Iterator[Measure]:
        number = len(self.reliability.confidences)
        if not number:
            return
        low, high = self.reliability.calibration_error_interval()
        yield Measure(
            name="calibration error",
            value=rounded(self.reliability.calibration_error),
            low=rounded(low),
            high=rounded(high),
            samples=number,
            larger_is_better=False,
        )
        yield Measure.mean_of("brier score", self.reliability.squared_errors, larger_is_better=False)

    def curve(self) -> list[Told]:
        return [
            {"confidence": one.mean_confidence, "right": one.share_right, "questions": one.count}
            for one in self.reliability.curve
        ]

    def cases(self) -> list[Told]:
        """Return what was asked and said, question by question, with what each is worth by itself."""
        told: dict[int, Told] = {}
        for ranking in self.found["random"][:1]:
            for place, values in zip(ranking["places"], hits_of(ranking), strict=True):
                self.case(told, place)["values"].update(values)
        for mode, kept in self.found["answers"].items():
            for one in kept:
                case = self.case(told, one["place"])
                case.setdefault("mode", mode)
                case.setdefault("said", {})[mode] = {**one, "text": said(one).text}
        self.add_values(told)
        return [told[place] for place in sorted(told)]

    def add_values(self, told: dict[int, Told]) -> None:
        places = [one["place"] for one in next(iter(self.found["answers"].values()))]
        diversity = self.own.diversity(self.evaluation.training.known_answers)
        for name, values in (*self.own.closeness(self.vectors).items(), *diversity.by_question.items()):
            for place, value in zip(places, values.tolist(), strict=True):
                told[place]["values"][name] = rounded(value)

    def case(self, told: dict[int, Told], place: int) -> Told:
        case = self.evaluation.request.cases[place]
        return told.setdefault(
            place,
            {
                "number": case.number,
                "question": case.question,
                "earlier": list(case.earlier),
                "answer": case.answer,
                "source": case.source,
                "values": {},
            },
        )


def made_report(evaluation: Evaluation, found: Found, about: Told) -> tuple[Told, list[Told]]:
    """Return the report, and what was asked and said question by question.

    Args:
        about: what else is known of the trained model and of what was asked; it stands there as it is.
    """
    reporter = Reporter(evaluation, found)
    measures, cases = reporter.measures(), reporter.cases()
    figures = figures_of(measures)
    report = {
        "format_version": FORMAT_VERSION,
        "about": about,
        "cases": len(evaluation.request.cases),
        "figures": figures,
        "measures": [measure.as_json() for measure in measures],
        "reliability": reporter.curve(),
        "answers": examples_of(cases),
        "limits": limits_of(evaluation.request.bundle, figures, about.get("languages", {})),
    }
    return report, cases


def choosing_measures(found: Found) -> Iterator[Measure]:
    """Yield recall and ranks by every scorer; those of the first are the trained model's own."""
    for kind in ("random", "hard"):
        done: set[tuple[str, int]] = set()
        own = next((one["system"] for one in found[kind] if one["is_own"]), None)
        for ranking in found[kind]:
            for measure in recall_measures(ranking, done):
                yield measure.as_own() if measure.system == own else measure


def hits_of(ranking: Found) -> Iterator[dict[str, float]]:
    """Yield for each question whether the true answer came first, of as many as all rankings have."""
    scores = np.array(ranking["scores"], np.float64)
    told = "" if ranking["kind"] == RANDOM else f", {ranking['kind']}"
    numbers = [number for number in (10, 100) if number <= scores.shape[1]]
    columns = {f"recall@1 of {number}{told}": hits_at_k(scores[:, :number], 1) for number in numbers}
    for row in range(len(scores)):
        yield {name: float(values[row]) for name, values in columns.items()}


def figures_of(measures: Sequence[Measure]) -> dict[str, float]:
    """Return the trained model's own figures by name."""
    return {one.name: one.value for one in measures if one.system == OWN and not one.group}
