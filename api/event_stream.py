"""Server-Sent Events: an answer while it is written."""

import json
from collections.abc import Iterator
from typing import Any

from django.http import StreamingHttpResponse

from api.errors import BROKEN_OFF, describe

Event = tuple[str, dict[str, Any]]


def event_stream(events: Iterator[str | dict[str, Any]]) -> StreamingHttpResponse:
    """Return a response with an event `token` for each piece of text, and `answer` with all of it at the end.

    The first event is made before the response, so that what is wrong with a question has its own status.
    A client that goes away closes the response, and with it `events`.
    """
    first = next(events, None)
    return stream_of(lines(first, events))


def stream_of(blocks: Iterator[bytes]) -> StreamingHttpResponse:
    """Return a response that hands on each block of text as soon as it is made."""
    response = StreamingHttpResponse(blocks, content_type="text/event-stream; charset=utf-8")
    response["Cache-Control"] = "no-cache"
    # A proxy in front shall hand on each event at once.
    response["X-Accel-Buffering"] = "no"
    return response


def lines(first: str | dict[str, Any] | None, events: Iterator[str | dict[str, Any]]) -> Iterator[bytes]:
    try:
        if first is not None:
            yield line(first)
        for event in events:
            yield line(event)
    except Exception as error:
        described = describe(error)
        code, text = described or BROKEN_OFF
        yield line_of("error", {"rc": 1, "errmsg": text, "code": code})
        if described is None:
            raise
    finally:
        close = getattr(events, "close", None)
        if close is not None:
            close()


def line(event: str | dict[str, Any]) -> bytes:
    return line_of("token", {"text": event}) if isinstance(event, str) else line_of("answer", event)


def line_of(name: str, content: dict[str, Any]) -> bytes:
    return f"event: {name}\ndata: {json.dumps(content, ensure_ascii=False)}\n\n".encode()
