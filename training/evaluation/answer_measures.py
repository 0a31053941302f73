"""What answers are worth: close to what was said, varied, sure where they are right, quick.

Each way of answering is a system of its own; the one that a bundle answers by is the trained model.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from answering.bundle import Bundle
from preprocessing.tokenisation import Tokeniser
from training.evaluation.answered import AS_SERVED, PLAIN_BEAM, Said, said
from training.evaluation.baselines import Baselines
from training.evaluation.cases import Case, Cases
from training.evaluation.diversity import Diversity, diversity_of
from training.evaluation.embedding_similarity import MEASURES, WordVectors
from training.evaluation.measure import OWN, Measure, rounded
from training.evaluation.metrics import Values, distinct_n, middle_of
from training.evaluation.overlap import (
    corpus_bleu,
    corpus_bleu_interval,
    rouge_l,
    sentence_bleu,
    sentence_chrf,
)
from training.evaluation.varied import FIGURES, varied_interval

Kept = Sequence[Mapping[str, Any]]
MIB = 2**20
FALLBACKS = "fallbacks"
# Whether more of a figure is better; what only tells something is not judged.
JUDGED: dict[str, bool | None] = {
    "distinct-1": True,
    "distinct-2": True,
    "entropy of words": True,
    "entropy of pairs": True,
    "share of the 20 most frequent answers": False,
    "answers with a repetition": False,
    "copies of the question": False,
}


@dataclass(frozen=True)
class Judging:
    """What answers are judged by: how they are cut, vectors of words, and the answers trained on."""

    tokeniser: Tokeniser
    vectors: WordVectors
    known: frozenset[str]


@dataclass(frozen=True)
class Answers:
    """What one system said to cases, in their order; a system that says nothing says an empty text."""

    system: str
    cases: Sequence[Case]
    texts: Sequence[str]
    judging: Judging
    is_baseline: bool = False

    @cached_property
    def tokens(self) -> list[list[str]]:
        return list(map(self.judging.tokeniser.tokenise, self.texts))

    @cached_property
    def closeness(self) -> dict[str, Values]:
        """Return by measure how close each answer is to what was really said (Q,)."""
        tokenise = self.judging.tokeniser.tokenise
        expected = [list(map(tokenise, texts)) for texts in self.references]
        found = {
            "chrf": sentence_chrf(self.texts, self.references),
            "rouge-l": rouge_l(self.tokens, expected),
        }
        for name, measure in MEASURES.items():
            found[f"embedding {name}"] = measure(self.tokens, expected, self.judging.vectors)
        return found

    @cached_property
    def diversity(self) -> Diversity:
        questions = [case.question for case in self.cases]
        return diversity_of(self.texts, self.tokens, questions, self.judging.known)

    @property
    def references(self) -> list[tuple[str, ...]]:
        return [case.references for case in self.cases]

    def measures(self) -> Iterator[Measure]:
        yield from self.closeness_measures()
        yield from self.diversity_measures()

    def closeness_measures(self) -> Iterator[Measure]:
        interval = corpus_bleu_interval(self.texts, self.references)
        yield self.measure("bleu", corpus_bleu(self.texts, self.references), interval)
        for name, values in self.closeness.items():
            yield self.mean(name, values)

    def diversity_measures(self) -> Iterator[Measure]:
        by_question = self.diversity.by_question
        for name, value in self.diversity.figures.items():
            better = JUDGED.get(name)
            if name in by_question:
                yield self.mean(name, by_question[name], larger_is_better=better)
            else:
                interval = varied_interval(self.tokens, *FIGURES[name])
                yield self.measure(name, value, interval, larger_is_better=better)

    def measure(self, name: str, value: float, interval: tuple[float, float], **told: Any) -> Measure:
        return Measure.of(name, value, interval, len(self.cases), **self.whose, **told)

    def mean(self, name: str, values: Values, **told: Any) -> Measure:
        return Measure.mean_of(name, values, **self.whose, **told)

    @property
    def whose(self) -> dict[str, Any]:
        return {"system": self.system, "is_baseline": self.is_baseline}


def answers_of(cases: Cases, kept: Kept, system: str, judging: Judging) -> Answers:
    found = list(map(said, kept))
    return Answers(system, [cases[one.place] for one in found], [one.text for one in found], judging)


def systems_of(cases: Cases, by_mode: Mapping[str, Kept], judging: Judging) -> list[Answers]:
    """Return the trained model as it answers by itself, then each of its modes where there are several."""
    own = next(iter(by_mode.values()))
    found = [answers_of(cases, own, OWN, judging)]
    others = list(by_mode.items())[1:]
    return [*found, *(answers_of(cases, kept, f"mode {mode}", judging) for mode, kept in others)]


def baseline_answers(own: Answers, baselines: Baselines) -> Iterator[Answers]:
    """Yield what the baselines say to the same questions; nothing where no training answer is known."""
    if not baselines.training.answers:
        return
    questions = [own.judging.tokeniser.tokenise(case.question) for case in own.cases]
    for answerer in baselines.answerers():
        texts = list(map(answerer.answer, questions))
        yield Answers(answerer.name, own.cases, texts, own.judging, is_baseline=True)


def several_measures(cases: Cases, several: Mapping[str, Kept], tokeniser: Tokeniser) -> Iterator[Measure]:
    """Yield how different five answers to a question are, and how close the best of them comes."""
    systems = {AS_SERVED: OWN, PLAIN_BEAM: PLAIN_BEAM}
    for way, kept in several.items():
        found = [one for one in map(said, kept) if one.texts]
        if not found:
            continue
        told = {"system": systems[way], "is_baseline": False}
        different = [distinct_n(map(tokeniser.tokenise, one.texts), 2) for one in found]
        yield Measure.mean_of("different among five: distinct-2", np.array(different), **told)
        yield Measure.mean_of("best of five: bleu", best_bleu(cases, found), **told)


def best_bleu(cases: Cases, found: Sequence[Said]) -> Values:
    """Return the BLEU of the best answer to each question (Q,)."""
    return np.array(
        [sentence_bleu(one.texts, [cases[one.place].references] * len(one.texts)).max() for one in found]
    )


def service_measures(
    own: Sequence[Said], bundle: Bundle, cases: Cases, tokeniser: Tokeniser
) -> Iterator[Measure]:
    """Yield what answering is like for who asks: fallbacks, unknown words, time; and what it takes."""
    yield Measure.mean_of(FALLBACKS, np.array([not one.texts for one in own], float), larger_is_better=False)
    unknown = [unknown_share(one, cases[one.place], tokeniser) for one in own]
    yield Measure.mean_of("unknown words", np.array(unknown), larger_is_better=False)
    yield from latency_measures(np.array([one.milliseconds for one in own]))
    size = sum(record.bytes for part in bundle.manifest.parts for record in part.files.values())
    yield Measure(name="bundle, MiB", value=rounded(size / MIB), samples=1, larger_is_better=None)


def latency_measures(milliseconds: Values) -> Iterator[Measure]:
    drawn = np.random.default_rng(0).choice(milliseconds, (1000, len(milliseconds)))
    for name, place in (("p50, ms", 50), ("p95, ms", 95)):
        interval = middle_of(np.percentile(drawn, place, axis=1), 0.95)
        value = float(np.percentile(milliseconds, place))
        yield Measure.of(name, value, interval, len(milliseconds), larger_is_better=False)


def unknown_share(one: Said, case: Case, tokeniser: Tokeniser) -> float:
    """Return the share of a question's words that are unknown; one that stands there twice counts twice."""
    words = [token for token in tokeniser.tokenise(case.question) if any(map(str.isalnum, token))]
    unknown = set(map(tokeniser.fold, one.unknown_words))
    return sum(word in unknown for word in words) / len(words) if words else 0.0
