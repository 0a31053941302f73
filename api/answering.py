"""The service behind every way to ask: the question endpoint, the chat page, other programs' protocols."""

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from typing import Any

from django.utils import timezone

from answering.finishing import letters_of
from answering.keeper import Loaded
from answering.origin import origin_of
from answering.question import Answer, Question, Reply
from answering.responder import Responder
from api.admission import admission
from api.answer_ids import new_id
from api.asker import Asker
from api.conversation_log import conversation_log
from api.own_answers import own_answers_to
from api.responders import is_refused, loaded_for, loaded_model
from api.sessions import Session
from training.errors import NoActiveModelError
from training.models import Bot, LoggedExchange

NO_MODEL = (
    "This bot has no trained model yet. Start a training in the admin (Datasets, Train) or with "
    "`manage.py train`, or wait where one is running."
)
# Fields of a request that are a question's own.
SETTINGS = ("mode", "answers", "beam_size", "temperature", "top_k", "top_p", "seed", "max_tokens")
SHOWN = ("text", "score", "confidence", "source")
Content = dict[str, Any]


def question_answer(*, question: Content, asker: Asker | None = None, was_let_in: bool = False) -> Content:
    """Answer a validated question with what the bot's active trained model says.

    Args:
        was_let_in: whether the caller has a place in `admission` already.

    Raises:
        ApiError: the bot or the trained model does not exist, or the key may not ask it.
        NoActiveModelError: nothing answers for the bot yet.
        ModeError: its trained model cannot answer in this mode.
    """
    asked = replace(Asked.of(question, asker or Asker()), was_let_in=was_let_in)
    return asked.content(asked.reply())


def question_events(*, question: Content, asker: Asker | None = None) -> Iterator[str | Content]:
    """Yield what is added to the answer's text while it is written, then what `question_answer` returns.

    All that can be wrong with a question is raised before the first one.
    """
    asked = Asked.of(question, asker or Asker())
    return asked.events()


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A question on its way: who is asked, by whom, and what went before."""

    bot: Bot
    loaded: Loaded
    question: Question
    asker: Asker
    # That of the answer.
    id: str
    session: Session | None = None
    session_is_lost: bool = False
    is_explained: bool = False
    # Whether it has a place in `admission`, and so waits for its turns however long.
    was_let_in: bool = False
    started: float = field(default_factory=time.perf_counter)

    @classmethod
    def of(cls, given: Content, asker: Asker) -> "Asked":
        started = time.perf_counter()
        bot = asker.bot(given["bot"])
        loaded = loaded_model(given["model"]) if given.get("model") else loaded_for(bot.name)
        if loaded is None:
            raise NoActiveModelError(why_nothing_answers(bot))
        session = Session.of(given["session"], asker.user_id, bot.pk) if given.get("session") else None
        turns = session.turns() if session else given.get("earlier", ())
        settings = {name: given[name] for name in SETTINGS if given.get(name) is not None}
        return cls(
            bot=bot,
            loaded=loaded,
            question=Question(text=given["message"], earlier=turns or (), language=bot.language, **settings),
            asker=asker,
            id=new_id(asker.user_id, bot.pk, given["message"]),
            session=session,
            session_is_lost=turns is None,
            is_explained=bool(given.get("explain")),
            started=started,
        )

    def reply(self) -> Reply:
        return self.reply_with(self.own_answers())

    def reply_with(self, own: list[Answer]) -> Reply:
        if len(own) >= self.question.answers:
            return self.own_reply(own)
        return self.finished(own, self.known() or self.found())

    def known(self) -> Reply | None:
        """Return what this trained model answered before: for that nobody has to wait."""
        responder = self.loaded.responder
        return responder.known(self.question) if isinstance(responder, Responder) else None

    def found(self) -> Reply:
        with self.turn():
            return self.loaded.responder.answer(self.question)

    def turn(self) -> AbstractContextManager[None]:
        return admission.further_turn() if self.was_let_in else admission.turn()

    def events(self) -> Iterator[str | Content]:
        responder, own = self.loaded.responder, self.own_answers()
        known = self.known()
        # What was streamed cannot be taken back: a bot that may rather say its fallback decides first.
        if own or known or self.bot.threshold or not isinstance(responder, Responder):
            reply = self.finished(own, known) if known else self.reply_with(own)
            yield from self.told_at_once(reply)
            return
        said = ""
        for event in admission.in_turns(responder.stream(self.question)):
            if isinstance(event, Reply):
                reply = self.finished(own, event)
                text = self.answers(reply)[0].text
                yield from parts(text.removeprefix(said)) if text.startswith(said) else ()
                yield replace(self, was_let_in=True).content(reply)
            elif event.startswith(said) and event != said:
                yield event[len(said) :]
                said = event

    def told_at_once(self, reply: Reply) -> Iterator[str | Content]:
        yield from parts(self.answers(reply)[0].text)
        yield self.content(reply)

    def own_answers(self) -> list[Answer]:
        return own_answers_to(self.bot, self.question)

    def own_reply(self, own: list[Answer]) -> Reply:
        """Return a reply for which no network was needed."""
        return Reply(answers=own, language=self.question.language_among(), unknown_words=[])

    def finished(self, own: list[Answer], reply: Reply) -> Reply:
        """Return a reply in which own answers come first and nothing unsure is said."""
        letters = {letters_of(answer.text) for answer in own}
        found = [answer for answer in reply.answers if letters_of(answer.text) not in letters]
        answers = [*own, *(answer for answer in found if self.is_sure(answer))][: self.question.answers]
        return Reply(
            answers=answers,
            language=reply.language,
            truncated=reply.truncated,
            unknown_words=reply.unknown_words,
        )

    def is_sure(self, answer: Answer) -> bool:
        return answer.confidence is None or answer.confidence >= self.bot.threshold

    def answers(self, reply: Reply) -> list[Answer]:
        # What the bot says where it knows nothing was written by a person.
        return reply.answers or [Answer(self.bot.fallback, None, None, "own")]

    def content(self, reply: Reply) -> Content:
        """Return the contract's content, and remember and log the exchange."""
        answers = self.answers(reply)
        explanation = self.explanation(answers)
        is_lost = self.session is not None and not self.remembered(answers[0])
        content = {
            "rc": 0,
            "msg": answers[0].text,
            "answers": [{name: getattr(answer, name) for name in SHOWN} for answer in answers],
            "id": self.id,
            "bot": self.bot.name,
            "model": self.loaded.reference.name,
            "language": reply.language,
            "fallback": reply.fallback,
            "truncated": reply.truncated,
            "unknown_words": reply.unknown_words,
            **self.session_content(is_lost),
            **explanation,
            "elapsed_ms": round((time.perf_counter() - self.started) * 1000),
        }
        self.log(content)
        return content

    def remembered(self, answer: Answer) -> bool:
        assert self.session is not None
        return not self.session_is_lost and self.session.add(self.question.text, answer.text)

    def session_content(self, is_lost: bool) -> Content:
        return {"session": self.session.id, "session_degraded": is_lost} if self.session else {}

    def explanation(self, answers: list[Answer]) -> Content:
        responder = self.loaded.responder
        if not self.is_explained or not isinstance(responder, Responder):
            return {}
        # Looking into the network takes longer than the answer did.
        with self.turn():
            return {"explanation": [origin_of(responder, self.question, answer) for answer in answers]}

    def log(self, content: Content) -> None:
        best = content["answers"][0]
        conversation_log.note(
            LoggedExchange(
                id=content["id"],
                bot=self.bot,
                model_name=content["model"],
                session=self.session.key if self.session else "",
                asked_by_id=self.asker.user_id,
                question=self.question.text,
                answer=best["text"],
                source=best["source"],
                confidence=best["confidence"],
                fallback=content["fallback"],
                milliseconds=content["elapsed_ms"],
                at=timezone.now(),
            )
        )


def why_nothing_answers(bot: Bot) -> str:
    if bot.active is None:
        return NO_MODEL
    if not is_refused(bot.name):
        return f"The trained model {bot.active} is being loaded. Ask again in some seconds."
    return (
        f"The trained model {bot.active} cannot be loaded, and nothing else answers for this bot; the log "
        f"says why. Activate another one, or the one before: `manage.py roll_back --bot {bot}`."
    )


def parts(text: str) -> Iterator[str]:
    """Yield a text word by word, white space kept: together they are the text."""
    start = 0
    for place, character in enumerate(text):
        if character.isspace() and place > start:
            yield text[start:place]
            start = place
    if start < len(text):
        yield text[start:]
