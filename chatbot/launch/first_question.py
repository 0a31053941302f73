"""Asks the running server a question over HTTP, as the printed curl line does."""

import base64
import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

from django.conf import settings

from chatbot.launch.preparation import ADMIN_NAME, password_file

QUESTION = "good to know"


def base_url() -> str:
    return f"http://127.0.0.1:{settings.PORT}"


def curl_line() -> str:
    return (
        f'curl -u "{ADMIN_NAME}:$(cat {password_file()})" -H "Content-Type: application/json" '
        f"-d '{json.dumps({'message': QUESTION})}' {base_url()}/api/v1/question"
    )


def ask() -> dict[str, Any]:
    """Return the answer's JSON, or the error's."""
    credentials = f"{ADMIN_NAME}:{password_file().read_text(encoding='utf-8').strip()}".encode()
    request = urllib.request.Request(
        f"{base_url()}/api/v1/question",
        data=json.dumps({"message": QUESTION}).encode(),
        headers={
            "Content-Type": "application/json",
            "Authorization": f"Basic {base64.b64encode(credentials).decode()}",
        },
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return dict(json.load(response))
    except urllib.error.HTTPError as error:
        return dict(json.load(error))


def wait_for_model(name: str, *, keep_going: Callable[[], bool], timeout_seconds: float = 10.0) -> bool:
    """Wait until every web process may be taken to answer from the model called `name`."""
    deadline = time.monotonic() + timeout_seconds
    in_a_row = 0
    while time.monotonic() < deadline and keep_going():
        in_a_row = in_a_row + 1 if ask().get("model") == name else 0
        if in_a_row == 5:
            return True
        time.sleep(0.2)
    return False


def wait_until_healthy(*, timeout_seconds: float, keep_going: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + timeout_seconds
    while time.monotonic() < deadline and keep_going():
        try:
            with urllib.request.urlopen(f"{base_url()}/healthz", timeout=2):
                return True
        except OSError:
            time.sleep(0.1)
    return False
