"""What is asked in a blind comparison: the lines of a text, held-out questions, or logged ones."""

from collections.abc import Iterable, Sequence

from preprocessing.dataset import Dataset as DatasetFiles
from preprocessing.errors import DatasetError, SettingsError
from training.models import Bot, Dataset, LoggedExchange

# What one person goes through in an hour, and two trained models answer in seconds.
MOST_QUESTIONS = 200
DEFAULT_QUESTIONS = 50
MOST_CHARACTERS = 10_000
# The same question is asked of a bot again and again: so many lines of its log are read for one question.
LOGGED_FOR_ONE = 20
REPLACEMENT = "\ufffd"


def questions_of_text(text: str) -> list[str]:
    """Return the lines of a text, each once.

    Raises:
        SettingsError: there is none, or one is too long, or they are too many.
    """
    return require_questions(text.splitlines())


def questions_of_dataset(dataset: Dataset, number: int = DEFAULT_QUESTIONS) -> list[str]:
    """Return questions that training on the dataset never saw, spread evenly over its test split.

    Where that is empty they are those of its validation split.

    Raises:
        DatasetError: its files are damaged, or nothing was held out.
    """
    require_number(number)
    files = DatasetFiles.open(dataset.location)
    for split in ("test", "validation"):
        texts = (files.question_text(row) for row in files.indices(split).tolist())
        found = distinct(text for text in texts if len(text) <= MOST_CHARACTERS)
        if found:
            return spread(found, number)
    raise DatasetError(
        f"A dataset must have held-out questions. {dataset} trains on all of its exchanges, as it does "
        "under 500. Write the questions instead, or take a larger dataset."
    )


def questions_of_log(bot: Bot, number: int = DEFAULT_QUESTIONS) -> list[str]:
    """Return the latest different questions that a bot was asked, as far as its log is kept.

    Raises:
        SettingsError: the log holds none.
    """
    require_number(number)
    logged = LoggedExchange.objects.filter(bot=bot).order_by("-at").values_list("question", flat=True)
    found = distinct(logged[: number * LOGGED_FOR_ONE])[:number]
    if not found:
        raise SettingsError(
            f"The log of bot {bot} must hold questions. It is empty. Write the questions instead, or let "
            "the bot keep its log for some days.",
            setting="bot",
        )
    return found


def require_questions(questions: Iterable[str]) -> list[str]:
    """Return what can be asked and kept, each once."""
    found = distinct(map(storable, questions))
    if not 1 <= len(found) <= MOST_QUESTIONS:
        raise SettingsError(
            f"A blind comparison must have 1 to {MOST_QUESTIONS} different questions. "
            f"Received {len(found):,}. {'Leave some out' if found else 'Write one a line'}.",
            setting="questions",
        )
    for number, question in enumerate(found, start=1):
        if len(question) > MOST_CHARACTERS:
            raise SettingsError(
                f"A question must have at most {MOST_CHARACTERS:,} characters. Question {number} has "
                f"{len(question):,}. Shorten it.",
                setting="questions",
            )
    return found


def require_number(number: int) -> None:
    if not 1 <= number <= MOST_QUESTIONS:
        raise SettingsError(
            f"The number of questions must be from 1 to {MOST_QUESTIONS}. Received {number}.",
            setting="number",
        )


def distinct(questions: Iterable[str]) -> list[str]:
    """Return the questions that are not blank, each once, in their order."""
    return list(dict.fromkeys(filter(None, map(str.strip, questions))))


def spread(questions: Sequence[str], number: int) -> list[str]:
    """Return `number` of the questions, evenly far from each other; all where they are no more.

    >>> spread("abcdefg", 3)
    ['a', 'c', 'e']
    """
    taken = min(number, len(questions))
    return [questions[place * len(questions) // taken] for place in range(taken)]


def storable(text: str) -> str:
    """Return a text that every database takes: no NUL and no half of a surrogate pair."""
    return text.replace("\0", REPLACEMENT).encode("utf-8", "replace").decode("utf-8")
