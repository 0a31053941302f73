"""From what the stages of an evaluation found to its report: figures, examples and limits in plain words."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from preprocessing.tokenisation import Tokeniser
from training.evaluation.answer_measures import (
    FALLBACKS,
    Answers,
    Judging,
    baseline_answers,
    service_measures,
    several_measures,
    systems_of,
)
from training.evaluation.answered import Said, said
from training.evaluation.cases import Cases
from training.evaluation.evaluation import Evaluation
from training.evaluation.examples import examples_of
from training.evaluation.likelihood import NATS_A_CHARACTER, likelihood_measures, nats_by_place
from training.evaluation.limits import limits_of
from training.evaluation.measure import OWN, Measure, rounded
from training.evaluation.modes import is_closer, telling_bag
from training.evaluation.ranked import own_values, recall_measures
from training.evaluation.reliability import Reliability, reliability_of
from training.evaluation.report_format import FORMAT_VERSION
from training.evaluation.rewording import consistency_measures
from training.evaluation.word_space import word_vectors_of

Found = Mapping[str, Any]
Told = dict[str, Any]


@dataclass(frozen=True)
class Reporter:
    """Makes a report of what an evaluation's stages found."""

    evaluation: Evaluation
    found: Found

    @property
    def requested(self) -> Cases:
        return self.evaluation.request.cases

    @property
    def tokeniser(self) -> Tokeniser:
        return self.evaluation.baselines.tokeniser

    @cached_property
    def systems(self) -> list[Answers]:
        """Return what was said, the trained model's own answers first."""
        baselines = self.evaluation.baselines
        vectors = word_vectors_of((*baselines.questions, *baselines.answers))
        judging = Judging(self.tokeniser, vectors, self.evaluation.training.known_answers)
        return systems_of(self.requested, self.found["answers"], judging)

    @property
    def own(self) -> Answers:
        return self.systems[0]

    @cached_property
    def said(self) -> list[Said]:
        """Return the trained model's own answers as they were found."""
        return list(map(said, next(iter(self.found["answers"].values()))))

    def measures(self) -> list[Measure]:
        """Return all figures; those that are no numbers, as broken networks give them, are left out."""
        measured = [
            *recall_measures(self.found["random"]),
            *recall_measures(self.found["hard"]),
            *likelihood_measures(self.found["likelihood"]),
            *self.answer_measures(),
            *several_measures(self.requested, self.found["several"], self.tokeniser),
            *consistency_measures(self.found["reworded"]),
            *self.sureness_measures(),
        ]
        return [measure for measure in measured if measure.is_number]

    def answer_measures(self) -> Iterator[Measure]:
        for system in (*self.systems, *baseline_answers(self.own, self.evaluation.baselines)):
            yield from system.measures()
        yield from service_measures(self.said, self.evaluation.request.bundle, self.requested, self.tokeniser)

    @cached_property
    def reliability(self) -> Reliability:
        """Whether confidences hold: right is what is closer to the true answer than to another one."""
        judged = [(one.confidence, self.is_right(one.text, one.place)) for one in self.said if one.texts]
        telling = [(confidence, is_right) for confidence, is_right in judged if is_right is not None]
        return reliability_of(
            [confidence for confidence, _ in telling], np.array([is_right for _, is_right in telling], bool)
        )

    def is_right(self, text: str, place: int) -> bool | None:
        cases = self.requested
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
        yield Measure.of(
            "calibration error",
            self.reliability.calibration_error,
            self.reliability.calibration_error_interval(),
            number,
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
        for mode, kept in self.found["answers"].items():
            for one in kept:
                case = self.case(told, one["place"])
                case.setdefault("mode", mode)
                case.setdefault("said", {})[mode] = {**one, "text": said(one).text}
        for place, values in self.values():
            self.case(told, place)["values"] |= {name: rounded(value) for name, value in values.items()}
        return [told[place] for place in sorted(told)]

    def values(self) -> Iterator[tuple[int, dict[str, float]]]:
        """Yield places with what the trained model was worth there, by the names of measures."""
        yield from own_values(self.found["random"])
        yield from own_values(self.found["hard"])
        for place, value in nats_by_place(self.found["likelihood"]).items():
            if math.isfinite(value):
                yield place, {NATS_A_CHARACTER: value}
        fallbacks = np.array([not one.texts for one in self.said], np.float64)
        measured = {**self.own.closeness, **self.own.diversity.by_question, FALLBACKS: fallbacks}
        for row, one in enumerate(self.said):
            yield one.place, {name: float(values[row]) for name, values in measured.items()}

    def case(self, told: dict[int, Told], place: int) -> Told:
        case = self.requested[place]
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
        "limits": limits_of(
            evaluation.request.bundle, figures, about.get("languages", {}), len(reporter.said)
        ),
    }
    return report, cases


def figures_of(measures: Sequence[Measure]) -> dict[str, float]:
    """Return the trained model's own figures by name."""
    return {one.name: one.value for one in measures if one.system == OWN and not one.group}
