"""The third station: candidates get what they are judged by, the chance that each is right, and their order.

A generator's log-probability prefers what fits any question. Where a bundle has a dual encoder, its cosine is
added; where it has a generator that leads from answers back to questions, the log-probability of the question
(Li et al. 2016, section 3.2). How much each counts was found on held-out questions: a calibration's weights.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice

from answering.calibration import Calibration
from answering.candidates.candidate import ALIKE, COSINE, REVERSE, SIMILARITY, Candidate
from answering.candidates.generated import Generator
from answering.candidates.retrieved import FittingAnswers
from answering.question import Question

# So many more than were asked for are judged: the best of them may not come first.
SPARE = 3
# Of 300 held-out questions as many are answered well by 0.5 as by 0.9, and of those that the corpus has,
# carelessly typed, 84 in 100 instead of 12.
CONFIDENCE_OF_KNOWN, SIMILARITY_OF_KNOWN = 0.5, 0.95


@dataclass(frozen=True)
class Rating:
    """`reverse` reads an answer as its question."""

    calibrations: dict[str, Calibration]
    fitting: FittingAnswers | None = None
    reverse: Generator | None = None

    def rated(self, question: Question, candidates: Iterable[Candidate]) -> Iterator[Candidate]:
        """Yield candidates of one way with scores and confidence, the surest first.

        Only the first ones are judged and put into order: a corpus has very many.
        """
        rest = iter(candidates)
        first = [self.judged(question, found) for found in islice(rest, question.answers + SPARE)]
        yield from sorted(first, key=surest)
        yield from (self.judged(question, found) for found in rest)

    def judged(self, question: Question, candidate: Candidate) -> Candidate:
        calibration = self.calibrations.get(candidate.way)
        if calibration is None:
            return candidate
        scored = self.scored(question, candidate, calibration.weights)
        return replace(scored, confidence=calibration.confidence(scored.scores))

    def scored(
        self, question: Question, candidate: Candidate, wanted: Collection[str] = (COSINE, REVERSE)
    ) -> Candidate:
        """Return a candidate with those further scores that are wanted and that this bundle can give."""
        scores = dict(candidate.scores)
        if COSINE in wanted and COSINE not in scores and self.fitting is not None:
            scores[COSINE] = self.fitting.cosine(question, candidate.text)
        if REVERSE in wanted and self.reverse is not None:
            scores[REVERSE] = led_back(self.reverse, question, candidate.text)
        return replace(candidate, scores=scores)


def led_back(reverse: Generator, question: Question, answer: str) -> float:
    """Return the mean log-probability a token of the question, given the answer."""
    given = reverse.reader.read(Question(text=answer)).tokens
    asked = reverse.reader.read(Question(text=question.text)).tokens
    if not given or not asked:
        return 0.0
    return round(reverse.score(given, reverse.reader.encode(asked)), 4)


def surest(candidate: Candidate) -> tuple[int, float]:
    """Return what sorts the surest first, and leaves the order as it is where nothing tells.

    The answer to a question that is as good as known comes first, to one that is merely alike last: how alike
    questions are does not tell how well an answer fits.
    """
    if candidate.way == ALIKE:
        return 0 if is_known(candidate) else 2, -(candidate.confidence or 0.0)
    return 1, -(candidate.confidence or 0.0)


def is_known(candidate: Candidate) -> bool:
    """Whether a found exchange has the very question, maybe worded or typed a little otherwise."""
    if candidate.way != ALIKE:
        return False
    if candidate.confidence is None:
        return candidate.scores[SIMILARITY] >= SIMILARITY_OF_KNOWN
    return candidate.confidence >= CONFIDENCE_OF_KNOWN
