"""Questions that are alike, together: each joins the group whose leader it is most like, or leads its own."""

import math
from collections import Counter
from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from answering.features import features, is_telling
from preprocessing.text_settings import TextSettings
from preprocessing.tokenisation import Tokeniser

# How alike a question must be to the leader of a group, from 0 to 1: below what an own answer asks for (0.7),
# since a person looks at each.
LEAST_ALIKE = 0.6
MOST_TOGETHER = 50
# What follows makes no question more like another one, and a long text must not take long.
COMPARED_CHARACTERS = 200


def alike_groups(
    questions: Sequence[str], *, least: float = LEAST_ALIKE, most: int = MOST_TOGETHER
) -> list[list[int]]:
    """Return the questions' places, a group each, its leader first; earlier questions lead.

    The same questions in the same order always give the same groups. A group of `most` takes no more.

    >>> alike_groups(["When do you open?", "Where are you?", "wen do you open", "where are you"])
    [[0, 2], [1, 3]]
    """
    compared = ComparedQuestions(questions)
    can_lead = np.zeros(len(questions), dtype=bool)
    groups: dict[int, list[int]] = {}
    for place in range(len(questions)):
        alike = np.where(can_lead, compared.similarities(place), 0.0)
        leader = int(alike.argmax())
        if alike[leader] >= least:
            groups[leader].append(place)
        else:
            leader = place
            groups[place] = [place]
        can_lead[leader] = len(groups[leader]) < most
    return list(groups.values())


class ComparedQuestions:
    """All questions' features in arrays: one question is compared with all others in some microseconds.

    It gives what `answering.features.similarity` gives for bags in which rare features weigh more. A feature
    that is there twice is two features, so that what two questions share is the sum over equal ones.
    """

    def __init__(self, questions: Sequence[str]) -> None:
        self._number = len(questions)
        tokeniser = Tokeniser(TextSettings().for_retrieval())
        numbers: dict[tuple[str, int], int] = {}
        counts: Counter[str] = Counter()
        self._features: list[NDArray[np.int64]] = []
        for question in questions:
            tokens = tokeniser.tokenise(question[:COMPARED_CHARACTERS])
            times = Counter(feature for feature in features(tokens) if is_telling(feature))
            counts.update(times.keys())
            repeated = [(feature, nth) for feature, number in times.items() for nth in range(number)]
            ids = [numbers.setdefault(feature, len(numbers)) for feature in repeated]
            self._features.append(np.array(ids, dtype=np.int64))
        weights = [self.weight_for(counts[feature]) for feature, _ in numbers]
        self._weights = np.array(weights, dtype=np.float64)
        self._totals = np.array([self._weights[ids].sum() for ids in self._features])

    def weight_for(self, questions: int) -> float:
        """Return what a feature weighs that so many of the questions have."""
        return math.log1p(self._number / questions)

    @cached_property
    def _questions_with(self) -> list[NDArray[np.int64]]:
        """The places of the questions that have a feature, for each feature."""
        ids = np.concatenate(self._features)
        places = np.repeat(np.arange(len(self._features)), list(map(len, self._features)))
        ends = np.cumsum(np.bincount(ids, minlength=len(self._weights)))
        return np.split(places[np.argsort(ids, kind="stable")], ends[:-1])

    def similarities(self, place: int) -> NDArray[np.float64]:
        """Return how alike each question is to the one at `place`, 0 to 1; 0 to one without any feature."""
        ids = self._features[place]
        if not len(ids):
            return np.zeros(len(self._features))
        found = [self._questions_with[number] for number in ids]
        weights = np.repeat(self._weights[ids], list(map(len, found)))
        common = np.bincount(np.concatenate(found), weights, minlength=len(self._features))
        similar: NDArray[np.float64] = 2 * common / (self._totals + self._totals[place])
        return similar
