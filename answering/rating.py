"""The third station: candidates get what they are judged by, the chance that each is right, and their order.

A generator's log-probability prefers what fits any question. Where a bundle has a dual encoder, its cosine is
added; where it has a generator that leads from answers back to questions, the log-probability of the question
(Li et al. 2016, section 3.2). How much each counts was found on held-out questions: a calibration's weights.
Of the answers that a dual encoder finds the first ones are put into order again, by how much of the talk so
far comes back in them too.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice

from answering.calibration import MIXED, Calibration
from answering.candidates.candidate import (
    ALIKE,
    COSINE,
    LEXICAL,
    REVERSE,
    SIMILARITY,
    WRITTEN,
    Candidate,
)
from answering.candidates.generated import Generator
from answering.candidates.retrieved import FittingAnswers
from answering.question import Question

# So many more than were asked for are judged: the best of them may not come first.
SPARE = 3
# Answers that are drawn where others than the generator judge them too, and how boldly. On 200 held-out
# questions to DailyDialog's rnn the best of 20 by a dual encoder was closer to what was said than the greedy
# answer (chrF 9.4, 7.1), and half as often one of the 20 most frequent ones. The way back takes longest.
DRAWN, DRAWN_FOR_REVERSE, TEMPERATURE = 20, 8, 0.8
# Found answers that are compared with the talk so far, word by word: a millisecond or two.
COMPARED = 32
# Of 300 held-out questions as many are answered well by 0.5 as by 0.9, and of those that the corpus has,
# carelessly typed, 84 in 100 instead of 12.
CONFIDENCE_OF_KNOWN, SIMILARITY_OF_KNOWN = 0.5, 0.95


@dataclass(frozen=True)
class Rating:
    """`reverse` reads an answer as its question."""

    calibrations: dict[str, Calibration]
    fitting: FittingAnswers | None = None
    reverse: Generator | None = None

    def drawing(self, question: Question) -> Question:
        """Return a question as a generator is asked it: for many answers where others judge them too.

        Sample and rank (Adiwardana et al. 2020, section 2.3). How somebody asks to search wins.
        """
        calibration = self.calibrations.get(WRITTEN)
        judges = {COSINE, REVERSE} & set(calibration.weights if calibration else ())
        if not judges or question.beam_size is not None or question.temperature is not None:
            return question
        return drawn(question, leads_back=REVERSE in judges)

    def rated(
        self, question: Question, candidates: Iterable[Candidate], first_ones: int | None = None
    ) -> Iterator[Candidate]:
        """Yield candidates of one way with scores and confidence, the surest first.

        Only the first ones are judged and put into order: a corpus has very many.
        """
        rest = iter(candidates)
        number = first_ones or question.answers + SPARE
        first = [self.judged(question, found) for found in islice(rest, number)]
        yield from sorted(first, key=surest)
        yield from (self.judged(question, found) for found in rest)

    def mixed(self, question: Question, candidates: Iterable[Candidate]) -> Iterator[Candidate]:
        """Yield found answers, the first of them in the order of cosine and overlap together."""
        weights = self.calibrations[MIXED].weights if MIXED in self.calibrations else {}
        if self.fitting is None or not {COSINE, LEXICAL} <= set(weights):
            yield from candidates
            return
        rest, overlap = iter(candidates), self.fitting.overlap
        asked = overlap.asked(question)
        first = [
            replace(found, scores={**found.scores, LEXICAL: round(overlap.of(asked, found.text), 4)})
            for found in islice(rest, COMPARED)
        ]
        yield from sorted(
            first, key=lambda found: -sum(weights[name] * found.scores[name] for name in (COSINE, LEXICAL))
        )
        yield from rest

    def judged(self, question: Question, candidate: Candidate) -> Candidate:
        calibration = self.calibrations.get(candidate.way)
        if calibration is None:
            return candidate
        scored = self.scored(question, candidate, calibration.weights)
        return replace(scored, confidence=calibration.confidence(scored.scores))

    def scored(
        self, question: Question, candidate: Candidate, wanted: Collection[str] = (COSINE, LEXICAL, REVERSE)
    ) -> Candidate:
        """Return a candidate with those further scores that are wanted and that this bundle can give."""
        scores = dict(candidate.scores)
        if COSINE in wanted and COSINE not in scores and self.fitting is not None:
            scores[COSINE] = self.fitting.cosine(question, candidate.text)
        if LEXICAL in wanted and LEXICAL not in scores and self.fitting is not None:
            scores[LEXICAL] = round(self.fitting.overlap.score(question, candidate.text), 4)
        if REVERSE in wanted and self.reverse is not None:
            scores[REVERSE] = led_back(self.reverse, question, candidate.text)
        return replace(candidate, scores=scores)


def drawn(question: Question, *, leads_back: bool) -> Question:
    """Return a question that asks for as many answers as pay to choose from."""
    number = DRAWN_FOR_REVERSE if leads_back else DRAWN
    return replace(question, answers=max(number, 2 * question.answers), temperature=TEMPERATURE)


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
