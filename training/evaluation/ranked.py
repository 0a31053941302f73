"""How well given answers are told apart: recall@k of N and the mean reciprocal rank, by every scorer.

Q questions, N answers with the true one in column 0.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from preprocessing.tokenisation import Tokeniser
from training.evaluation.cases import Cases, Rows
from training.evaluation.distractors import HardCandidates
from training.evaluation.measure import OWN, Measure
from training.evaluation.metrics import hits_at_k, reciprocal_ranks
from training.evaluation.scorers import Scorer
from training.evaluation.stages import Stages

RANKS = {2: (1,), 10: (1, 2, 5), 100: (1, 2, 5)}
LARGEST, USUAL = 100, 10
# What is slow ranks so many answers to fewer questions.
FEWEST = 100
SEED = 0
RANDOM, HARD = "random", "hard"


@dataclass(frozen=True)
class Contest:
    """A question by its place, and the places of the answers to choose from (N,), the true one first."""

    place: int
    answers: tuple[int, ...]


@dataclass(frozen=True)
class Contests:
    """Contests of one size."""

    kind: str
    contests: tuple[Contest, ...] = ()

    @property
    def size(self) -> int:
        return len(self.contests[0].answers) if self.contests else 0

    def some(self, questions: int, answers: int) -> "Contests":
        """Return so many of them, from all over, with the first so many answers."""
        number = min(questions, len(self.contests))
        chosen = np.linspace(0, len(self.contests) - 1, number).astype(int).tolist()
        contests = (self.contests[place] for place in chosen)
        return replace(self, contests=tuple(replace(one, answers=one.answers[:answers]) for one in contests))


@dataclass(frozen=True)
class Ranking:
    """What one system's order of answers was worth, by measure and question, and the questions' places."""

    system: str
    is_own: bool
    places: list[int]
    values: dict[str, list[float]]


def random_contests(cases: Cases, questions: int) -> Contests:
    """Draw the wrong answers without replacement, from other conversations, none equal to the true one.

    The seed and the question's number decide (Lowe et al. 2015, section 4.1).
    """

    def draw(place: int) -> Rows:
        random = np.random.default_rng((SEED, cases[place].number))
        return cases.candidates.draw(place, LARGEST - 1, random)

    return contests_of(RANDOM, cases, questions, draw)


def hard_contests(cases: Cases, questions: int, tokeniser: Tokeniser) -> Contests:
    """Take for wrong answers those to the questions that are most similar by BM25: ten to choose from."""
    asked = [cases.normal(case.question) for case in cases]
    hard = HardCandidates.of(cases.candidates, asked, tokeniser)

    def draw(place: int) -> Rows:
        random = np.random.default_rng((SEED, cases[place].number))
        return hard.draw(place, USUAL - 1, random)

    return contests_of(HARD, cases, questions, draw)


def contests_of(kind: str, cases: Cases, questions: int, draw: Callable[[int], Rows]) -> Contests:
    """Return contests of the largest size that is measured and that all questions can have; maybe none."""
    drawn = {place: draw(place).tolist() for place in cases.sample(questions).tolist()}
    most = min(map(len, drawn.values())) + 1
    size = max((number for number in RANKS if number <= most), default=0)
    if not size:
        return Contests(kind)
    return Contests(
        kind, tuple(Contest(place, (place, *wrong[: size - 1])) for place, wrong in drawn.items())
    )


def rankings_of(
    scorer: Scorer, cases: Cases, contests: Contests, few: int, stages: Stages
) -> Iterator[Ranking]:
    """Yield what a scorer gave; one that is slow ranks ten answers to some questions, all to few of them."""
    if scorer.is_quick:
        yield ranking_of(scorer, cases, contests, stages)
        return
    yield ranking_of(scorer, cases, contests.some(few, USUAL), stages)
    if contests.size > USUAL:
        yield ranking_of(scorer, cases, contests.some(FEWEST, contests.size), stages)


def ranking_of(scorer: Scorer, cases: Cases, contests: Contests, stages: Stages) -> Ranking:
    told = f"{scorer.name}, {contests.size} answers"
    scores = [
        scorer.scores(cases[contest.place], [cases[place].answer for place in contest.answers])
        for contest in stages.watched(contests.contests, told)
    ]
    values = values_of(np.array(scores, np.float64), contests.kind) if scores else {}
    places = [contest.place for contest in contests.contests]
    return Ranking(scorer.name, scorer.is_own, places, values)


def values_of(scores: npt.NDArray[np.float64], kind: str) -> dict[str, list[float]]:
    """Return recall@k of each N that scores (Q, N) allow, and the reciprocal ranks, by measure (Q,)."""
    told = "" if kind == RANDOM else f", {kind}"
    found = {}
    for number, ranks in RANKS.items():
        if number > scores.shape[1]:
            continue
        part = scores[:, :number]
        for rank in ranks:
            found[f"recall@{rank} of {number}{told}"] = hits_at_k(part, rank).tolist()
        found[f"mrr of {number}{told}"] = reciprocal_ranks(part).tolist()
    return found


def recall_measures(rankings: Sequence[Mapping[str, Any]]) -> Iterator[Measure]:
    """Yield each measure once a system, over the most questions; the first system is the trained model."""
    own = own_system(rankings)
    done: set[tuple[str, str]] = set()
    for ranking in rankings:
        system = OWN if ranking["system"] == own else ranking["system"]
        for name, values in ranking["values"].items():
            if (system, name) in done:
                continue
            done.add((system, name))
            yield Measure.mean_of(name, np.array(values), system=system, is_baseline=not ranking["is_own"])


def own_values(rankings: Sequence[Mapping[str, Any]]) -> Iterator[tuple[int, dict[str, float]]]:
    """Yield the place of a question and what the trained model's own order was worth there, by measure."""
    own = own_system(rankings)
    for ranking in rankings:
        if ranking["system"] != own:
            continue
        for row, place in enumerate(ranking["places"]):
            yield place, {name: values[row] for name, values in ranking["values"].items()}


def own_system(rankings: Sequence[Mapping[str, Any]]) -> str | None:
    return next((ranking["system"] for ranking in rankings if ranking["is_own"]), None)
