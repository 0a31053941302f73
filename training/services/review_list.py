"""A bot's review list: questions that were answered badly or not at all, grouped by how alike they are."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from answering.question_groups import alike_groups
from training.models import Bot
from training.services.review_questions import DEFAULT_DAYS, AskedQuestion, Reason, asked_questions
from training.services.review_suggestions import Suggestion

MOST_ANSWERS_SHOWN = 3


@dataclass(frozen=True)
class ReviewGroup:
    """Questions to be answered together, the one asked most often first."""

    questions: list[AskedQuestion]

    @property
    def times(self) -> int:
        return sum(asked.times for asked in self.questions)

    @property
    def last_at(self) -> datetime:
        return max(asked.last_at for asked in self.questions)

    @property
    def fallbacks(self) -> int:
        return sum(asked.fallbacks for asked in self.questions)

    @property
    def bad_ratings(self) -> int:
        return sum(asked.bad_ratings for asked in self.questions)

    @property
    def lowest_confidence(self) -> float | None:
        lowest = (asked.lowest_confidence for asked in self.questions)
        return min((found for found in lowest if found is not None), default=None)

    @property
    def reasons_in_words(self) -> list[str]:
        counted = ((self.fallbacks, "fallback"), (self.bad_ratings, "bad rating"))
        words = [f"{number:,} {noun}{'' if number == 1 else 's'}" for number, noun in counted if number]
        lowest = self.lowest_confidence
        return words if lowest is None else [*words, f"confidence {lowest:.2f}"]

    @property
    def answers(self) -> list[tuple[str, int]]:
        """What was said, other than the fallback sentence, and how often."""
        said: Counter[str] = Counter()
        for asked in self.questions:
            said.update(asked.answers)
        return sorted(said.items(), key=lambda item: (-item[1], item[0]))[:MOST_ANSWERS_SHOWN]

    def as_json(self, suggestions: Iterable[Suggestion]) -> dict[str, Any]:
        return {
            "questions": [
                {"text": asked.text, "times": asked.times, "key": asked.key} for asked in self.questions
            ],
            "times": self.times,
            "last_at": self.last_at.isoformat(),
            "fallbacks": self.fallbacks,
            "bad_ratings": self.bad_ratings,
            "lowest_confidence": self.lowest_confidence,
            "answers": [{"text": text, "times": times} for text, times in self.answers],
            "suggestions": [suggestion.as_json() for suggestion in suggestions],
        }


def review_groups(
    bot: Bot, *, days: int = DEFAULT_DAYS, reasons: frozenset[Reason] = frozenset(Reason)
) -> list[ReviewGroup]:
    """Return the groups that wait for a review, those asked most often and then latest first."""
    asked = asked_questions(bot, days=days, reasons=reasons)
    together = alike_groups([question.text for question in asked])
    groups = [ReviewGroup([asked[place] for place in places]) for places in together]
    return sorted(groups, key=lambda group: (group.times, group.last_at), reverse=True)
