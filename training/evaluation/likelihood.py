"""How surely a generator would say what was said: perplexity a token, a word and a character, by group.

Teacher forcing on the networks that serve, so that what int8 costs is in the figures.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from answering.candidates.generated import Generator
from training.evaluation.cases import Case, Cases
from training.evaluation.measure import OWN, Measure, rounded
from training.evaluation.metrics import perplexity
from training.evaluation.scorers import answer_ids
from training.evaluation.stages import Stages

# Tokens of an answer: up to so many.
LENGTHS = (4, 9, 15)
RESAMPLES = 1000


@dataclass(frozen=True)
class Likelihood:
    """What a generator gave one true answer: nats, tokens with the end, right tokens, words, characters."""

    nats: float
    tokens: int
    right: int
    words: int
    characters: int
    source: str

    @classmethod
    def of(cls, generator: Generator, case: Case) -> "Likelihood | None":
        """Return None where the question or the answer has nothing to read."""
        tokens = generator.reader.read(case.asked()).tokens
        said = answer_ids(generator, case.answer)
        if not tokens or not said:
            return None
        [forced] = generator.forced(tokens, [said])
        written = generator.reader.tokeniser.tokenise_written(case.answer)[: len(said) - 1]
        return cls(
            nats=-sum(forced.log_probabilities),
            tokens=len(said),
            right=sum(forced.likeliest),
            words=sum(map(is_word, written)),
            characters=sum(map(len, written)),
            source=case.source,
        )

    @property
    def length(self) -> str:
        upper = next((most for most in LENGTHS if self.tokens - 1 <= most), None)
        return f"up to {upper} tokens" if upper else f"over {LENGTHS[-1]} tokens"


def is_word(token: str) -> bool:
    return any(map(str.isalnum, token))


def likelihoods_of(
    generator: Generator, cases: Cases, questions: int, stages: Stages
) -> list[dict[str, Any]]:
    places = cases.sample(questions).tolist()
    found = (Likelihood.of(generator, cases[place]) for place in stages.watched(places, "perplexity"))
    return [vars(one) for one in found if one is not None]


def likelihood_measures(found: Sequence[Mapping[str, Any]]) -> Iterator[Measure]:
    """Yield perplexities and token accuracy, over all, by source and by length of the answer."""
    everything = [Likelihood(**one) for one in found]
    if not everything:
        return
    yield ratio_measure("perplexity", everything, "tokens")
    yield ratio_measure("perplexity a word", everything, "words")
    yield ratio_measure("perplexity a character", everything, "characters")
    yield accuracy_measure(everything)
    groups: dict[str, Callable[[Likelihood], str]] = {
        "source": lambda one: one.source,
        "length": lambda one: one.length,
    }
    for kind, group_of in groups.items():
        names = dict.fromkeys(map(group_of, everything))
        if len(names) < 2:
            continue
        for name in sorted(names):
            part = [one for one in everything if group_of(one) == name]
            yield ratio_measure("perplexity", part, "tokens", group=f"{kind}: {name}")


def ratio_measure(name: str, found: Sequence[Likelihood], unit: str, group: str = "") -> Measure:
    """Return a perplexity with its bootstrap interval over answers: a ratio of sums, not a mean."""
    nats = np.array([one.nats for one in found])
    units = np.array([max(getattr(one, unit), 0) for one in found], np.float64)
    low = high = None
    if units.sum() > 0:
        drawn = np.random.default_rng(0).integers(len(found), size=(RESAMPLES, len(found)))
        ratios = nats[drawn].sum(axis=1) / np.maximum(units[drawn].sum(axis=1), 1)
        low, high = (rounded(perplexity(one, 1.0)) for one in np.quantile(ratios, [0.025, 0.975]).tolist())
    return Measure(
        name=name,
        value=rounded(perplexity(float(nats.sum()), float(max(units.sum(), 1)))),
        low=low,
        high=high,
        samples=len(found),
        system=OWN,
        larger_is_better=False,
        group=group,
    )


def accuracy_measure(found: Sequence[Likelihood]) -> Measure:
    right = sum(one.right for one in found)
    tokens = sum(one.tokens for one in found)
    return Measure(name="token accuracy", value=rounded(right / tokens), samples=len(found))
