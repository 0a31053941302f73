"""What answers are worth: close to what was said, varied, sure where they are right, quick.

Each way of answering is a system of its own; the one that a bundle answers by is the trained model.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from answering.bundle import Bundle
from preprocessing.tokenisation import Tokeniser
from training.evaluation.answered import AS_SERVED, PLAIN_BEAM, Said, said
from training.evaluation.baselines import Baselines
from training.evaluation.cases import Case, Cases
from training.evaluation.diversity import Diversity, diversity_of
from training.evaluation.embedding_similarity import MEASURES, WordVectors
from training.evaluation.measure import OWN, Measure, rounded
from training.evaluation.metrics import distinct_n
from training.evaluation.overlap import (
    corpus_bleu,
    corpus_bleu_interval,
    rouge_l,
    sentence_bleu,
    sentence_chrf,
)

Values = npt.NDArray[np.float64]
Kept = Sequence[Mapping[str, Any]]
MIB = 2**20
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
class Answers:
    """What one system said to cases, in their order; a system that says nothing says an empty text."""

    system: str
    cases: Sequence[Case]
    texts: Sequence[str]
    tokeniser: Tokeniser
    is_baseline: bool = False

    @cached_property
    def tokens(self) -> list[list[str]]:
        return list(map(self.tokeniser.tokenise, self.texts))

    @cached_property
    def references(self) -> list[tuple[str, ...]]:
        return [case.references for case in self.cases]

    def closeness(self, vectors: WordVectors) -> dict[str, Values]:
        """Return by measure how close each answer is to what was really said (Q,)."""
        expected = [[self.tokeniser.tokenise(text) for text in texts] for texts in self.references]
        found = {
            "chrf": sentence_chrf(self.texts, self.references),
            "rouge-l": rouge_l(self.tokens, expected),
        }
        for name, measure in MEASURES.items():
            found[f"embedding {name}"] = measure(self.tokens, expected, vectors)
        return found

    def closeness_measures(self, vectors: WordVectors) -> Iterator[Measure]:
        low, high = corpus_bleu_interval(self.texts, self.references)
        yield self.measure(
            "bleu", corpus_bleu(self.texts, self.references), low=rounded(low), high=rounded(high)
        )
        for name, values in self.closeness(vectors).items():
            yield self.mean(name, values)

    def diversity(self, known: frozenset[str]) -> Diversity:
        return diversity_of(self.texts, self.tokens, [case.question for case in self.cases], known)

    def diversity_measures(self, known: frozenset[str]) -> Iterator[Measure]:
        found = self.diversity(known)
        for name, value in found.figures.items():
            values = found.by_question.get(name)
            better = JUDGED.get(name)
            if values is None:
                yield self.measure(name, value, larger_is_better=better)
            else:
                yield self.mean(name, values, larger_is_better=better)

    def measure(self, name: str, value: float, **told: Any) -> Measure:
        return Measure(
            name=name,
            value=rounded(value),
            samples=len(self.cases),
            system=self.system,
            is_baseline=self.is_baseline,
            **told,
        )

    def mean(self, name: str, values: Values, **told: Any) -> Measure:
        return Measure.mean_of(name, values, system=self.system, is_baseline=self.is_baseline, **told)


def answers_of(cases: Cases, kept: Kept, system: str, tokeniser: Tokeniser) -> Answers:
    found = list(map(said, kept))
    return Answers(system, [cases[one.place] for one in found], [one.text for one in found], tokeniser)


def systems_of(cases: Cases, by_mode: Mapping[str, Kept], tokeniser: Tokeniser) -> list[Answers]:
    """Return the trained model as it answers by itself, then each of its modes where there are several."""
    own = next(iter(by_mode.values()))
    found = [answers_of(cases, own, OWN, tokeniser)]
    others = list(by_mode.items())[1:]
    return [*found, *(answers_of(cases, kept, f"mode {mode}", tokeniser) for mode, kept in others)]


def baseline_answers(own: Answers, baselines: Baselines) -> Iterator[Answers]:
    """Yield what the baselines say to the same questions; nothing where no training answer is known."""
    if not baselines.training.answers:
        return
    for answerer in baselines.answerers():
        texts = [answerer.answer(own.tokeniser.tokenise(case.question)) for case in own.cases]
        yield Answers(answerer.name, own.cases, texts, own.tokeniser, is_baseline=True)


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
    yield Measure.mean_of(
        "fallbacks", np.array([not one.texts for one in own], float), larger_is_better=False
    )
    unknown = [unknown_share(one, cases[one.place], tokeniser) for one in own]
    yield Measure.mean_of("unknown words", np.array(unknown), larger_is_better=False)
    times = np.array([one.milliseconds for one in own])
    for name, place in (("p50, ms", 50), ("p95, ms", 95)):
        yield Measure(
            name=name,
            value=rounded(float(np.percentile(times, place))),
            samples=len(own),
            larger_is_better=False,
        )
    size = sum(record.bytes for part in bundle.manifest.parts for record in part.files.values())
    yield Measure(name="bundle, MiB", value=rounded(size / MIB), samples=1, larger_is_better=None)


def unknown_share(one: Said, case: Case, tokeniser: Tokeniser) -> float:
    words = [token for token in tokeniser.tokenise(case.question) if any(map(str.isalnum, token))]
    return min(len(one.unknown_words) / len(words), 1.0) if words else 0.0
