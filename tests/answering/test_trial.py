import json
import logging
from types import SimpleNamespace

import pytest

from answering import trial
from answering.errors import BundleError
from tests.answering.conftest import ask_backwards


@pytest.fixture(autouse=True)
def own_process(monkeypatch):
    """What the program does to its whole process must not be done to the tests'."""
    monkeypatch.setattr(trial, "limit_memory", lambda directory: None)
    yield
    logging.disable(logging.NOTSET)


def test_a_bundle_that_answers_passes(bundle_directory, capsys):
    assert trial.main([str(bundle_directory)]) == 0
    assert capsys.readouterr().out == ""


def test_one_that_asks_passes_too(bundle_directory):
    ask_backwards(bundle_directory)

    assert trial.main([str(bundle_directory)]) == 0


def test_one_that_asks_by_networks_that_do_not_fit_is_refused(bundle_directory):
    ask_backwards(bundle_directory, size=9)

    with pytest.raises(BundleError, match="must score 9 tokens"):
        trial.try_bundle(bundle_directory)


def test_one_that_must_not_be_served_says_why_as_json(bundle_directory, capsys):
    (bundle_directory / "generator" / "vocabulary.txt").unlink()

    assert trial.main([str(bundle_directory)]) == 1
    assert "vocabulary.txt must have" in json.loads(capsys.readouterr().out)["text"]


def test_each_part_is_asked_in_its_mode(bundle_directory, monkeypatch):
    asked = []

    def answer(self, question):
        asked.append(question.mode)

    monkeypatch.setattr(trial.Responder, "answer", answer)

    trial.try_bundle(bundle_directory)

    assert set(asked) == {"generate", "retrieve", "hybrid"}


def test_a_network_that_breaks_while_it_answers_is_refused(bundle_directory, monkeypatch):
    def break_down(self, question):
        raise RuntimeError("[ONNXRuntimeError] : 6 :\nout of range")

    monkeypatch.setattr(trial.Responder, "answer", break_down)

    with pytest.raises(BundleError, match=r"asked to generate it does not: .* 6 : out of range"):
        trial.try_bundle(bundle_directory)


def test_memory_is_limited_by_the_bundles_size(bundle_directory, monkeypatch):
    import resource

    limits = []
    monkeypatch.undo()
    monkeypatch.setattr(resource, "setrlimit", lambda kind, limit: limits.append(limit))

    trial.limit_memory(SimpleNamespace(rglob=lambda pattern: [bundle_directory / "manifest.json"]))

    size = (bundle_directory / "manifest.json").stat().st_size
    assert limits == [(8_000_000_000 + 4 * size,) * 2]
