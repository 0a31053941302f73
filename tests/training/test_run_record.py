import json

import pytest

from training.services.run_record import loss_curves, neighbours, newest_samples, run_settings


@pytest.fixture
def run(tmp_path):
    """Return a function that writes a file of a run directory and returns the directory."""

    def write(name, *lines):
        text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
        (tmp_path / name).write_text(text, encoding="utf-8")
        return tmp_path

    return write


def test_losses_are_read_by_step_and_where_the_time_was_noted_by_minutes(run):
    curves = loss_curves(
        run(
            "metrics.jsonl",
            {"step": 10, "loss": 5.0, "seconds": 30},
            {"step": 20, "loss": 4, "seconds": 60},
            {"step": 20, "validation_loss": 4.5, "perplexity": 90.0, "seconds": 61.2},
        )
    )

    assert curves.by_step == {"loss": [(10, 5.0), (20, 4.0)], "validation_loss": [(20, 4.5)]}
    assert curves.by_minutes == {"loss": [(0.5, 5.0), (1.0, 4.0)], "validation_loss": [(1.02, 4.5)]}
    assert curves.have_minutes
    assert curves.newest["perplexity"] == 90.0


def test_the_lowest_validation_loss_is_that_of_the_best_epoch(run):
    losses = (4.5, float("nan"), 4.1, 4.3)
    lines = [{"step": 10 * n, "validation_loss": loss} for n, loss in enumerate(losses)]

    assert loss_curves(run("metrics.jsonl", *lines)).lowest_validation() == (20, 4.1)


@pytest.mark.parametrize(
    "line", ['{"step": 10, "lo', "[]", "3", '{"step": "x", "loss": 1}', '{"loss": 1}', ""]
)
def test_lines_that_are_half_written_or_odd_are_left_out(run, line):
    curves = loss_curves(run("metrics.jsonl", {"step": 5, "loss": 1.0}, line))

    assert curves.by_step["loss"] == [(5, 1.0)]
    assert not curves.have_minutes
    assert curves.lowest_validation() is None


def test_the_newest_epochs_answers_are_shown(run):
    def samples(answer):
        return [{"question": "hi", "answer": answer, "expected": "hello"}]

    directory = run(
        "samples.jsonl", {"step": 1, "samples": samples("bye")}, {"step": 2, "samples": samples("hello")}, "{"
    )

    found = newest_samples(directory)
    assert (found.step, found.exchanges) == (2, (("hi", "hello", "hello"),))


@pytest.mark.parametrize("line", ["{", '{"step": 1}', '{"step": 1, "samples": []}', '{"samples": [3]}'])
def test_without_readable_samples_there_are_none(run, line):
    assert newest_samples(run("samples.jsonl", line)) is None


def test_what_was_asked_for_is_told_from_what_is_used(run):
    content = {"layers": 3, "requested": {"layers": 2}}

    assert run_settings(run("configuration.json", content)) == ({"layers": 3}, {"layers": 2})
    assert run_settings(run("configuration.json", {"layers": 3})) == ({"layers": 3}, {"layers": 3})


def test_neighbours_are_read_by_word(run):
    words = {"tea": {"before": ["rain"], "after": ["coffee"]}, "odd": 3, "half": {"after": "x"}}

    assert neighbours(run("neighbours.json", {"words": words})) == {
        "tea": {"before": ["rain"], "after": ["coffee"]},
        "half": {"before": [], "after": []},
    }


@pytest.mark.parametrize("content", ["{", "[]", '{"words": []}', "[" * 100_000])
def test_files_that_cannot_be_read_hold_nothing(run, content):
    assert neighbours(run("neighbours.json", content)) == {}
    assert run_settings(run("configuration.json", content))[0].keys() <= {"words"}


@pytest.mark.parametrize("where", ["nothing is there", None])
def test_without_a_run_directory_there_is_nothing(tmp_path, where):
    directory = None if where is None else tmp_path / where

    assert not any(loss_curves(directory).by_step.values())
    assert newest_samples(directory) is None
    assert run_settings(directory) == ({}, {})
    assert neighbours(directory) == {}
