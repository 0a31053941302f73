"""Gives every response a request id, and keeps stack traces from callers."""

import json
import logging
import re
import secrets
from collections.abc import Callable
from typing import Any

from django.core.exceptions import BadRequest, PermissionDenied, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse

from api import openai_errors
from api.errors import error_content

logger = logging.getLogger(__name__)
HEADER = "X-Request-ID"
GIVEN_ID = re.compile(r"[A-Za-z0-9_.-]{1,64}")
API_PREFIXES = ("/api/", openai_errors.PREFIX)
# What Django itself turns into 400, 403 and 404.
EXPECTED = (BadRequest, Http404, PermissionDenied, SuspiciousOperation)


class RequestIdMiddleware:
    """Keeps a sane id that came with the request, else makes one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get(HEADER, "")
        request_id = given if GIVEN_ID.fullmatch(given) else secrets.token_hex(8)
        request.META["chatbot.request_id"] = request_id
        response = self._get_response(request)
        if request.path.startswith(API_PREFIXES):
            response = as_json_error(request.path, response, request_id)
        response[HEADER] = request_id
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Log what nobody expected and answer with no more than the id under which it is logged."""
        if isinstance(error, EXPECTED):
            return None
        text = log_unexpected(request.META, error)
        if request.path.startswith(API_PREFIXES):
            return error_response(request.path, 500, "error", text)
        return HttpResponse(f"{text} The log has the details.", status=500, content_type="text/plain")


def log_unexpected(meta: dict[str, Any], error: Exception) -> str:
    """Log what nobody expected of a request, by its META, and return what its sender may know of it."""
    request_id = meta["chatbot.request_id"]
    logger.error("Request %s failed.", request_id, exc_info=error)
    return f"Something went wrong; request {request_id}."


def as_json_error(path: str, response: HttpResponse, request_id: str) -> HttpResponse:
    """Turn Django's own error pages below the API's addresses into the API's form."""
    is_page = response.status_code >= 400 and "json" not in response.headers.get("Content-Type", "")
    if not is_page:
        return response
    if response.status_code == 404:
        return error_response(path, 404, "not_found", "There is nothing at this address. See /api/docs/.")
    if response.status_code < 500:
        return error_response(path, response.status_code, "invalid", "The request could not be understood.")
    return error_response(path, 500, "error", f"Something went wrong; request {request_id}.")


def error_response(path: str, status: int, code: str, text: str) -> HttpResponse:
    content = json.dumps(error_content(path, code, text))
    return HttpResponse(content, status=status, content_type="application/json")
