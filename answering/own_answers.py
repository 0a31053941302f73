"""Answers that people wrote themselves: found by their questions at once, without an index on disk."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from answering.features import features, is_telling, similarity
from answering.finishing import letters_of
from answering.question import Answer
from preprocessing.text_settings import TextSettings
from preprocessing.tokenisation import Tokeniser

OWN = "own"
# How alike a question must be to one of the wordings, from 0 to 1.
LEAST_SIMILARITY = 0.7
# Wordings that share most with a question are compared with it.
COMPARED = 50


@dataclass(frozen=True)
class Wording:
    """One way to ask, and what is answered then."""

    question: str
    answer: str


class OwnAnswers:
    """Wordings in memory: some ten thousand are found in a millisecond."""

    def __init__(self, wordings: Sequence[Wording], settings: TextSettings | None = None) -> None:
        self._tokeniser = Tokeniser((settings or TextSettings()).for_retrieval())
        self._wordings = wordings
        self._by_letters = {letters_of(wording.question): wording for wording in reversed(wordings)}
        features_of = [self._telling(wording.question) for wording in wordings]
        counts = Counter(feature for found in features_of for feature in set(found))
        self._weights = {feature: math.log1p(len(wordings) / count) for feature, count in counts.items()}
        self._bags = [self._bag(found) for found in features_of]
        self._places: dict[str, list[int]] = {}
        for place, bag in enumerate(self._bags):
            for feature in bag:
                self._places.setdefault(feature, []).append(place)

    def search(self, question: str, number: int, *, least: float = LEAST_SIMILARITY) -> list[Answer]:
        """Return up to `number` answers to the same question or one as like it as `least`, closest first."""
        same = self._by_letters.get(letters_of(question))
        if same is not None and number == 1:
            return [answer_of(same, 1.0)]
        ranked = sorted(self._compared(question, least), reverse=True)
        found = {letters_of(same.answer): answer_of(same, 1.0)} if same is not None else {}
        for alike, place in ranked:
            wording = self._wordings[-place]
            found.setdefault(letters_of(wording.answer), answer_of(wording, alike))
        return list(found.values())[:number]

    def _compared(self, question: str, least: float) -> Iterable[tuple[float, int]]:
        """Yield similarity and negated place of those that are alike enough."""
        bag = self._bag(self._telling(question))
        shared: Counter[int] = Counter()
        for feature, weight in bag.items():
            for place in self._places.get(feature, ()):
                shared[place] += weight  # type: ignore[assignment]  # typeshed knows counters of int only
        for place, _ in shared.most_common(COMPARED):
            alike = similarity(bag, self._bags[place])
            if alike >= least:
                yield round(alike, 4), -place

    def _telling(self, text: str) -> list[str]:
        return [feature for feature in features(self._tokeniser.tokenise(text)) if is_telling(feature)]

    def _bag(self, found: Iterable[str]) -> dict[str, float]:
        """Return each feature's weight times how often it is there; what no wording has weighs most."""
        highest = math.log1p(len(self._wordings))
        return {
            feature: self._weights.get(feature, highest) * times for feature, times in Counter(found).items()
        }


def answer_of(wording: Wording, alike: float) -> Answer:
    """Return it; only where question and wording are the same it is sure."""
    return Answer(wording.answer, None, 1.0 if alike == 1 else None, OWN, scores={"similarity": alike})
