"""How much answers differ from each other, from their questions and from what was trained on. NumPy only.

The "I don't know" problem in figures (Li et al. 2016). Q questions, each with one answer, as text and as
tokens; texts are compared whatever their case and the blanks around them.
"""

import math
from collections import Counter
from collections.abc import Callable, Container, Hashable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from preprocessing.errors import DatasetError
from training.evaluation.metrics import Values, distinct_n, grams_of

MOST_FREQUENT = 20
REPEATED = 3
Flags = npt.NDArray[np.bool_]
Tokens = Sequence[Hashable]


@dataclass(frozen=True, kw_only=True)
class Diversity:
    """Figures over all answers, and those of each question (Q,), whose means are figures too.

    `are_frequent` says which answers are among the 20 most frequent ones, `repeat` which say the same three
    tokens twice.
    """

    distinct_1: float
    distinct_2: float
    entropy_1: float
    entropy_2: float
    lengths: Values
    are_frequent: Flags
    repeat: Flags
    copy_question: Flags
    copy_training: Flags

    @property
    def figures(self) -> dict[str, float]:
        """All figures by the names that pages show."""
        return {
            "distinct-1": self.distinct_1,
            "distinct-2": self.distinct_2,
            "entropy of words": self.entropy_1,
            "entropy of pairs": self.entropy_2,
            **{name: float(values.mean()) for name, values in self.by_question.items()},
        }

    @property
    def by_question(self) -> dict[str, Values]:
        """What there is of each question (Q,), for intervals and paired tests."""
        return {
            f"share of the {MOST_FREQUENT} most frequent answers": self.are_frequent.astype(np.float64),
            "tokens an answer": self.lengths,
            "answers with a repetition": self.repeat.astype(np.float64),
            "copies of the question": self.copy_question.astype(np.float64),
            "copies of training answers": self.copy_training.astype(np.float64),
        }


def diversity_of(
    answers: Sequence[str],
    tokens: Sequence[Tokens],
    questions: Sequence[str],
    known: Container[str] | Callable[[str], bool] = frozenset(),
) -> Diversity:
    """Measure answers, given as texts and as tokens.

    Args:
        known: the answers that were trained on, each `folded_text`, or whether such a text is one of them.

    Raises:
        DatasetError: there are none, or not as many texts as tokens and questions.
    """
    if not answers or not len(answers) == len(tokens) == len(questions):
        raise DatasetError(
            "Answers must be those to at least one question, each with its tokens. Received "
            f"{len(answers):,} answers, {len(tokens):,} lists of tokens and {len(questions):,} questions. "
            "Take as many of each."
        )
    return Diversity(
        distinct_1=distinct_n(tokens, 1),
        distinct_2=distinct_n(tokens, 2),
        entropy_1=entropy_n(tokens, 1),
        entropy_2=entropy_n(tokens, 2),
        lengths=np.array([len(answer) for answer in tokens], np.float64),
        are_frequent=most_frequent(answers),
        repeat=repetitions(tokens),
        copy_question=copies_of_question(answers, questions),
        copy_training=copies_of_training(answers, known),
    )


def entropy_n(answers: Iterable[Tokens], n: int) -> float:
    """Return the entropy in nats of the n-grams of all answers (Zhang et al. 2018, Ent-n).

    Unlike distinct-n it takes how often each is said into account: e to the entropy is the number of n-grams
    that would be as varied if all were equally frequent. 0 where no answer is so long.

    >>> round(entropy_n([["a", "b"], ["a", "c"]], 1), 4)
    1.0397
    """
    counts = Counter(gram for answer in answers for gram in grams_of(answer, n))
    total = sum(counts.values())
    # Minus 0 where there is but one n-gram.
    return abs(sum(count / total * math.log(count / total) for count in counts.values()))


def most_frequent(answers: Sequence[str], number: int = MOST_FREQUENT) -> Flags:
    """Return which answers (Q,) are among the `number` most frequent texts; of equally frequent the first.

    The share of generic answers: a network that says the same to everything has 1, and so has any system
    that was asked no more than `number` questions.
    """
    folded = list(map(folded_text, answers))
    frequent = {text for text, _ in Counter(folded).most_common(number)}
    return np.array([text in frequent for text in folded], bool)


def repetitions(answers: Sequence[Tokens], n: int = REPEATED) -> Flags:
    """Return which answers (Q,) have an n-gram twice: a decoder in a loop (Holtzman et al. 2020)."""
    flags = []
    for answer in answers:
        grams = list(grams_of(answer, n))
        flags.append(len(set(grams)) < len(grams))
    return np.array(flags, bool)


def copies_of_question(answers: Sequence[str], questions: Sequence[str]) -> Flags:
    """Return which answers (Q,) say their question again and nothing else."""
    pairs = zip(map(folded_text, answers), map(folded_text, questions), strict=True)
    return np.array([bool(answer) and answer == question for answer, question in pairs], bool)


def copies_of_training(answers: Sequence[str], known: Container[str] | Callable[[str], bool]) -> Flags:
    """Return which answers (Q,) were trained on word for word: 1 for retrieval, less for what is written."""
    is_known = known if callable(known) else known.__contains__
    return np.array([bool(text) and is_known(text) for text in map(folded_text, answers)], bool)


def folded_text(text: str) -> str:
    return text.strip().casefold()
