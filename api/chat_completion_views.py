"""The addresses that programs written for OpenAI's API ask."""

import json
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api.asker import Asker
from api.chat_completion_serializers import (
    BotAsModelSerializer,
    BotsAsModelsSerializer,
    ChatCompletionReplySerializer,
    ChatCompletionSerializer,
    OpenAIErrorSerializer,
)
from api.chat_completions import bot_named, bots_as_models, chat_completion, chat_completion_chunks
from api.errors import BROKEN_OFF, describe
from api.event_stream import stream_of
from api.openai_errors import openai_error
from api.views import validated

ERRORS = dict.fromkeys((400, 401, 403, 404, 409, 413, 415, 429, 503), OpenAIErrorSerializer)
DONE = b"data: [DONE]\n\n"
DESCRIPTION = """\
As OpenAI's address of this name, so that programs written for it can ask a bot.

The last user message is the question. User and assistant messages before it are earlier turns: the last 20 of
them, the last 2,000 characters of each, read by trained models that were trained with context. System and
developer messages are left aside. `n` answers differ; there may be fewer. Without a `seed`, too, the same
request draws the same answers. `max_tokens` limits what is written; an answer that was found is given whole.

With `"stream": true` the answer comes as Server-Sent Events, each with a `chat.completion.chunk`, ended by
`[DONE]`.

Tokens are counted by the bot's own tokeniser: mostly words and marks.

Refused with 400: images and sound, `tools`, `functions`, `response_format` other than text, `logprobs`,
`audio`, `modalities` other than text, `web_search_options`, `n` above 10. Other fields, such as `user`,
`stop`, `logit_bias`, `presence_penalty` and `frequency_penalty`, are left aside.
"""


class ChatCompletionsView(APIView):
    # Programs send the whole conversation each time.
    max_body_bytes = settings.MAX_BATCH_BYTES

    @extend_schema(
        tags=["OpenAI"],
        operation_id="create_chat_completion",
        summary="Ask a bot as OpenAI's chat completions are asked",
        description=DESCRIPTION,
        request=ChatCompletionSerializer,
        responses={
            (200, "application/json"): ChatCompletionReplySerializer,
            (200, "text/event-stream"): OpenApiTypes.STR,
            **ERRORS,
        },
        examples=[
            OpenApiExample(
                "A question",
                {"model": "default", "messages": [{"role": "user", "content": "good to know"}]},
                request_only=True,
            )
        ],
    )
    def post(self, request: Request) -> HttpResponseBase:
        given = validated(ChatCompletionSerializer, request)
        asker = Asker.of(request)
        if given.get("stream"):
            return stream_of(lines(chat_completion_chunks(request=given, asker=asker)))
        return Response(chat_completion(request=given, asker=asker))


class BotsAsModelsView(APIView):
    @extend_schema(
        tags=["OpenAI"],
        operation_id="list_bots_as_models",
        summary="List the bots that can be asked, as OpenAI lists models",
        responses={200: BotsAsModelsSerializer, **ERRORS},
    )
    def get(self, request: Request) -> Response:
        return Response({"object": "list", "data": bots_as_models(Asker.of(request))})


class BotAsModelView(APIView):
    @extend_schema(
        tags=["OpenAI"],
        operation_id="retrieve_bot_as_model",
        summary="One bot, as OpenAI tells of a model",
        responses={200: BotAsModelSerializer, **ERRORS},
    )
    def get(self, request: Request, name: str) -> Response:
        return Response(bot_named(name, Asker.of(request)))


def lines(chunks: Iterator[dict[str, Any]]) -> Iterator[bytes]:
    try:
        for chunk in chunks:
            yield line(chunk)
        yield DONE
    except Exception as error:
        described = describe(error)
        code, text = described or BROKEN_OFF
        yield line(openai_error(code, text))
        if described is None:
            raise


def line(content: dict[str, Any]) -> bytes:
    return f"data: {json.dumps(content, ensure_ascii=False)}\n\n".encode()
