"""Bundles that are asked in a process of their own."""

import pytest

from answering.asking import FirstAnswer
from answering.errors import BundleError
from tests.answering.conftest import write_toy_bundle
from training.services import asking
from training.services.asking import ask_bundle


@pytest.fixture
def bundle(tmp_path):
    return write_toy_bundle(tmp_path / "bundle", mode="retrieve")


def test_each_question_gets_the_first_answer_in_their_order(bundle):
    said = ask_bundle(bundle, ["Where do you live?", "你好吗", "xyzzy \ud83d\ude00"])

    assert [answer.text for answer in said] == ["In a computer", "我很好", None]
    assert said[2] == FirstAnswer()


def test_without_a_question_no_bundle_is_opened(tmp_path):
    assert ask_bundle(tmp_path / "nowhere", []) == []


def test_a_bundle_that_cannot_be_opened_says_why(bundle):
    (bundle / "manifest.json").write_text("{")

    with pytest.raises(BundleError, match="manifest"):
        ask_bundle(bundle, ["Hello"])


def test_a_process_that_dies_is_no_answer(bundle, monkeypatch):
    monkeypatch.setattr(asking.sys, "executable", "false")

    with pytest.raises(BundleError, match="ended with 1: it crashed"):
        ask_bundle(bundle, ["Hello"])


def test_what_never_ends_is_ended(bundle, monkeypatch, tmp_path):
    for_ever = tmp_path / "for_ever.sh"
    for_ever.write_text("#!/bin/sh\nexec sleep 60\n")
    for_ever.chmod(0o755)
    monkeypatch.setattr(asking.sys, "executable", str(for_ever))
    monkeypatch.setattr(asking, "TRIAL_SECONDS", 0)
    monkeypatch.setattr(asking, "SECONDS_A_QUESTION", 0.2)

    with pytest.raises(BundleError, match=r"must answer 1 questions within 0\.2 s"):
        ask_bundle(bundle, ["Hello"])


def test_a_bundle_is_asked_in_its_default_mode(tmp_path):
    bundle = write_toy_bundle(tmp_path / "generating", mode="generate")

    assert ask_bundle(bundle, ["hello"])[0].text == "Hello Anna!"
