"""What docs/api.md shows is what a live server does, and nothing of the API is missing there."""

import re
import shutil

import pytest
from django.urls import get_resolver

from api.errors import STATUS_OF_CODE
from api.serializers import AnswerSerializer, FeedbackSerializer, QuestionSerializer, ReplySerializer
from tests.conftest import ROOT
from tests.document_examples import BLOCK, examples_in, outcomes, steady
from tests.live_site import LiveSite

DOCUMENT = ROOT / "docs" / "api.md"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    made = LiveSite(tmp_path_factory.mktemp("site"))
    yield made.start()
    made.stop()


def text():
    return DOCUMENT.read_text(encoding="utf-8")


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_every_example_prints_what_the_document_says(site):
    for example, printed in outcomes(text(), site):
        assert steady(printed) == steady("\n".join(example.output)), example.command


def test_every_curl_line_of_the_document_is_an_example():
    commands = [example.command for block in BLOCK.finditer(text()) for example in examples_in(block[1])]

    assert sum(command.startswith("curl ") for command in commands) == text().count("$ curl ")
    assert len(commands) > 20


def test_examples_are_told_from_their_outputs():
    block = '$ first \\\n    goes on\n{"id": "a1"}\n\n$ NAME=value\n$ third\nline\nline\n'

    assert [(example.command, example.output) for example in examples_in(block)] == [
        ("first \\\n    goes on", ['{"id": "a1"}', ""]),
        ("NAME=value", []),
        ("third", ["line", "line"]),
    ]


def test_what_differs_between_runs_is_left_aside_and_nothing_else():
    one = 'data: {"id": "a", "msg": "x", "elapsed_ms": 1, "answers": [{"score": 1}]} 200'

    assert steady(one) == steady(one.replace('"a"', '"b"').replace('_ms": 1', '_ms": 7'))
    assert steady(one) != steady(one.replace('"x"', '"y"'))
    assert steady(one) != steady(one.replace("200", "400"))
    assert steady(one) != steady(one.replace('"score": 1', '"score": 2'))


def test_every_address_and_every_field_is_documented():
    addresses = {
        re.sub(r"<.*?>", "NAME", str(pattern.pattern))
        for included in get_resolver().url_patterns
        for pattern in getattr(included, "url_patterns", [])
        if re.match(r"(api/)?v1/|healthz|readyz", str(pattern.pattern))
    }
    fields = {
        name
        for serializer in (QuestionSerializer, AnswerSerializer, ReplySerializer, FeedbackSerializer)
        for name in serializer().fields
    }

    assert len(addresses) > 6
    missing = [address for address in addresses if f"/{address}" not in text()]
    assert [address for address in missing if not address.startswith("v1/models/")] == []
    assert [name for name in fields | set(STATUS_OF_CODE) if f"`{name}`" not in text()] == []
    for code, status in STATUS_OF_CODE.items():
        assert re.search(rf"\| {status} \| [^|]*`{code}`", text()), code
