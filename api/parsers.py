"""Reads a request's body: a JSON object in UTF-8 of bounded size, and nothing else."""

import json
from collections.abc import Mapping
from typing import IO, Any, NoReturn

from django.conf import settings
from rest_framework.exceptions import ParseError, ValidationError
from rest_framework.parsers import BaseParser

from api.errors import ApiError


class StrictJsonParser(BaseParser):
    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        context = parser_context or {}
        limit = getattr(context.get("view"), "max_body_bytes", settings.MAX_BODY_BYTES)
        content = parse_json(read_bounded(stream, context.get("request"), limit))
        if not isinstance(content, dict):
            raise ValidationError({"body": 'must be a JSON object, such as {"message": "hello"}'})
        return content


def read_bounded(stream: IO[Any], request: Any, limit: int) -> bytes:
    """Return the body; one that says it is too long is refused before a byte of it is read."""
    declared = request.META.get("CONTENT_LENGTH") if request is not None else None
    if declared and declared.isdigit() and int(declared) > limit:
        raise too_large(limit)
    content: bytes = stream.read(limit + 1)
    if len(content) > limit:
        raise too_large(limit)
    return content


def too_large(limit: int) -> ApiError:
    return ApiError("too_large", f"body: must have at most {limit:,} bytes. Send less text.")


def parse_json(content: bytes) -> Any:
    try:
        return json.loads(content.decode("utf-8"), parse_constant=refuse_constant)
    except UnicodeDecodeError as error:
        raise ParseError(f"body: must be UTF-8; byte {error.start} is not") from None
    except RecursionError:
        raise ParseError("body: must not be nested so deeply") from None
    except ValueError as error:
        raise ParseError(f"body: must be JSON; {error}") from None


def refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")
