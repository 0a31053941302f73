"""manage.py evaluate: what it prints and writes, and how it ends for scripts."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from tests.training.evaluated import make_trained_model, write_corpus
from training.models import Corpus, Evaluation, Job

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("nothing_sent", "unwatched")]
UNSEEN = [(f"Where is street {number}?", f"Behind house {number}") for number in range(25)]


@pytest.fixture(autouse=True)
def trained_model(data_directory, held_out):
    return make_trained_model(data_directory, dataset=held_out)


def run(*options):
    output = StringIO()
    call_command("evaluate", "toy", "--questions", "20", *map(str, options), stdout=output)
    return output.getvalue()


def refused(*options):
    with pytest.raises(CommandError) as error:
        run(*options)
    return error.value.returncode, str(error.value)


def test_the_main_figures_are_printed(held_out):
    told = run()

    evaluation = Evaluation.objects.get()
    assert f"made evaluation {evaluation.pk}" in told
    assert f"toy: test split of words #{held_out.pk}" in told
    assert "recall@1 of 10" in told
    assert " to " in told


def test_the_report_is_written_as_json_and_as_html_also_into_new_folders(tmp_path):
    as_json, as_html = tmp_path / "new" / "folder" / "report.json", tmp_path / "other" / "report.html"

    run("--json", as_json, "--html", as_html)

    assert json.loads(as_json.read_text())["figures"] == Evaluation.objects.get().figures
    assert as_html.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_figures_that_are_reached_end_well():
    run("--at-least", "recall@1 of 10=0", "--at-most", "recall@1 of 10=1", "--at-most", "fallbacks=1")


def test_figures_that_are_missed_end_with_1_and_in_words():
    status, told = refused(
        "--at-least", "recall@1 of 10=1.1", "--at-most", "perplexity=1", "--at-least", "x=0"
    )

    assert status == 1
    assert "recall@1 of 10 must be at least 1.1. It is " in told
    assert "perplexity must be at most 1. It is " in told
    assert "x must be at least 0. It was not measured" in told


def test_a_corpus_is_asked_and_found_again(tmp_path):
    path = write_corpus(tmp_path / "my questions.yml", UNSEEN)

    run("--corpus", path)
    run("--corpus", path, "--context-turns", "2")

    corpus = Corpus.objects.get()
    assert (corpus.name, corpus.location) == ("my-questions", path)
    assert {evaluation.source for evaluation in Evaluation.objects.all()} == {"corpus my-questions"}
    assert [job.parameters["context_turns"] for job in Job.objects.order_by("pk")] == [None, 2]


def test_another_dataset_and_split_can_be_named(held_out):
    run("--dataset", "words", "--split", "validation")

    assert Evaluation.objects.get().source == f"validation split of words #{held_out.pk}"


def test_what_cannot_be_asked_ends_with_2_before_anything_is_done(tmp_path):
    occupied = tmp_path / "occupied"
    occupied.touch()
    options = [
        (["--corpus", tmp_path / "nowhere"], "must be a file or folder that exists"),
        (["--dataset", "nothing"], "A dataset must exist under its name or id"),
        (["--questions", "3"], "questions must be a whole number"),
        (["--context-turns", "99"], "context_turns must be a whole number from 1 to 10"),
        (["--json", tmp_path], "must be a file to write to"),
        (["--html", occupied / "report.html"], "must be a file to write to"),
        (["--queue", "--at-least", "bleu=1"], "--at-least must wait for the evaluation's end"),
        (["--queue", "--json", tmp_path / "x.json"], "--json must wait for the evaluation's end"),
    ]
    for given, complaint in options:
        status, told = refused(*given)
        assert (status, complaint in told) == (2, True), told

    assert not Job.objects.exists()


@pytest.mark.parametrize(
    "options",
    [
        ["--at-least", "bleu"],
        ["--corpus", "x", "--dataset", "y"],
        ["--split", "train"],
        ["--queue", "--follow"],
    ],
)
def test_what_makes_no_sense_is_refused_by_the_command_line(options):
    with pytest.raises(CommandError, match=r"Error: "):
        run(*options)


def test_an_unknown_trained_model_ends_with_2():
    with pytest.raises(CommandError, match="A trained model must exist under its name or id") as error:
        call_command("evaluate", "nobody", stdout=StringIO())

    assert error.value.returncode == 2


def test_a_worker_can_do_it():
    told = run("--queue")

    assert "queued" in told
    assert Job.objects.get().state == Job.State.QUEUED


def test_a_failure_is_told_in_words(tmp_path):
    (tmp_path / "empty").mkdir()

    status, told = refused("--corpus", tmp_path / "empty")

    assert status == 1
    assert told
    assert Job.objects.get().state == Job.State.FAILED
