"""Where a question's time goes, from the web server's call to the response's bytes: `make bench-request`.

A FAQ answers, since its work is the least. Nothing is asked twice, so no answer comes from a cache.
"""

import io
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.report import Figure, publish
from tests.live_site import LiveSite

WARM_UP, QUESTIONS = 100, 1000
ADDRESS = "/api/v1/question"


class Clock:
    """Adds up what wrapped functions take, by name."""

    def __init__(self) -> None:
        self.spent: dict[str, list[float]] = {}

    def wrap(self, name: str, owner: Any, attribute: str) -> None:
        plain = getattr(owner, attribute)

        def timed(*given: Any, **options: Any) -> Any:
            started = time.perf_counter()
            try:
                return plain(*given, **options)
            finally:
                self.spent.setdefault(name, []).append(time.perf_counter() - started)

        setattr(owner, attribute, timed)


def wrap_parts(clock: Clock) -> None:
    from rest_framework.renderers import JSONRenderer
    from rest_framework.views import APIView

    import api.answering
    import api.views
    from answering.responder import Responder
    from api.asker import Asker
    from api.conversation_log import ConversationLog

    clock.wrap("who asks: the key, its owner", APIView, "perform_authentication")
    clock.wrap("what is asked: JSON in, checks", api.views, "validated")
    clock.wrap("the bot's row", Asker, "bot")
    clock.wrap("own answers", api.answering, "own_answers_to")
    clock.wrap("the answer", Responder, "answer")
    clock.wrap("the log's queue", ConversationLog, "note")
    clock.wrap("JSON out", JSONRenderer, "render")


def asking(application: Callable[..., Any], port: int, key: str) -> Callable[[int], None]:
    """Return what asks a question as gunicorn hands it over."""

    def ask(number: int) -> None:
        body = json.dumps({"message": f"When do you open on the {number}th?"}).encode()
        environment = {
            "REQUEST_METHOD": "POST", "PATH_INFO": ADDRESS, "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": str(port), "HTTP_HOST": f"127.0.0.1:{port}", "CONTENT_TYPE": "application/json",
            "CONTENT_LENGTH": str(len(body)), "HTTP_AUTHORIZATION": f"Token {key}",
            "wsgi.input": io.BytesIO(body), "wsgi.errors": sys.stderr, "wsgi.url_scheme": "http",
        }  # fmt: skip
        statuses: list[str] = []
        response = application(environment, lambda status, headers: statuses.append(status))
        b"".join(response)
        response.close()
        assert statuses == ["200 OK"], statuses

    return ask


def figures_of(clock: Clock, whole: float) -> list[Figure]:
    parts = {name: 1000 * statistics.median(spent) for name, spent in clock.spent.items()}
    parts["the rest: middleware, address, connection"] = whole - sum(parts.values())
    return [
        Figure("a question", whole, "ms"),
        *(Figure(name, 100 * spent / whole, "%") for name, spent in parts.items()),
    ]


def main() -> None:
    with tempfile.TemporaryDirectory() as directory:
        site = LiveSite(Path(directory))
        key = json.loads(site.manage("create_api_key", "profile", "--json"))["key"]
        # Before the settings are read.
        os.environ.update(site.environment, DJANGO_SETTINGS_MODULE="chatbot.settings")
        from chatbot.wsgi import application

        ask = asking(application, int(site.url.rsplit(":", 1)[1]), key)
        for number in range(WARM_UP):
            ask(number)
        clock = Clock()
        wrap_parts(clock)
        times = []
        for number in range(WARM_UP, WARM_UP + QUESTIONS):
            started = time.perf_counter()
            ask(number)
            times.append(time.perf_counter() - started)
        publish("request", figures_of(clock, 1000 * statistics.median(times)))


if __name__ == "__main__":
    main()
