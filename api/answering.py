"""The service behind the question endpoint and the chat page."""

import time
import uuid
from typing import Any

from answering.question import Answer, Question
from api.errors import ApiError
from api.models import ApiKey
from api.responders import loaded_for
from training.errors import NoActiveModelError
from training.models import Bot

NO_MODEL = (
    "This bot has no trained model yet. Start a training in the admin (Datasets, Train) or with "
    "`manage.py train`, or wait where one is running."
)


def question_answer(*, question: dict[str, Any], api_key: ApiKey | None = None) -> dict[str, Any]:
    """Answer a validated question with what the bot's active trained model says.

    Raises:
        ApiError: the bot does not exist, or the key may not ask it.
        NoActiveModelError: nothing answers for the bot yet.
        ModeError: its trained model cannot answer in this mode.
    """
    started = time.perf_counter()
    bot = find_bot(question["bot"], api_key)
    loaded = loaded_for(bot.name)
    if loaded is None:
        raise NoActiveModelError(NO_MODEL)
    reply = loaded.responder.answer(
        Question(
            text=question["message"],
            mode=question.get("mode"),
            beam_size=question.get("beam_size"),
            answers=question["answers"],
        )
    )
    # What the bot says where it knows nothing was written by a person.
    answers = reply.answers or [Answer(bot.fallback, None, None, "own")]
    return {
        "rc": 0,
        "msg": answers[0].text,
        "answers": [shown(answer) for answer in answers],
        "id": uuid.uuid4().hex,
        "bot": bot.name,
        "model": loaded.reference.name,
        "language": reply.language,
        "fallback": reply.fallback,
        "truncated": reply.truncated,
        "unknown_words": reply.unknown_words,
        "elapsed_ms": round((time.perf_counter() - started) * 1000),
    }


def shown(answer: Answer) -> dict[str, Any]:
    return {name: getattr(answer, name) for name in ("text", "score", "confidence", "source")}


def find_bot(name: str, api_key: ApiKey | None) -> Bot:
    if api_key is not None:
        if api_key.scopes and "ask" not in api_key.scopes:
            raise ApiError("forbidden", "This API key may not ask questions; its scopes lack `ask`.")
        if api_key.bot is not None and api_key.bot.name != name:
            raise ApiError("forbidden", f"This API key may only ask the bot {api_key.bot.name}.")
    bot = Bot.objects.filter(name=name).first()
    if bot is None:
        raise ApiError("not_found", f"bot: there is none called {name}.")
    return bot
