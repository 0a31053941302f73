"""Every error of the API in one form, {"rc": 1, "errmsg", "code"}, with its status from one table.

Below /v1/ it is OpenAI's form (openai_errors.py), from the same table.
"""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response

from api import openai_errors
from preprocessing.errors import ChatbotError

STATUS_OF_CODE = {
    "invalid": 400,
    "not_json": 400,
    "not_authenticated": 401,
    "forbidden": 403,
    "not_found": 404,
    "method_not_allowed": 405,
    "conflict": 409,
    "too_large": 413,
    "unsupported_media_type": 415,
    "throttled": 429,
    "error": 500,
    "no_model": 503,
    "overloaded": 503,
}
RETRY_AFTER_SECONDS = 5
# What nobody expected, once a part of an answer was sent: a request id would come too late.
BROKEN_OFF = ("error", "Something went wrong while the answer was written.")
# What Django REST framework raises -> our code, and a text where its own does not say what to do.
FRAMEWORK_ERRORS: dict[type[Exception], tuple[str, str | None]] = {
    exceptions.ValidationError: ("invalid", None),
    exceptions.ParseError: ("not_json", None),
    exceptions.AuthenticationFailed: ("not_authenticated", None),
    exceptions.NotAuthenticated: (
        "not_authenticated",
        "Send a user's name and password (HTTP Basic) or an API key (Authorization: Token KEY).",
    ),
    exceptions.PermissionDenied: ("forbidden", None),
    PermissionDenied: ("forbidden", "This is not allowed for you."),
    exceptions.NotFound: ("not_found", None),
    Http404: ("not_found", "There is nothing at this address. See /api/docs/."),
    exceptions.MethodNotAllowed: (
        "method_not_allowed",
        "This address does not take that method; the Allow header names those that it takes.",
    ),
    exceptions.UnsupportedMediaType: (
        "unsupported_media_type",
        "Send JSON, with the header Content-Type: application/json.",
    ),
    exceptions.Throttled: ("throttled", None),
}


class ApiError(ChatbotError):
    """An error that the API itself finds; `code` is one of STATUS_OF_CODE, `param` the field concerned."""

    def __init__(self, code: str, text: str, param: str | None = None) -> None:
        super().__init__(text)
        self.code = code
        self.param = param


def handle_exception(error: Exception, context: dict[str, Any]) -> Response | None:
    """Return the response to an error; None for what nobody expected, which the middleware logs."""
    described = describe(error)
    if described is None:
        return None
    code, text = described
    headers: dict[str, str] = {}
    if code == "not_authenticated":
        headers["WWW-Authenticate"] = getattr(error, "auth_header", None) or 'Basic realm="chatbot"'
    if code == "method_not_allowed":
        headers["Allow"] = ", ".join(context["view"].allowed_methods)
    if STATUS_OF_CODE[code] in (429, 503):
        wait = getattr(error, "wait", None) or RETRY_AFTER_SECONDS
        headers["Retry-After"] = str(max(1, round(wait)))
    content = error_content(context["request"].path, code, text, param_of(error))
    return Response(content, status=STATUS_OF_CODE[code], headers=headers)


def error_content(path: str, code: str, text: str, param: str | None = None) -> dict[str, Any]:
    """Return an error in the form of the address that it happened at."""
    if path.startswith(openai_errors.PREFIX):
        return openai_errors.openai_error(code, text, param)
    return {"rc": 1, "errmsg": text, "code": code}


def describe(error: Exception) -> tuple[str, str] | None:
    if isinstance(error, ChatbotError):
        return (error.code, str(error)) if error.code in STATUS_OF_CODE else None
    for kind, (code, text) in FRAMEWORK_ERRORS.items():
        if isinstance(error, kind):
            return code, text or first_text(getattr(error, "detail", ""))
    return None


def param_of(error: Exception) -> str | None:
    """Return the field that an error is about, where it is about one."""
    detail = getattr(error, "detail", None)
    if isinstance(detail, dict) and "body" not in detail and "non_field_errors" not in detail:
        return str(next(iter(detail)))
    param: str | None = getattr(error, "param", None)
    return param


def first_text(detail: Any) -> str:
    """Return `field: text` of the first thing that is wrong."""
    if isinstance(detail, dict):
        field, rest = next(iter(detail.items()))
        text = first_text(rest)
        return text if field == "non_field_errors" else f"{field}: {text}"
    if isinstance(detail, list):
        return first_text(detail[0])
    return str(detail)
