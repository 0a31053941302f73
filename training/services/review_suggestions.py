"""What could be said to a question on the review list: own answers, and answers that people rated good."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models.functions import Left

from answering.finishing import letters_of
from answering.own_answers import OwnAnswers, Wording
from answering.question_groups import COMPARED_CHARACTERS
from preprocessing.errors import SettingsError
from training.models import Bot, LoggedExchange, OwnAnswer
from training.services.review_questions import AskedQuestion, exchange_key, exchanges_named

OWN_ANSWER = "own_answer:"
# How alike the questions must be, 0 to 1: a person reads the answer before the bot says it.
LEAST_ALIKE = 0.4
MOST_RATED_GOOD = 2
# Of a group, as many are compared, the ones asked most often; with as many, the newest, of each source.
COMPARED_QUESTIONS = 3
NEWEST_WORDINGS = 5_000
NEWEST_RATED_GOOD = 2_000
SHOWN_CHARACTERS = 1_000


@dataclass(frozen=True)
class Suggestion:
    """An answer and the question that has it now; `key` names its row."""

    key: str
    text: str
    question: str
    similarity: float

    @property
    def is_own_answer(self) -> bool:
        return self.key.startswith(OWN_ANSWER)

    @property
    def percent(self) -> int:
        return round(self.similarity * 100)

    def as_json(self) -> dict[str, Any]:
        return {
            "text": self.text,
            "source": "own answer" if self.is_own_answer else "rated good",
            "question": self.question,
            "similarity": round(self.similarity, 2),
        }


class AnswersToSuggest:
    """A bot's own answers, and those of its log with a good rating, for all groups of a page."""

    def __init__(self, bot: Bot) -> None:
        self._sources = [(1, Source(own_wordings(bot))), (MOST_RATED_GOOD, Source(rated_good(bot)))]

    def suggestions_to(self, questions: list[AskedQuestion]) -> list[Suggestion]:
        """Return the nearest own answer and the best others, none that was said to these questions before."""
        taken = {letters_of(answer) for asked in questions for answer in asked.answers}
        found: list[Suggestion] = []
        texts = [asked.text for asked in questions[:COMPARED_QUESTIONS]]
        for most, source in self._sources:
            nearest = [each for each in source.nearest(texts) if letters_of(each.text) not in taken][:most]
            taken |= {letters_of(suggestion.text) for suggestion in nearest}
            found += nearest
        return found


class Source:
    """Answers of one kind, by the questions that have them."""

    def __init__(self, rows: Iterable[tuple[str, str, str]]) -> None:
        """Take key, question and answer of each; of equal answers the earlier row is named."""
        self._rows: dict[str, tuple[str, str]] = {}
        wordings = []
        for key, question, answer in rows:
            wordings.append(Wording(question, answer))
            self._rows.setdefault(answer, (key, question))
        self._answers = OwnAnswers(wordings)

    def nearest(self, questions: list[str]) -> list[Suggestion]:
        """Return different answers to questions like one of these, closest first."""
        closest: dict[str, float] = {}
        for question in questions:
            for answer in self._answers.search(question[:COMPARED_CHARACTERS], 10, least=LEAST_ALIKE):
                alike = answer.scores["similarity"]
                closest[answer.text] = max(alike, closest.get(answer.text, 0.0))
        ranked = sorted(closest.items(), key=lambda item: (-item[1], item[0]))
        return [Suggestion(*self._named(text), alike) for text, alike in ranked]

    def _named(self, answer: str) -> tuple[str, str, str]:
        key, question = self._rows[answer]
        return key, answer, question


def own_wordings(bot: Bot) -> list[tuple[str, str, str]]:
    own_answers = OwnAnswer.objects.filter(bot=bot, is_on=True).order_by("-changed_at", "-pk")
    rows = [
        (f"{OWN_ANSWER}{own_answer.pk}", wording, own_answer.answer)
        for own_answer in own_answers[:NEWEST_WORDINGS]
        for wording in own_answer.wordings
    ]
    return rows[:NEWEST_WORDINGS]


def rated_good(bot: Bot) -> list[tuple[str, str, str]]:
    good = LoggedExchange.objects.filter(bot=bot, rating=1, fallback=False).order_by("-at", "-pk")
    values = good.values_list("pk", Left("question", COMPARED_CHARACTERS), Left("answer", SHOWN_CHARACTERS))
    return [(exchange_key(pk), question, answer) for pk, question, answer in values[:NEWEST_RATED_GOOD]]


def suggested_answer(bot: Bot, key: str) -> str:
    """Return the whole answer that a suggestion's key names.

    Raises:
        SettingsError: it is not there any more.
    """
    number = key.removeprefix(OWN_ANSWER)
    found = None
    if key.startswith(OWN_ANSWER) and number.isdecimal() and len(number) < 19:
        found = OwnAnswer.objects.filter(bot=bot, pk=int(number)).values_list("answer", flat=True).first()
    elif ids := exchanges_named([key]):
        rows = LoggedExchange.objects.filter(bot=bot, pk__in=ids)
        found = rows.values_list("answer", flat=True).first()
    if found is None:
        raise SettingsError(
            "A suggested answer must still exist, and this one was deleted meanwhile. Choose another one, "
            "or write it.",
            setting="answer",
        )
    return found
