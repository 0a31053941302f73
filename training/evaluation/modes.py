"""Which way of answering is best, and how sure each may be: measured on held-out questions. NumPy only.

An answer is *closer* where it shares more words and letters with what was said to the question than with what
was said to another one; by chance that is so for a half. What shares nothing with either tells nothing.
Bots are asked what stands in their corpus too, typed carelessly: such a *known* question has right answers.
"""

from collections.abc import Iterable, Iterator, Mapping
from copy import copy
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from answering.alike_cases import careless
from answering.bundle import GENERATE, HYBRID, RETRIEVE, Bundle, Manifest
from answering.calibration import Calibration, fitted
from answering.candidates.candidate import ALIKE, Candidate
from answering.features import features, is_telling, similarity
from answering.finishing import letters_of
from answering.question import Question
from answering.rating import drawn, surest
from answering.responder import Responder
from answering.retrieval import Retriever
from answering.retrieval_bundle import alike_calibration
from preprocessing.dataset import Dataset
from preprocessing.errors import DatasetError
from preprocessing.splits import TRAIN
from preprocessing.tokenisation import Tokeniser
from training.evaluation.distractors import draw_distractors
from training.evaluation.mixing import mixture

QUESTIONS, KNOWN = 300, 200
SIMPLEST_FIRST = (RETRIEVE, GENERATE, HYBRID)
FEWEST_QUESTIONS = 50
# Exchanges that are found for a question until one of them is a training exchange.
FOUND = 10
Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Judged:
    """A candidate, and whether it was closer to the truth; None where it tells nothing."""

    candidate: Candidate
    is_closer: bool | None


@dataclass(frozen=True)
class ModeReport:
    """The share of questions whose answer was closer, by mode; calibrations by way of finding an answer."""

    questions: int
    closer: dict[str, float]
    calibrations: dict[str, Calibration]
    # The share of known questions with a right answer, by mode.
    known: dict[str, float]

    @property
    def scores(self) -> dict[str, float]:
        """What modes are chosen by: both kinds of questions count alike."""
        return {mode: (share + self.known[mode]) / 2 for mode, share in self.closer.items()}

    @property
    def best(self) -> str:
        """The simplest mode of those that chance alone may keep from being the best.

        What is found says nothing that nobody said; what is written may.
        """
        most = max(self.scores.values())
        noise = (most * (1 - most) / self.questions) ** 0.5
        return next(mode for mode in SIMPLEST_FIRST if self.scores.get(mode, -1.0) >= most - noise)

    def as_json(self) -> dict[str, Any]:
        shares, right = (in_words(values) for values in (self.closer, self.known))
        why = (
            f"On {self.questions} held-out questions an answer was closer to what was said than to another "
            f"answer by {shares}; of {KNOWN} known questions, typed carelessly, those were answered right: "
            f"{right}. The simplest of the best is taken."
        )
        return {
            "questions": self.questions,
            "closer": self.closer,
            "known": self.known,
            "default": self.best,
            "why": why,
        }


def in_words(shares: Mapping[str, float]) -> str:
    return ", ".join(f"{mode} {100 * share:.0f} %" for mode, share in shares.items())


def with_modes(manifest: Manifest, directory: Path, dataset: Dataset) -> Manifest:
    """Return the manifest of a bundle's folder with its best mode, and how sure its answers may be."""
    retriever = next((part for part in manifest.parts if part.role == "retriever"), None)
    known = alike_calibration(directory, retriever) if retriever else None
    # How sure it is that a question is a known one tells which of the found answers come first.
    responder = Responder(Bundle(directory, replace(manifest, calibration=known)))
    report = measure_modes(responder, dataset, dataset.indices("validation"))
    if report is None:
        return replace(manifest, calibration=known)
    measured = {way: found.as_json() for way, found in report.calibrations.items()}
    return replace(
        manifest,
        default_mode=report.best,
        metrics={**manifest.metrics, "modes": report.as_json()},
        calibration={**measured, **(known or {}), **mixture(responder, dataset)} or None,
    )


def measure_modes(responder: Responder, dataset: Dataset, rows: Rows) -> ModeReport | None:
    """Ask held-out questions in every mode; None where there are too few to tell.

    Exchanges that are held out are not found, as if the index held the training split alone.
    """
    if len(rows) > QUESTIONS:
        rows = rows[np.linspace(0, len(rows) - 1, QUESTIONS).astype(int)]
    if len(rows) < FEWEST_QUESTIONS:
        return None
    try:
        others = draw_distractors(dataset, rows, 1)[:, 0]
    except DatasetError:
        return None
    judge = Judge(responder, dataset)
    judged = [judge.judged(int(row), int(other)) for row, other in zip(rows, others, strict=True)]
    calibrations = calibrations_of(one for ways in judged for one in ways)
    closer = {
        mode: round(share_closer([chosen(ways, mode, calibrations) for ways in judged]), 4)
        for mode in responder.bundle.modes
    }
    return ModeReport(len(rows), closer, calibrations, shares_known(responder, calibrations))


def shares_known(responder: Responder, calibrations: Mapping[str, Calibration]) -> dict[str, float]:
    """Return by mode how many of the index's own questions, typed carelessly, are answered right."""
    modes = responder.bundle.modes
    if responder.alike is None:
        return dict.fromkeys(modes, 0.0)
    asked = copy(responder)
    asked.rating = replace(responder.rating, calibrations={**responder.rating.calibrations, **calibrations})
    cases = list(known_questions(responder.alike.retriever))
    return {mode: round(float(np.mean([is_right(asked, mode, case) for case in cases])), 4) for mode in modes}


def known_questions(retriever: Retriever) -> Iterator[tuple[str, set[str]]]:
    """Yield questions of the index, typed carelessly, with what was answered to them, as letters alone."""
    chance = np.random.default_rng(0)
    for row in np.linspace(0, len(retriever) - 1, min(KNOWN, len(retriever))).astype(int).tolist():
        question = retriever.question_texts[row]
        same = (hit for hit in retriever.closest_first(question) if is_same(hit.question_text, question))
        answers = {retriever.answer_texts[row], *(hit.answer_text for hit in same)}
        yield careless(question, chance), set(map(letters_of, answers))


def is_same(one: str, other: str) -> bool:
    return letters_of(one) == letters_of(other)


def is_right(responder: Responder, mode: str, case: tuple[str, set[str]]) -> bool:
    text, accepted = case
    answers = responder.answer_anew(Question(text=text, mode=mode)).answers
    return bool(answers) and letters_of(answers[0].text) in accepted


@dataclass(frozen=True)
class Judge:
    responder: Responder
    dataset: Dataset

    def judged(self, row: int, other: int) -> list[Judged]:
        """Return what is written and what is found for a question, as far as there is anything."""
        question = Question(text=self.dataset.question_text(row))
        truth, wrong = (self.bag(self.dataset.answer_text(place)) for place in (row, other))
        return [
            Judged(candidate, is_closer(self.bag(candidate.text), truth, wrong))
            for candidate in (*self.written(question), *self.found(question))
        ]

    def written(self, question: Question) -> Iterable[Candidate]:
        generator = self.responder.generator
        if generator is None:
            return []
        tokens = generator.reader.read(question).tokens
        rating = self.responder.rating
        has_judges = rating.fitting is not None or rating.reverse is not None
        asked = drawn(question, leads_back=rating.reverse is not None) if has_judges else question
        written = generator.candidates(tokens, asked) if tokens else []
        return self.with_scores(question, written if has_judges else written[:1])

    def found(self, question: Question) -> Iterable[Candidate]:
        many = Question(text=question.text, answers=FOUND)
        splits = self.dataset.exchanges.splits
        candidates = self.responder.found(many) if self.responder.alike else iter(())
        known = islice((one for one in candidates if splits[one.row] == TRAIN), 1)
        return self.with_scores(question, known)

    def with_scores(self, question: Question, candidates: Iterable[Candidate]) -> list[Candidate]:
        return [self.responder.rating.scored(question, candidate) for candidate in candidates]

    def bag(self, text: str) -> dict[str, float]:
        return telling_bag(self.tokeniser, text)

    @property
    def tokeniser(self) -> Tokeniser:
        return self.responder.tokenisers[-1]


def telling_bag(tokeniser: Tokeniser, text: str) -> dict[str, float]:
    """Return the telling features of a text, each counting once."""
    return dict.fromkeys(filter(is_telling, features(tokeniser.tokenise(text))), 1.0)


def is_closer(answer: dict[str, float], truth: dict[str, float], wrong: dict[str, float]) -> bool | None:
    right_share, wrong_share = (similarity(answer, other) if answer else 0.0 for other in (truth, wrong))
    return None if right_share == wrong_share else right_share > wrong_share


def calibrations_of(judged: Iterable[Judged]) -> dict[str, Calibration]:
    """Return for each way how its scores tell the chance that an answer is closer.

    How alike questions are tells whether the right one was found; that is measured another way.
    """
    cases: dict[str, list[tuple[dict[str, float], bool]]] = {}
    for one in judged:
        if one.is_closer is not None and one.candidate.way != ALIKE:
            cases.setdefault(one.candidate.way, []).append((one.candidate.scores, one.is_closer))
    found = {way: fitted(of_way) for way, of_way in cases.items()}
    return {way: calibration for way, calibration in found.items() if calibration is not None}


def chosen(ways: list[Judged], mode: str, calibrations: dict[str, Calibration]) -> Judged | None:
    """Return what a mode would have said: in hybrid the surest."""
    is_found = {GENERATE: (False,), RETRIEVE: (True,), HYBRID: (False, True)}[mode]
    of_mode = [one for one in ways if (one.candidate.row is not None) in is_found]

    def key(one: Judged) -> tuple[int, float]:
        calibration = calibrations.get(one.candidate.way)
        confidence = calibration.confidence(one.candidate.scores) if calibration else None
        return surest(replace(one.candidate, confidence=one.candidate.confidence or confidence))

    return min(of_mode, key=key, default=None)


def share_closer(judged: list[Judged | None]) -> float:
    """Return the share of closer answers; what was not said or tells nothing counts as a half."""
    values = [0.5 if one is None or one.is_closer is None else float(one.is_closer) for one in judged]
    return float(np.mean(values))
