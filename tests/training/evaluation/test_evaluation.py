"""Whole evaluations of small bundles: what a report says, and that a stopped one goes on."""

import json
from dataclasses import replace

import numpy as np
import pytest

from answering.bundle import read_manifest, write_manifest
from preprocessing.progress import NullMonitor, StoppedError
from preprocessing.text_settings import TextSettings
from tests.answering.conftest import write_toy_bundle
from tests.training.evaluation.toys import (
    EXCHANGES,
    calibrate,
    cases_of,
    conversation,
    evaluated,
    figures_by,
    write_dual_encoder,
    write_generator,
    write_with_way_back,
)
from training.evaluation import evaluation
from training.evaluation.cases import cases_of_conversations
from training.evaluation.training_texts import TrainingTexts

COLOURS = [
    ("red sky", "Red!"),
    ("blue grass", "The sky is blue"),
    ("why green", "Green grass"),
    ("grass", "blue"),
]
ALWAYS = {"fallbacks", "unknown words", "p50, ms", "bundle, MiB", "chrf", "bleu", "distinct-2", "mrr of 2"}


class StopAt(NullMonitor):
    """Asks to stop once something is reported."""

    def __init__(self, message):
        self.message, self.seen = message, []

    def report(self, progress):
        self.seen.append(progress.message)

    def stop_requested(self):
        return self.seen[-1].startswith(self.message)


@pytest.fixture
def toy(tmp_path):
    return write_toy_bundle(tmp_path / "bundle", exchanges=EXCHANGES)


def test_a_generator_is_measured_in_all_ways_beside_baselines(tmp_path):
    training = TrainingTexts(("Where are you?",), ("Hello Anna!",))

    report, cases = evaluated(
        write_generator(tmp_path / "bundle"), cases_of(), tmp_path / "found", training=training
    )

    figures = report["figures"]
    assert {*ALWAYS, "recall@1 of 10", "perplexity", "best of five: bleu"} <= set(figures)
    # It says Hello Anna! to everything.
    assert figures["copies of training answers"] == 1.0
    assert figures["same answer to a paraphrase"] == 1.0
    assert figures["fallbacks"] == 0.0
    assert figures_by(report, "most frequent answer")["recall@1 of 10"] > 0
    assert figures_by(report, "most frequent answer")["chrf"] == figures["chrf"]
    assert {"TF-IDF", "TF-IDF, words", "BM25, characters", "random", "plain beam"} <= {
        one["system"] for one in report["measures"]
    }
    assert report["cases"] == len(cases) == len(EXCHANGES)
    assert cases[0]["said"]["generate"]["text"] == "Hello Anna!"
    assert cases[0]["values"]["chrf"] == 100.0
    assert {"recall@1 of 10", "mrr of 10, hard", "nats a character", "fallbacks"} <= set(cases[0]["values"])


def test_means_of_questions_are_the_means_of_what_the_cases_tell(toy, tmp_path):
    report, cases = evaluated(toy, cases_of(), tmp_path / "found")

    for name in ("recall@1 of 10", "recall@1 of 2, hard", "chrf", "fallbacks", "nats a character"):
        assert report["figures"][name] == pytest.approx(
            np.mean([case["values"][name] for case in cases]), rel=1e-3
        ), name


def test_a_bundle_of_several_parts_is_measured_in_all_its_modes(toy, tmp_path):
    report, cases = evaluated(toy, cases_of(), tmp_path / "found")

    assert list(cases[0]["said"]) == ["generate", "retrieve", "hybrid"]
    assert cases[0]["mode"] == "generate"
    systems = {one["system"] for one in report["measures"]}
    assert {"trained model", "mode retrieve", "mode hybrid", "alike questions"} <= systems
    # What is asked stands in the index, and is not found all the same.
    assert all(case["said"]["retrieve"]["text"] != case["answer"] for case in cases)


def test_a_way_back_ranks_too(tmp_path):
    report, _ = evaluated(write_with_way_back(tmp_path / "bundle"), cases_of(), tmp_path / "found")

    assert "recall@1 of 10" in figures_by(report, "generator with the way back")


def test_a_dual_encoder_writes_nothing(tmp_path):
    bundle = write_dual_encoder(tmp_path / "bundle", COLOURS)

    report, _ = evaluated(bundle, cases_of(COLOURS), tmp_path / "found")

    assert set(report["figures"]) >= ALWAYS
    assert "perplexity" not in report["figures"]
    assert not any("five" in name for name in report["figures"])


def test_what_only_looks_up_is_measured_by_alike_questions(tmp_path):
    directory = write_toy_bundle(tmp_path / "bundle", exchanges=EXCHANGES, mode="retrieve")
    manifest = read_manifest(directory)
    for path in (directory / "generator").iterdir():
        path.unlink()
    (directory / "generator").rmdir()
    write_manifest(directory, replace(manifest, parts=manifest.parts[1:]))

    report, _ = evaluated(
        directory, cases_of([("Where do you live now?", "Here"), *EXCHANGES]), tmp_path / "f"
    )

    assert set(report["figures"]) >= {*ALWAYS, "recall@1 of 10"}
    # Only the new question is alike to one that may be found.
    assert report["figures"]["fallbacks"] > 0.5


def test_confidences_are_compared_with_what_was_right(toy, tmp_path):
    calibrate(toy, written={"log_probability": 1.0})

    report, _ = evaluated(toy, cases_of(), tmp_path / "found")

    assert 0 <= report["figures"]["calibration error"] <= 1
    assert sum(one["questions"] for one in report["reliability"]) > 3


@pytest.mark.parametrize(
    "exchanges",
    [
        [("Hello", "Hi")],
        [("Hello", "Yes"), ("Hello you", "yes"), ("How", "YES ")],
        [("\0", "\0"), ("Hello", "Hi")],
        [("你好吗", "我很好"), ("你是谁", "我是机器人")],
        [("x" * 5000, "y " * 3000), ("<script>", "</script>")],
        [("Hello \ud800", "\udfff Hi"), ("?!", "...")],
    ],
)
def test_few_or_strange_exchanges_give_a_report_of_plain_json(toy, tmp_path, exchanges):
    report, cases = evaluated(toy, cases_of(exchanges), tmp_path / "found")

    assert "recall@1 of 10" not in report["figures"]
    assert report["figures"]["chrf"] >= 0
    for content in (report, cases):
        json.dumps(content, allow_nan=False).encode("ascii")
        json.dumps(content, ensure_ascii=False).encode("utf-8")


def test_turns_before_are_read_where_the_bundle_reads_them(tmp_path):
    talk = conversation("How are you?", "Hello Anna!", "Are you?", "You are Anna")
    cases = cases_of_conversations([talk], TextSettings()).with_context(2)

    _, told = evaluated(write_toy_bundle(tmp_path / "bundle"), cases, tmp_path / "found")

    assert [case["earlier"] for case in told] == [[], ["How are you?"], ["Hello Anna!"]]


def test_no_more_is_asked_than_was_wanted(toy, tmp_path, monkeypatch):
    monkeypatch.setattr(evaluation, "ANSWERED", 5)

    report, cases = evaluated(toy, cases_of(), tmp_path / "found", questions=7)

    samples = {one["name"]: one["samples"] for one in report["measures"] if one["system"] == "trained model"}
    assert (samples["recall@1 of 10"], samples["perplexity"], samples["chrf"]) == (7, 7, 5)
    assert len([case for case in cases if "said" in case]) == 5
    assert report["cases"] == len(EXCHANGES)


def test_a_stopped_evaluation_goes_on_behind_its_finished_stages(toy, tmp_path):
    stopped, resumed = StopAt("rewording: 4"), StopAt("never")
    with pytest.raises(StoppedError):
        evaluated(toy, cases_of(), tmp_path / "found", monitor=stopped)
    kept = sorted(path.name for path in (tmp_path / "found").iterdir())

    report, cases = evaluated(toy, cases_of(), tmp_path / "found", monitor=resumed)

    assert kept == [f"stage-{name}.json" for name in ("answers", "hard", "likelihood", "random", "several")]
    assert stopped.seen[-1] == "rewording: 4 of 12"
    assert resumed.seen[0] == "reworded"
    whole, whole_cases = evaluated(toy, cases_of(), tmp_path / "whole")
    times = ("p50, ms", "p95, ms")
    assert {name: value for name, value in report["figures"].items() if name not in times} == {
        name: value for name, value in whole["figures"].items() if name not in times
    }
    assert [case["values"] for case in cases] == [case["values"] for case in whole_cases]


def test_one_that_is_about_something_else_by_now_begins_anew(toy, tmp_path):
    evaluated(toy, cases_of(), tmp_path / "found")

    report, cases = evaluated(toy, cases_of(EXCHANGES[:3]), tmp_path / "found")

    assert report["cases"] == len(cases) == 3
