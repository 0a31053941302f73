"""Talking with a bot in a terminal: what `manage.py ask` and `manage.py chat` share."""

import logging
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import DatabaseError
from rest_framework.exceptions import ValidationError

from answering.question import MAX_ANSWERS
from api.answering import question_answer
from api.errors import describe
from api.responders import loaded_model
from api.serializers import QuestionSerializer
from api.sessions import MOST_TURNS
from preprocessing.errors import ChatbotError
from training.models import Bot
from training.models.bot import DEFAULT_BOT

logger = logging.getLogger(__name__)
Content = dict[str, Any]
# What is wrong with the question itself, not with what should answer it.
WRONG_ARGUMENT = ("invalid", "not_found")
MOST_WORDS_SHOWN = 3


class TalkError(ChatbotError):
    """A sentence for whoever asked in a terminal; `code` as in the API."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


def reply_to(question: Content, earlier: Sequence[str] = ()) -> Content:
    """Answer a question in this process, by the same rules as over HTTP.

    Raises:
        TalkError: it cannot be answered.
    """
    serializer = QuestionSerializer(data=question)
    with in_sentences():
        serializer.is_valid(raise_exception=True)
        return question_answer(question={**serializer.validated_data, "earlier": tuple(earlier)})


@contextmanager
def in_sentences() -> Iterator[None]:
    """Turn whatever goes wrong into a TalkError."""
    try:
        yield
    except Exception as error:  # runtimes raise many kinds of their own
        raise talk_error(error) from None


def talk_error(error: Exception) -> TalkError:
    described = describe(error) if isinstance(error, ChatbotError | ValidationError) else None
    if described is not None:
        return TalkError(*described)
    if isinstance(error, ChatbotError):
        return TalkError(error.code, str(error))
    if isinstance(error, DatabaseError):
        return TalkError("error", f"The database cannot be used: {error}. Make or mend it: manage.py prepare")
    logger.debug("A question failed.", exc_info=error)
    return TalkError("error", f"Something went wrong: {type(error).__name__}: {error}")


def lines_of(reply: Content, *, is_explained: bool) -> Iterator[str]:
    """Yield what a person reads of a reply: its answers, numbered where there are several, and reasons."""
    answers = reply["answers"]
    reasons = reply.get("explanation") or [{} for _ in answers]
    for number, (answer, reason) in enumerate(zip(answers, reasons, strict=True), start=1):
        yield printable(answer["text"] if len(answers) == 1 else f"{number}. {answer['text']}")
        if is_explained:
            yield from (f"    {printable(line)}" for line in reason_lines(answer, reason, reply["fallback"]))
    if is_explained and reply["unknown_words"]:
        yield printable(f"Unknown words: {', '.join(reply['unknown_words'])}")
    if is_explained and reply["truncated"]:
        yield "Only the last part of the question was read: it is longer than the trained model takes."


def reason_lines(answer: Content, reason: Content, is_fallback: bool) -> Iterator[str]:
    if is_fallback:
        yield "what the bot says where it has no answer"
        return
    told = [answer["source"]]
    if answer["confidence"] is not None:
        told.append(f"confidence {answer['confidence']:.2f}")
    told += [f"{name.replace('_', ' ')} {score:.2f}" for name, score in reason.get("scores", {}).items()]
    yield ", ".join(told)
    exchange = reason.get("exchange")
    if exchange:
        yield f"in {exchange['corpus']}, where was asked: {exchange['question']}"
    weights = sorted(zip(reason.get("falls") or (), reason.get("words") or (), strict=False), reverse=True)
    words = [f"{word} ({fall:.2f})" for fall, word in weights[:MOST_WORDS_SHOWN] if fall > 0]
    if words:
        yield f"it depends most on: {', '.join(words)}"


def printable(text: str) -> str:
    """Return a text without what would steer the terminal; line breaks and tabs stay.

    >>> printable("no \\x1b[31mred")
    'no [31mred'
    """
    return "".join(
        character for character in text if character in "\n\t" or unicodedata.category(character) != "Cc"
    )


COMMANDS = {
    "/answers": "N: show so many different answers",
    "/explain": "tell where answers come from, or no longer",
    "/model": "NAME: ask this trained model; without a name, the one that the bot answers from",
    "/bot": "NAME: ask another bot",
    "/new": "begin a new conversation",
    "/help": "show this list",
    "/quit": "end; so do Ctrl-D and Ctrl-C",
}


@dataclass
class Conversation:
    """A conversation in a terminal: its settings and what was said, which later questions are read with."""

    bot: str = DEFAULT_BOT
    model: str = ""
    answers: int = 1
    is_explained: bool = False
    is_over: bool = False
    turns: list[str] = field(default_factory=list)

    def lines_after(self, line: str) -> Iterator[str]:
        """Yield what is said to a line: to a question its answers, to a command what it did.

        Raises:
            TalkError: it cannot be answered, or is no command.
        """
        said = line.strip()
        if not said:
            return
        if said.startswith("/"):
            name, _, argument = said.partition(" ")
            yield from self.obey(name, argument.strip())
            return
        reply = reply_to(self.question(said), self.turns)
        self.turns = [*self.turns, said, reply["msg"]][-MOST_TURNS:]
        yield from lines_of(reply, is_explained=self.is_explained)

    def question(self, text: str) -> Content:
        settings = {"answers": self.answers, "explain": self.is_explained, "bot": self.bot}
        return {**settings, "message": text, **({"model": self.model} if self.model else {})}

    def obey(self, name: str, argument: str) -> Iterator[str]:
        if name not in COMMANDS:
            raise TalkError("invalid", f"There is no command {printable(name)}. /help lists those there are.")
        yield from getattr(self, f"on_{name.removeprefix('/')}")(argument)

    def on_answers(self, argument: str) -> Iterator[str]:
        number = int(argument) if argument.isascii() and argument.isdigit() and len(argument) < 4 else 0
        if not 1 <= number <= MAX_ANSWERS:
            raise TalkError("invalid", f"/answers must be followed by a number from 1 to {MAX_ANSWERS}.")
        self.answers = number
        yield "One answer from now on." if number == 1 else f"Up to {number} answers from now on."

    def on_explain(self, _: str) -> Iterator[str]:
        self.is_explained = not self.is_explained
        yield "Answers are explained from now on." if self.is_explained else "No more explanations."

    def on_model(self, argument: str) -> Iterator[str]:
        if argument:
            with in_sentences():
                loaded_model(argument)
        self.model = argument
        yield f"Trained model {argument} answers now." if argument else f"Bot {self.bot} answers as it does."

    def on_bot(self, argument: str) -> Iterator[str]:
        with in_sentences():
            names = list(Bot.objects.values_list("name", flat=True))
        if argument not in names:
            raise TalkError("not_found", f"/bot must be followed by the name of a bot: {', '.join(names)}.")
        self.bot, self.model, self.turns = argument, "", []
        yield f"Bot {argument} answers now, in a new conversation."

    def on_new(self, _: str) -> Iterator[str]:
        self.turns = []
        yield "A new conversation."

    def on_help(self, _: str) -> Iterator[str]:
        for name, told in COMMANDS.items():
            yield f"{name:9} {told}"

    def on_quit(self, _: str) -> Iterator[str]:
        self.is_over = True
        return iter(())
