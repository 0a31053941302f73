"""How surely a generator would say what was said: perplexity a token, a word and a character, by group.

Teacher forcing on the networks that serve, so that what int8 costs is in the figures.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Any

import numpy as np

from answering.candidates.generated import Generator
from preprocessing.normalisation import normalise
from preprocessing.subwords import SPACE
from preprocessing.tokenisation import Tokeniser
from training.evaluation.cases import Case, Cases
from training.evaluation.measure import Measure
from training.evaluation.metrics import Values, perplexity
from training.evaluation.resampling import interval_of
from training.evaluation.scorers import answer_ids
from training.evaluation.stages import Stages

# Tokens of an answer: up to so many.
LENGTHS = (4, 9, 15)
PERPLEXITIES = {
    "perplexity": "tokens",
    "perplexity a word": "words",
    "perplexity a character": "characters",
}
NATS_A_CHARACTER = "nats a character"


@dataclass(frozen=True)
class Likelihood:
    """What a generator gave the true answer at a place: nats, tokens with the end, those it would have said.

    Words and characters are counted as they are written, whatever units the network reads.
    """

    place: int
    nats: float
    tokens: int
    right: int
    words: int
    characters: int
    source: str

    @classmethod
    def of(cls, generator: Generator, words: Tokeniser, place: int, case: Case) -> "Likelihood | None":
        """Return None where the question or the answer has nothing to read; `words` are what is counted."""
        tokens = generator.reader.read(case.asked()).tokens
        said = answer_ids(generator, case.answer)
        if not tokens or not said:
            return None
        [forced] = generator.forced(tokens, [said])
        written = covered(case.answer, generator.reader.tokeniser)
        return cls(
            place=place,
            nats=-sum(forced.log_probabilities),
            tokens=len(said),
            right=sum(forced.likeliest),
            words=sum(any(map(str.isalnum, token)) for token in words.cut(written)),
            characters=len("".join(written.split())),
            source=case.source,
        )

    @property
    def length(self) -> str:
        upper = next((most for most in LENGTHS if self.tokens - 1 <= most), None)
        return f"up to {upper} tokens" if upper else f"over {LENGTHS[-1]} tokens"


def covered(answer: str, tokeniser: Tokeniser) -> str:
    """Return as much of an answer as a network learned of it: long ones are cut."""
    tokens = tokeniser.tokenise_written(answer)
    normal = normalise(answer, tokeniser.settings)
    if len(tokens) <= tokeniser.settings.max_answer_length:
        return normal
    letters = "".join(tokens[: tokeniser.settings.max_answer_length]).replace(SPACE, "")
    ends = accumulate(not sign.isspace() for sign in normal)
    return normal[: sum(end <= len(letters) for end in ends)]


def in_words(tokeniser: Tokeniser) -> Tokeniser:
    """Return what cuts the same texts into words, in whatever smaller units a network reads them."""
    return Tokeniser(replace(tokeniser.settings, units="words"), tokeniser.resources)


def likelihoods_of(
    generator: Generator, cases: Cases, questions: int, stages: Stages
) -> list[dict[str, Any]]:
    places, words = cases.sample(questions).tolist(), in_words(generator.reader.tokeniser)
    found = (
        Likelihood.of(generator, words, place, cases[place]) for place in stages.watched(places, "perplexity")
    )
    return [vars(one) for one in found if one is not None]


def likelihood_measures(found: Sequence[Mapping[str, Any]]) -> Iterator[Measure]:
    """Yield perplexities and token accuracy, over all, by source and by length of the answer."""
    everything = [Likelihood(**one) for one in found]
    if not everything:
        return
    for name, unit in PERPLEXITIES.items():
        yield perplexity_measure(name, everything, unit)
    told = np.array(list(nats_by_place(found).values()))
    yield Measure.mean_of(NATS_A_CHARACTER, told, larger_is_better=False)
    yield accuracy_measure(everything)
    for group, part in groups_of(everything):
        yield perplexity_measure("perplexity", part, "tokens", group=group)


def groups_of(everything: Sequence[Likelihood]) -> Iterator[tuple[str, list[Likelihood]]]:
    """Yield the answers by source and by length, where they differ in it."""
    kinds: dict[str, Callable[[Likelihood], str]] = {
        "source": lambda one: one.source,
        "length": lambda one: one.length,
    }
    for kind, group_of in kinds.items():
        groups: dict[str, list[Likelihood]] = {}
        for one in everything:
            groups.setdefault(group_of(one), []).append(one)
        if len(groups) > 1:
            yield from ((f"{kind}: {name}", part) for name, part in sorted(groups.items()))


def nats_by_place(found: Sequence[Mapping[str, Any]]) -> dict[int, float]:
    """Return how surprising each answer was: of question by question, what can be compared with others."""
    return {one["place"]: one["nats"] / max(one["characters"], 1) for one in found}


def perplexity_measure(name: str, found: Sequence[Likelihood], unit: str, group: str = "") -> Measure:
    """Return a perplexity with its bootstrap interval over answers: a ratio of sums, not a mean."""
    sums = np.array([(one.nats, getattr(one, unit)) for one in found], np.float64)
    return ratio_measure(name, sums, perplexity_of, larger_is_better=False, group=group)


def perplexity_of(sums: Values) -> float:
    nats, units = sums.tolist()
    return perplexity(nats, max(units, 1.0))


def accuracy_measure(found: Sequence[Likelihood]) -> Measure:
    sums = np.array([(one.right, one.tokens) for one in found], np.float64)
    return ratio_measure("token accuracy", sums, lambda of_all: float(of_all[0] / of_all[1]))


def ratio_measure(name: str, sums: Values, ratio: Callable[[Values], float], **told: Any) -> Measure:
    return Measure.of(name, ratio(sums.sum(axis=0)), interval_of(ratio, sums), len(sums), **told)
