"""What a trained model says of given answers to a question: the way in which recall@k ranks them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Protocol

import numpy as np
import numpy.typing as npt

from answering.bundle import GENERATE
from answering.calibration import MIXED, Calibration
from answering.candidates.candidate import COSINE, LEXICAL, LOG_PROBABILITY, SIMILARITY
from answering.candidates.generated import Generator
from answering.candidates.retrieved import AlikeQuestions, FittingAnswers
from answering.features import features, similarity
from answering.overlap import Bag, Overlap, product
from answering.question import Question
from answering.responder import Responder
from answering.stored_vectors import Floats
from preprocessing.vocabulary import EOS_ID
from training.evaluation.cases import Case, Exchange

# Exchanges whose questions are the closest: what they were answered tells what might be answered here.
NEIGHBOURS = 20
NOTHING = -np.inf
Scores = npt.NDArray[np.float64]


class Scorer(Protocol):
    """`name` is shown; the higher a score, the better the answer.

    `is_quick` says that answers to choose from may be many, `is_own` that no baseline scores.
    """

    @property
    def name(self) -> str: ...
    @property
    def is_quick(self) -> bool: ...
    @property
    def is_own(self) -> bool: ...

    def scores(self, case: Case, answers: Sequence[str]) -> Scores: ...


@dataclass
class CosineScorer:
    """By a dual encoder: the cosine of the question's and the answer's vectors."""

    fitting: FittingAnswers
    name: str = "dual encoder"
    is_quick: bool = True
    is_own: bool = True
    _vectors: dict[str, Floats | None] = field(default_factory=dict)

    def scores(self, case: Case, answers: Sequence[str]) -> Scores:
        reader, ranker = self.fitting.reader, self.fitting.ranker
        asked = reader.encode(reader.read(case.asked()).tokens)
        if not asked:
            return np.full(len(answers), NOTHING)
        vector = ranker.question_vector(asked)
        vectors = [self._vector(answer) for answer in answers]
        return np.array([NOTHING if said is None else float(said @ vector) for said in vectors])

    def _vector(self, answer: str) -> Floats | None:
        """Return an answer's vector; an answer stands among those of many questions."""
        if answer not in self._vectors:
            ids = self.fitting.reader.encode(self.fitting.reader.read(Question(text=answer)).tokens)
            self._vectors[answer] = self.fitting.ranker.answer_vector(ids) if ids else None
        return self._vectors[answer]


@dataclass
class LexicalScorer:
    """By how much of the talk so far comes back in an answer."""

    overlap: Overlap
    name: str = "overlap"
    is_quick: bool = True
    is_own: bool = True
    _bags: dict[str, Bag] = field(default_factory=dict)

    def scores(self, case: Case, answers: Sequence[str]) -> Scores:
        asked = self.overlap.asked(case.asked())
        return np.array([product(asked, self._bag(answer)) for answer in answers])

    def _bag(self, answer: str) -> Bag:
        if answer not in self._bags:
            self._bags[answer] = self.overlap.bag([answer])
        return self._bags[answer]


@dataclass
class LikelihoodScorer:
    """By a generator: the mean log-probability a token, the end of the answer included."""

    generator: Generator
    name: str = "generator"
    is_quick: bool = False
    is_own: bool = True
    # Others build on these scores, and they cost the most of all.
    _known: dict[tuple[int, tuple[str, ...]], Scores] = field(default_factory=dict)

    def scores(self, case: Case, answers: Sequence[str]) -> Scores:
        key = case.number, tuple(answers)
        if key not in self._known:
            self._known[key] = self._scores(case, answers)
        return self._known[key]

    def _scores(self, case: Case, answers: Sequence[str]) -> Scores:
        reader = self.generator.reader
        tokens = reader.read(case.asked()).tokens
        said = [answer_ids(self.generator, answer) for answer in answers]
        if not tokens or not any(said):
            return np.full(len(answers), NOTHING)
        forced = iter(self.generator.forced(tokens, [ids for ids in said if ids]))
        return np.array([next(forced).mean if ids else NOTHING for ids in said])


def answer_ids(generator: Generator, answer: str) -> list[int]:
    """Return an answer as the network learned answers: cut, numbered, ended; empty where nothing is said."""
    reader = generator.reader
    tokens = reader.tokeniser.tokenise(answer)[: reader.tokeniser.settings.max_answer_length]
    return [*reader.encode(tokens), EOS_ID] if tokens else []


@dataclass
class BothWaysScorer:
    """By what a generator says and how well the answer leads back (MMI-bidi, Li et al. 2016, section 3.2)."""

    forward: LikelihoodScorer
    reverse: Generator
    # How much the way back counts against the way there.
    weight: float = 1.0
    name: str = "generator with the way back"
    is_quick: bool = False
    is_own: bool = True

    def scores(self, case: Case, answers: Sequence[str]) -> Scores:
        asked = self.reverse.reader.encode(self.reverse.reader.read(Question(text=case.question)).tokens)
        back = [self._back(answer, asked) for answer in answers]
        return self.forward.scores(case, answers) + self.weight * np.array(back)

    def _back(self, answer: str, asked: list[int]) -> float:
        given = self.reverse.reader.read(Question(text=answer)).tokens
        return self.reverse.score(given, [*asked, EOS_ID]) if given and asked else NOTHING


@dataclass
class AlikeScorer:
    """By the corpus: how much an answer has of those to the closest questions, each by how close it is."""

    alike: AlikeQuestions
    # Exchanges that are asked about, as question and answer: the index may hold them.
    held_out: Collection[Exchange] = frozenset()
    name: str = "alike questions"
    is_quick: bool = True
    is_own: bool = True
    _bags: dict[str, Mapping[str, float]] = field(default_factory=dict)

    def scores(self, case: Case, answers: Sequence[str]) -> Scores:
        retriever = self.alike.retriever
        found = (
            hit
            for hit in retriever.closest_first(case.question)
            if (hit.question_text, hit.answer_text) not in self.held_out
        )
        hits = list(islice(found, NEIGHBOURS))
        known = [(hit.similarity, self._bag(hit.answer_text)) for hit in hits]
        bags = [self._bag(answer) for answer in answers]
        return np.array([sum(near * similarity(bag, other) for near, other in known) for bag in bags])

    def _bag(self, text: str) -> Mapping[str, float]:
        """Return what stands in an answer; one stands among those of many questions."""
        if text not in self._bags:
            tokens = self.alike.retriever.tokeniser.tokenise(text)
            self._bags[text] = dict.fromkeys(features(tokens), 1.0)
        return self._bags[text]


@dataclass
class MixedScorer:
    """By several scores as a calibration weighs them: what the bundle itself orders its candidates by."""

    calibration: Calibration
    parts: Mapping[str, Scorer]
    name: str = "all parts together"
    is_own: bool = True

    @property
    def is_quick(self) -> bool:
        return all(part.is_quick for part in self.parts.values())

    def scores(self, case: Case, answers: Sequence[str]) -> Scores:
        total = np.zeros(len(answers))
        for name, part in self.parts.items():
            weight = self.calibration.weights[name]
            # Scores may be minus infinity, which no weight of 0 makes a number.
            if weight:
                total += weight * part.scores(case, answers)
        return total


def mixed_scorer(responder: Responder, parts: Mapping[str, Scorer]) -> MixedScorer | None:
    """Return what the bundle mixes its parts by, where it does and has them all."""
    content = (responder.bundle.manifest.calibration or {}).get(MIXED)
    if content is None:
        return None
    calibration = Calibration.from_json(content)
    if len(calibration.weights) < 2 or not set(calibration.weights) <= set(parts):
        return None
    return MixedScorer(calibration, {name: parts[name] for name in calibration.weights})


def parts_of(responder: Responder, held_out: Collection[Exchange] = frozenset()) -> dict[str, Scorer]:
    """Return the ways in which a bundle's parts can rank given answers, by the names of their scores."""
    parts: dict[str, Scorer] = {}
    if responder.fitting is not None:
        parts[COSINE] = CosineScorer(responder.fitting)
        parts[LEXICAL] = LexicalScorer(responder.fitting.overlap)
    if responder.generator is not None:
        parts[LOG_PROBABILITY] = LikelihoodScorer(responder.generator)
    if responder.alike is not None:
        parts[SIMILARITY] = AlikeScorer(responder.alike, held_out)
    return parts


def scorers_of(responder: Responder, held_out: Collection[Exchange] = frozenset()) -> list[Scorer]:
    """Return all ways in which a bundle can rank given answers, the one that it answers by first."""
    parts = parts_of(responder, held_out)
    found = in_order(parts, responder.bundle.manifest.default_mode)
    forward, reverse = parts.get(LOG_PROBABILITY), responder.rating.reverse
    if isinstance(forward, LikelihoodScorer) and reverse is not None:
        found.append(BothWaysScorer(forward, reverse))
    mixed = mixed_scorer(responder, parts)
    return [mixed, *found] if mixed else found


def in_order(parts: Mapping[str, Scorer], mode: str) -> list[Scorer]:
    """Return the generator first where the bundle writes its answers, else last."""
    return sorted(parts.values(), key=lambda part: part.is_quick == (mode == GENERATE))
