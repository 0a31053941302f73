"""A view validates, calls one service, serialises."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api.answering import question_answer
from api.errors import describe
from api.health import readiness
from api.models import ApiKey
from api.serializers import ErrorSerializer, QuestionSerializer, ReplySerializer
from preprocessing.errors import ChatbotError

ERROR_STATUSES = (400, 401, 403, 404, 413, 415, 429, 503)


class QuestionView(APIView):
    @extend_schema(
        operation_id="ask",
        summary="Ask a bot",
        request=QuestionSerializer,
        responses={200: ReplySerializer, **dict.fromkeys(ERROR_STATUSES, ErrorSerializer)},
        examples=[OpenApiExample("A question", {"message": "good to know"}, request_only=True)],
    )
    def post(self, request: Request) -> Response:
        refuse_chunked(request)
        serializer = QuestionSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        api_key = request.auth if isinstance(request.auth, ApiKey) else None
        return Response(question_answer(question=serializer.validated_data, api_key=api_key))


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


@login_required
def chat(request: HttpRequest) -> HttpResponse:
    """The chat page. Its form works without JavaScript too, a question at a time."""
    exchange = ask_from_form(request.POST.get("message", "")) if request.method == "POST" else None
    return render(request, "api/chat.html", {"exchange": exchange})


def ask_from_form(message: str) -> dict[str, Any]:
    serializer = QuestionSerializer(data={"message": message})
    try:
        serializer.is_valid(raise_exception=True)
        return {"message": message, "reply": question_answer(question=serializer.validated_data)}
    except (ValidationError, ChatbotError) as error:
        described = describe(error)
        return {"message": message, "error": described[1] if described else "Something went wrong."}
