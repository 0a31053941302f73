"""Golden questions: written and checked here, asked, and their answers judged."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from answering.asking import FirstAnswer
from answering.finishing import letters_of
from preprocessing.errors import SettingsError
from preprocessing.text_search import TextSearch
from training.models import Bot, GoldenQuestion
from training.services.asking import ask_bundle

MOST_QUESTIONS = 1000
MOST_CHARACTERS = 10_000
LONGEST_QUESTION = 1000
# What databases and networks do not take.
UNWRITABLE = re.compile("[\0\ud800-\udfff]")


@dataclass(frozen=True)
class GoldenAnswer:
    """What was said to a golden question, and what is wrong with it: nothing where it passes."""

    golden: GoldenQuestion
    answer: str
    objection: str

    @property
    def passed(self) -> bool:
        return not self.objection


# Judging


def objection(golden: GoldenQuestion, answer: str) -> str:
    """Return what is wrong with an answer, in words.

    Where there are acceptable answers it must be one of them, whatever its case, punctuation and spaces; else
    it must have all wanted words. Words that must not occur never may.
    """
    for word in golden.unwanted_words:
        if has_words(answer, word):
            return f"has {word}"
    if golden.acceptable_answers:
        acceptable = {letters_of(normal(text)) for text in golden.acceptable_answers}
        return "" if letters_of(normal(answer)) in acceptable else "is no acceptable answer"
    missing = [word for word in golden.wanted_words if not has_words(answer, word)]
    return f"lacks {', '.join(missing)}" if missing else ""


def has_words(answer: str, words: str) -> bool:
    """Say whether a word or phrase is in an answer: as whole words, in Chinese and Japanese anywhere."""
    return TextSearch([normal(words)]).finds(normal(answer))


def normal(text: str) -> str:
    """Return a text in which full and half width, and each way to write an accent, are the same."""
    return unicodedata.normalize("NFKC", text).casefold()


# Asking


def golden_questions_of(bot: Bot) -> list[GoldenQuestion]:
    """Return those that are asked, in the order in which they were written."""
    return list(GoldenQuestion.objects.filter(bot=bot, is_on=True).order_by("pk"))


def golden_answers(*, bot: Bot, directory: Path, questions: Sequence[GoldenQuestion]) -> list[GoldenAnswer]:
    """Ask a bundle as the bot would ask it, without the own answers: it is the bundle that is tried.

    Raises:
        BundleError: it does not answer.
    """
    said = ask_bundle(directory, [golden.question for golden in questions], bot.language)
    texts = [as_said(bot, answer) for answer in said]
    return [
        GoldenAnswer(golden, text, objection(golden, text))
        for golden, text in zip(questions, texts, strict=True)
    ]


def as_said(bot: Bot, answer: FirstAnswer) -> str:
    """Return what a person would read: the fallback sentence where nothing is found or it is too unsure."""
    is_unsure = answer.confidence is not None and answer.confidence < bot.threshold
    return bot.fallback if answer.text is None or is_unsure else UNWRITABLE.sub("\ufffd", answer.text)


# Writing


def golden_question_check(golden: GoldenQuestion) -> None:
    """Refuse what cannot be asked or judged; the error's `setting` is the field to mark.

    Raises:
        SettingsError: the question or all that could be expected is missing, or a text is too long.
    """
    golden.question = " ".join(golden.question.split())
    texts = {
        "question": (golden.question, LONGEST_QUESTION),
        "acceptable": (golden.acceptable, MOST_CHARACTERS),
        "must_occur": (golden.must_occur, MOST_CHARACTERS),
        "must_not_occur": (golden.must_not_occur, MOST_CHARACTERS),
    }
    for name, (text, most) in texts.items():
        check_text(name, text, most)
    if not golden.question:
        raise SettingsError("A golden question must have a question; question: is empty.", setting="question")
    if not (golden.acceptable_answers or golden.wanted_words or golden.unwanted_words):
        raise SettingsError(
            "A golden question must say what is expected: acceptable answers, words that must occur, or "
            "words that must not. All three are empty; fill one in.",
            setting="acceptable",
        )


def check_text(name: str, text: str, most: int) -> None:
    if len(text) > most:
        raise SettingsError(
            f"{name}: must have at most {most:,} characters; has {len(text):,}.", setting=name
        )
    if UNWRITABLE.search(text):
        raise SettingsError(
            f"{name}: must be whole Unicode without NUL characters; this is not.", setting=name
        )


def golden_question_save(*, golden: GoldenQuestion) -> GoldenQuestion:
    """Write a new or changed golden question.

    Raises:
        SettingsError: it cannot be asked or judged, or the bot has too many.
    """
    golden_question_check(golden)
    if golden.pk is None and GoldenQuestion.objects.filter(bot_id=golden.bot_id).count() >= MOST_QUESTIONS:
        raise SettingsError(
            f"A bot may have {MOST_QUESTIONS:,} golden questions, all of which each new trained model is "
            "asked. Delete some first.",
            setting="question",
        )
    golden.save()
    return golden
