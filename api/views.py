"""A view validates, calls one service, serialises."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from api.admission import admission
from api.answering import question_answer, question_events
from api.asker import Asker
from api.errors import describe
from api.event_stream import event_stream
from api.feedback import feedback_give
from api.health import readiness
from api.request_id import log_unexpected
from api.serializers import (
    ErrorSerializer,
    FeedbackReplySerializer,
    FeedbackSerializer,
    ModelSerializer,
    ModelsSerializer,
    QuestionSerializer,
    QuestionsSerializer,
    RepliesSerializer,
    ReplySerializer,
)
from api.trained_models import trained_models

ASKING = """\
Two answers or more differ in more than case and punctuation. The same question, trained model and `seed` give
the same answers.

With `"stream": true` the reply comes as Server-Sent Events: `token` with a piece of the best answer's `text`
each, then `answer` with the plain reply; `error`, in the form of every error, where something goes wrong
meanwhile.
"""
ASKING_SEVERAL = """\
Each is answered as if it were asked alone: no answer depends on its neighbours, and what is wrong with one
question leaves the others their replies. A result is a reply, or an error with `rc`, `errmsg` and `code`.
"""
FEEDBACK = """\
The id must have come with an answer to this question, from this bot, to this account; of a chat completion's
id it is what follows `chatcmpl-`. A better answer becomes one of the bot's own answers, which are given first
to this question and to those like it, from now on and without a training; an API key needs the scope `teach`
for that.
"""
ERRORS = dict.fromkeys((400, 401, 403, 404, 409, 413, 415, 429, 503), ErrorSerializer)


class QuestionView(APIView):
    @extend_schema(
        operation_id="ask",
        summary="Ask a bot",
        description=ASKING,
        request=QuestionSerializer,
        responses={
            (200, "application/json"): ReplySerializer,
            (200, "text/event-stream"): OpenApiTypes.STR,
            **ERRORS,
        },
        examples=[OpenApiExample("A question", {"message": "good to know"}, request_only=True)],
    )
    def post(self, request: Request) -> HttpResponseBase:
        question = validated(QuestionSerializer, request)
        asker = Asker.of(request)
        if question["stream"]:
            return event_stream(question_events(question=question, asker=asker))
        return Response(question_answer(question=question, asker=asker))


class QuestionsView(APIView):
    max_body_bytes = settings.MAX_BATCH_BYTES

    @extend_schema(
        operation_id="ask_several",
        summary="Ask several questions at once",
        description=ASKING_SEVERAL,
        request=QuestionsSerializer,
        responses={200: RepliesSerializer, **ERRORS},
    )
    def post(self, request: Request) -> Response:
        questions = validated(QuestionsSerializer, request)["questions"]
        asker = Asker.of(request)
        with admission.place():
            results = [result_of(question, asker, request.META) for question in questions]
        return Response({"rc": 0, "results": results})


class FeedbackView(APIView):
    @extend_schema(
        operation_id="give_feedback",
        summary="Rate an answer, or say a better one",
        description=FEEDBACK,
        request=FeedbackSerializer,
        responses={200: FeedbackReplySerializer, **ERRORS},
    )
    def post(self, request: Request) -> Response:
        feedback = validated(FeedbackSerializer, request)
        return Response(feedback_give(feedback=feedback, asker=Asker.of(request)))


class ModelsView(APIView):
    @extend_schema(
        operation_id="list_models",
        summary="List the trained models that can be asked",
        responses={200: ModelsSerializer, **ERRORS},
    )
    def get(self, request: Request) -> Response:
        Asker.of(request).require("ask")
        return Response({"rc": 0, "models": ModelSerializer(trained_models(), many=True).data})


def validated(serializer_class: type[Serializer[Any]], request: Request) -> dict[str, Any]:
    """Return what a request's body holds.

    Raises:
        ValidationError: it is not what the serializer wants.
    """
    refuse_chunked(request)
    serializer = serializer_class(data=request.data)
    serializer.is_valid(raise_exception=True)
    found: dict[str, Any] = serializer.validated_data
    return found


def result_of(given: dict[str, Any], asker: Asker, meta: dict[str, Any]) -> dict[str, Any]:
    """Return a question's reply, or its own error in the same form that it has alone."""
    serializer = QuestionSerializer(data=given)
    try:
        serializer.is_valid(raise_exception=True)
        return question_answer(question=serializer.validated_data, asker=asker, was_let_in=True)
    except Exception as error:  # runtimes raise many kinds of their own
        code, text = describe(error) or ("error", log_unexpected(meta, error))
        return {"rc": 1, "errmsg": text, "code": code}


def refuse_chunked(request: Request) -> None:
    """Say what is wrong with a body of unannounced length, which WSGI does not hand on."""
    if request.headers.get("Transfer-Encoding") and not request.META.get("CONTENT_LENGTH"):
        raise ValidationError({"body": "must be sent with a Content-Length, not in chunks"})


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The process lives."""
    return JsonResponse({"alive": True})


@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    is_ready, state = readiness(for_jobs=request.GET.get("for") == "jobs")
    response = JsonResponse(state, status=200 if is_ready else 503)
    if not is_ready:
        response["Retry-After"] = "5"
    return response
