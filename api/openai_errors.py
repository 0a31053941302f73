"""Errors below /v1/ in the form that programs written for OpenAI's API read."""

from typing import Any

PREFIX = "/v1/"
REQUEST_ERROR = "invalid_request_error"
# Our code -> OpenAI's type and code.
FORMS: dict[str, tuple[str, str | None]] = {
    "invalid": (REQUEST_ERROR, "invalid_value"),
    "not_authenticated": (REQUEST_ERROR, "invalid_api_key"),
    "forbidden": ("permission_error", "forbidden"),
    "not_found": (REQUEST_ERROR, None),
    "method_not_allowed": (REQUEST_ERROR, "method_not_supported"),
    "throttled": ("requests", "rate_limit_exceeded"),
    "error": ("server_error", None),
    "no_model": ("server_error", "no_model"),
    "overloaded": ("server_error", "overloaded"),
}


def openai_error(code: str, text: str, param: str | None = None) -> dict[str, Any]:
    """Return an error; `param` names the field that it is about."""
    kind, their_code = FORMS.get(code, (REQUEST_ERROR, code))
    if (code, param) == ("not_found", "model"):
        their_code = "model_not_found"
    return {"error": {"message": text, "type": kind, "param": param, "code": their_code}}
