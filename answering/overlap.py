"""How much of what was said comes back in an answer: the cosine of two bags of words and character n-grams.

People stay with names, numbers and rare words; a network trained on few exchanges has hardly seen those.
"""

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from answering.features import features
from answering.question import Question
from answering.retrieval import Retriever

Bag = dict[str, float]


@dataclass(frozen=True)
class Overlap:
    """`earlier_turns` before the question count as the question does."""

    retriever: Retriever
    earlier_turns: int = 0

    def score(self, question: Question, answer: str) -> float:
        """Return 0 for nothing in common, 1 for the same features as often."""
        return self.of(self.asked(question), answer)

    def of(self, asked: Bag, answer: str) -> float:
        """Return the same for a question that was asked before."""
        return product(asked, self.bag([answer]))

    def asked(self, question: Question) -> Bag:
        """Return the features of the talk so far."""
        number = min(self.earlier_turns, len(question.earlier))
        return self.bag([*question.earlier[len(question.earlier) - number :], question.text])

    def bag(self, texts: Iterable[str]) -> Bag:
        """Return the telling features of texts, to length 1; a second time one counts for less."""
        tokenise = self.retriever.tokeniser.tokenise
        counts = Counter(feature for text in texts for feature in features(tokenise(text)))
        weighed = {
            feature: weight * (1 + math.log(count))
            for feature, count in counts.items()
            if (weight := self.retriever.weight(feature))
        }
        length = math.sqrt(sum(weight * weight for weight in weighed.values()))
        return {feature: weight / length for feature, weight in weighed.items()}


def product(left: Bag, right: Bag) -> float:
    # In the order of the words, so that equal questions give equal sums.
    return sum(weight * right[feature] for feature, weight in left.items() if feature in right)
