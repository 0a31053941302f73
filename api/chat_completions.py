"""OpenAI's chat completions, answered by bots: what is called a model there is the name of a bot here."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

from answering.candidates.candidate import GENERATED
from answering.responder import Responder
from api.answering import Asked, parts
from api.asker import Asker
from api.errors import ApiError
from api.serializers import MAX_SEED
from api.sessions import MOST_CHARACTERS, MOST_TURNS
from training.models import Bot

ID_PREFIX = "chatcmpl-"
OWNER = "deepqa3"
MOST_TOKENS = 10_000
LEAST_TOP_P = 0.01
SAID = ("user", "assistant")
Content = dict[str, Any]


def chat_completion(*, request: Content, asker: Asker) -> Content:
    """Answer the last user message of a validated request.

    Raises:
        ApiError: no bot has the model's name, or the key may not ask it.
        NoActiveModelError: nothing answers for the bot yet.
    """
    completion = Completion.of(request, asker)
    return completion.whole(completion.asked.content(completion.asked.reply()))


def chat_completion_chunks(*, request: Content, asker: Asker) -> Iterator[Content]:
    """Yield the same answer in chunks while it is written.

    All that can be wrong with a request is raised before the first one.
    """
    completion = Completion.of(request, asker)
    events = completion.asked.events()
    first = next(events)
    options = request.get("stream_options") or {}
    return completion.chunks(chain([first], events), tells_usage=bool(options.get("include_usage")))


def bots_as_models(asker: Asker) -> list[Content]:
    """Return the bots that answer and that the asker may ask."""
    asker.require("ask")
    bots = Bot.objects.filter(active__isnull=False)
    if asker.api_key is not None and asker.api_key.bot is not None:
        bots = bots.filter(pk=asker.api_key.bot.pk)
    return [bot_as_model(bot) for bot in bots]


def bot_named(name: str, asker: Asker) -> Content:
    """Return one bot as a model.

    Raises:
        ApiError: there is none of this name, or the key may not ask it.
    """
    return bot_as_model(found_bot(name, asker))


def bot_as_model(bot: Bot) -> Content:
    created = int(bot.activated_at.timestamp()) if bot.activated_at else 0
    return {
        "id": bot.name,
        "object": "model",
        "created": created,
        "owned_by": OWNER,
        "language": bot.language or None,
    }


def found_bot(name: str, asker: Asker) -> Bot:
    try:
        return asker.bot(name)
    except ApiError as error:
        if error.code != "not_found":
            raise
        text = f"model: there is no bot called {name}. GET /v1/models lists those that can be asked."
        raise ApiError("not_found", text, param="model") from None


@dataclass(frozen=True)
class Completion:
    """One answer on its way into OpenAI's form."""

    asked: Asked
    created: int

    @classmethod
    def of(cls, request: Content, asker: Asker) -> "Completion":
        found_bot(request["model"], asker)
        return cls(Asked.of(question_of(request), asker), int(time.time()))

    def whole(self, content: Content) -> Content:
        answers = content["answers"]
        return {
            **self.head("chat.completion"),
            "choices": [self.choice(index, answer) for index, answer in enumerate(answers)],
            "usage": self.usage(answers),
        }

    def chunks(self, events: Iterator[str | Content], *, tells_usage: bool) -> Iterator[Content]:
        # The count comes last, in a chunk of its own; the others then say that it is still to come.
        head = self.head("chat.completion.chunk") | ({"usage": None} if tells_usage else {})
        answers: list[Content] = []
        yield head | {"choices": [delta(0, {"role": "assistant", "content": ""})]}
        for event in events:
            if isinstance(event, str):
                yield head | {"choices": [delta(0, {"content": event})]}
            else:
                answers = event["answers"]
        for index, answer in enumerate(answers):
            for choice in self.rest_of_choice(index, answer):
                yield head | {"choices": [choice]}
        if tells_usage:
            yield head | {"choices": [], "usage": self.usage(answers)}

    def rest_of_choice(self, index: int, answer: Content) -> Iterator[Content]:
        """Yield what is left to say of an answer: of the first, which was told already, only that it ends."""
        if index > 0:
            yield delta(index, {"role": "assistant", "content": ""})
            for part in parts(answer["text"]):
                yield delta(index, {"content": part})
        yield delta(index, {}, self.finish_reason(answer))

    def head(self, kind: str) -> Content:
        return {
            "id": ID_PREFIX + self.asked.id,
            "object": kind,
            "created": self.created,
            "model": self.asked.bot.name,
            # The same fingerprint, seed and request give the same answer.
            "system_fingerprint": self.asked.loaded.reference.name,
        }

    def choice(self, index: int, answer: Content) -> Content:
        return {
            "index": index,
            "message": {"role": "assistant", "content": answer["text"], "refusal": None},
            "logprobs": None,
            "finish_reason": self.finish_reason(answer),
        }

    def finish_reason(self, answer: Content) -> str:
        """Tell an answer that the limit ended from one that came to its end; what is found is whole."""
        responder = self.asked.loaded.responder
        if answer["source"] != GENERATED or not isinstance(responder, Responder) or not responder.generator:
            return "stop"
        longest = responder.generator.reader.tokeniser.settings.max_answer_length
        most = min(self.asked.question.max_tokens or longest, longest)
        return "length" if self.number_of_tokens(answer["text"]) >= most else "stop"

    def usage(self, answers: list[Content]) -> Content:
        question = self.asked.question
        prompt = sum(map(self.number_of_tokens, (question.text, *question.earlier)))
        completion = sum(self.number_of_tokens(answer["text"]) for answer in answers)
        return {
            "prompt_tokens": prompt,
            "completion_tokens": completion,
            "total_tokens": prompt + completion,
        }

    def number_of_tokens(self, text: str) -> int:
        responder = self.asked.loaded.responder
        if not isinstance(responder, Responder):
            return len(text.split())
        return len(responder.tokenisers[0].tokenise_written(text))


def question_of(request: Content) -> Content:
    """Return the question that a request asks, as `Asked` takes it."""
    said = [message for message in request["messages"] if message["role"] in SAID]
    place = max(number for number, message in enumerate(said) if message["role"] == "user")
    earlier = [message["content"][-MOST_CHARACTERS:] for message in said[:place] if message["content"]]
    top_p, seed = request.get("top_p"), request.get("seed")
    temperature = request.get("temperature")
    if temperature is None and top_p is not None and top_p < 1:
        # There a temperature that is left out is 1; here it would leave `top_p` without effect.
        temperature = 1.0
    most = request.get("max_completion_tokens") or request.get("max_tokens")
    return {
        "bot": request["model"],
        "message": said[place]["content"],
        "earlier": tuple(earlier[-MOST_TURNS:]),
        "answers": request.get("n") or 1,
        "temperature": temperature,
        "top_p": None if top_p is None else max(top_p, LEAST_TOP_P),
        "seed": None if seed is None else seed % (MAX_SEED + 1),
        "max_tokens": None if most is None else min(most, MOST_TOKENS),
    }


def delta(index: int, content: Content, finish_reason: str | None = None) -> Content:
    return {"index": index, "delta": content, "logprobs": None, "finish_reason": finish_reason}
