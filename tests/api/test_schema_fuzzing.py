"""Schemathesis asks a live site all that the OpenAPI schema allows, and much that it does not."""

import json
import re
import subprocess
import sys
import urllib.request
from collections import defaultdict
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.live_site import LiveSite

pytestmark = pytest.mark.slow
CONFIGURATION = str(Path(__file__).with_name("schemathesis.toml"))
RUN = [sys.executable, "-m", "schemathesis.cli", "--no-color", "--config-file", CONFIGURATION, "run"]
# Of a stream it compares each event with the schema; in OpenAPI 3.0 the whole is a text.
EVENT = {
    "type": "object",
    "properties": {
        "event": {"type": "string", "enum": ["token", "answer", "message"]},
        "data": {"type": "string", "minLength": 1},
    },
    "required": ["event", "data"],
}
# What a rating needs comes with an answer.
RATING = {
    "operationId": "give_feedback",
    "requestBody": {
        "id": "$response.body#/id",
        "question": "$request.body#/message",
        "bot": "$response.body#/bot",
        "rating": "good",
    },
}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    made = LiveSite(tmp_path_factory.mktemp("site"))
    made.manage("train", "faq", "--architecture", "retrieval", "--here")
    yield made.start()
    made.stop()


@pytest.fixture(scope="module")
def schema(site):
    """Return the served schema with the names that the site has, so that not all that is asked is unknown."""
    with urllib.request.urlopen(f"{site.url}/api/schema/?format=json") as response:
        found = json.load(response)
    bots, models = ["default", "nobody"], ["faq-retrieval-2", "faq-retrieval-3", "none"]
    for name, field, names in (
        ("Question", "bot", bots),
        ("Question", "model", models),
        ("Feedback", "bot", bots),
        ("ChatCompletion", "model", bots),
        ("Activation", "model", models),
    ):
        found["components"]["schemas"][name]["properties"][field]["enum"] = names
    # What is no question has an error of its own, so nothing is refused here.
    questions = found["components"]["schemas"]["Questions"]["properties"]["questions"]
    questions["items"] = {"anyOf": [{"$ref": "#/components/schemas/Question"}, {"type": "object"}]}
    for operation in operations(found):
        for parameter in operation.get("parameters", ()):
            parameter["schema"]["enum"] = bots
        content = operation["responses"]["200"]["content"]
        if "text/event-stream" in content:
            content["text/event-stream"]["schema"] = EVENT
    found["paths"]["/api/v1/question"]["post"]["responses"]["200"]["links"] = {"rate": RATING}
    return found


def operations(schema):
    return [operation for methods in schema["paths"].values() for operation in methods.values()]


class Fuzzed:
    """What came of a run: its exit status, what it says, and the statuses that each operation had."""

    def __init__(self, site, schema, directory, *arguments):
        (directory / "schema.json").write_text(json.dumps(schema))
        command = [*RUN, "schema.json", "--url", site.url, "--report-har-path", "run.har", *arguments]
        done = subprocess.run(
            command, cwd=directory, capture_output=True, text=True, timeout=600, check=False
        )
        self.status, self.said = done.returncode, done.stdout + done.stderr
        self.statuses = defaultdict(set)
        for entry in json.loads((directory / "run.har").read_text())["log"]["entries"]:
            operation = operation_of(schema, entry["request"])
            if operation is not None:
                self.statuses[operation].add(entry["response"]["status"])


def operation_of(schema, request):
    path = urlsplit(request["url"]).path
    for template, methods in schema["paths"].items():
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]*", template), path):
            return methods.get(request["method"].lower(), {}).get("operationId")
    return None


def test_whatever_is_sent_with_a_key_is_answered_as_the_schema_says(site, schema, tmp_path):
    made = site.manage(
        "create_api_key", "fuzz", *(f"--scope={scope}" for scope in ("ask", "teach", "manage")), "--json"
    )
    key = json.loads(made)["key"]

    fuzzed = Fuzzed(site, schema, tmp_path, "--header", f"Authorization: Bearer {key}")

    assert fuzzed.status == 0, fuzzed.said
    for operation in operations(schema):
        statuses = fuzzed.statuses[operation["operationId"]]
        assert 200 in statuses, operation["operationId"]
        assert max(statuses) < 500, operation["operationId"]


def test_whatever_is_sent_without_one_is_answered_with_401(site, schema, tmp_path):
    fuzzed = Fuzzed(site, schema, tmp_path)

    assert fuzzed.status == 0, fuzzed.said
    assert fuzzed.statuses == {operation["operationId"]: {401} for operation in operations(schema)}
