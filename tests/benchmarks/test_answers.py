import json
from dataclasses import replace

import pytest

from answering.bundle import MODES
from answering.responder import Responder
from benchmarks import answers, tables
from benchmarks.questions import QUESTIONS
from tests.answering.conftest import write_toy_bundle


@pytest.fixture
def results(tmp_path, monkeypatch):
    """A folder for results, and no document that is written."""
    monkeypatch.setattr(tables, "RESULTS", tmp_path / "results")
    monkeypatch.setattr(tables, "documents", list)
    monkeypatch.setattr(answers, "commit", lambda: "abc1234")
    tables.RESULTS.mkdir()
    return tables.RESULTS


@pytest.fixture
def bundle(tmp_path):
    write_toy_bundle(tmp_path / "bundle")
    return tmp_path / "bundle"


def test_each_question_is_answered_in_each_way(results, bundle):
    answers.main([f"demo={bundle}"])

    rows = json.loads((results / "answers-demo.json").read_text(encoding="utf-8"))
    assert [row["question"] for row in rows] == list(QUESTIONS["demo"])
    assert rows[0]["generate"] == {"text": "Hello Anna!", "confidence": None}
    assert all(set(MODES) <= set(row) for row in rows)
    assert rows[0]["model"] == "toy; its default mode is generate"


def test_a_way_that_a_model_does_not_know_and_an_answer_that_is_not_there_stay_empty(bundle):
    responder = Responder.open(bundle)
    manifest = responder.bundle.manifest
    alone = tuple(part for part in manifest.parts if part.role == "generator")
    responder.bundle.manifest = replace(manifest, parts=alone)

    assert answers.said(responder, "how are you") == {
        "generate": {"text": "Hello Anna!", "confidence": None},
        "retrieve": None,
        "hybrid": None,
    }
    assert answers.said(responder, " ")["generate"] is None


@pytest.mark.parametrize("given", ["", "demo", "demo=", "other=save/x/bundle", "save/x/bundle"])
def test_what_names_no_bundle_is_refused_with_an_example(given):
    with pytest.raises(SystemExit, match=r"BUNDLES must name folders, as in .* demo, dailydialog, lccc"):
        answers.main([given])


@pytest.mark.parametrize("name", QUESTIONS)
def test_there_are_twenty_different_questions(name):
    assert len(set(QUESTIONS[name])) == len(QUESTIONS[name]) == 20
