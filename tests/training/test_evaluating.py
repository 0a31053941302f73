"""The job of an evaluation: from a trained model and what is asked to a report."""

import json
import shutil
from dataclasses import replace

import pytest

from answering.bundle import read_manifest, write_manifest
from preprocessing.source_files import file_hashes
from tests.training.evaluated import EXCHANGES, evaluate, make_dataset, make_trained_model, write_corpus
from training.models import Corpus, Evaluation, Job
from training.services import evaluating
from training.services.evaluations import evaluation_queue, open_cases, open_report
from training.services.jobs import job_resume
from training.services.runner import run_job

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("nothing_sent", "unwatched")]
UNSEEN = [(f"Where is street {number}?", f"Behind house {number}") for number in range(30)]


@pytest.fixture
def trained_model(data_directory, held_out):
    return make_trained_model(data_directory, dataset=held_out)


@pytest.fixture
def make_corpus(tmp_path):
    def make(exchanges=UNSEEN, name="unseen"):
        return Corpus.objects.create(name=name, path=str(write_corpus(tmp_path / f"{name}.yml", exchanges)))

    return make


def run(job):
    run_job(job.pk)
    job.refresh_from_db()
    return job


def queue(trained_model, **asked):
    return evaluation_queue(trained_model=trained_model, send=False, **asked)


def test_the_test_split_becomes_a_report(trained_model, held_out):
    evaluation = evaluate(trained_model)

    report = open_report(evaluation)
    assert evaluation.source == f"test split of words #{held_out.pk}"
    assert (evaluation.dataset, evaluation.trained_model) == (held_out, trained_model)
    assert evaluation.figures == report["figures"]
    assert evaluation.figures["recall@1 of 2"] > 0.5
    assert report["about"]["trained_model"] == "toy"
    assert report["about"]["parts"] == ["generator", "retriever"]
    assert report["losses"] == {}
    cases = open_cases(evaluation)
    assert (len(cases), report["cases"]) == (20, 29)
    # The index holds what is asked, and does not find it.
    assert all(case["said"]["retrieve"]["text"] != case["answer"] for case in cases)


def test_only_what_is_needed_stays_in_the_folder(trained_model):
    evaluation = evaluate(trained_model)

    assert sorted(path.name for path in evaluation.location.iterdir()) == [
        "attention-1.svg",
        "attention-2.svg",
        "attention-3.svg",
        "cases.jsonl",
        "report.json",
    ]
    assert evaluation.directory == f"save/evaluations/{evaluation.job.pk}"


def test_the_report_is_plain_json(trained_model):
    evaluation = evaluate(trained_model)

    def refuse(word):
        raise AssertionError(word)

    text = (evaluation.location / "report.json").read_bytes().decode("ascii")
    assert json.loads(text, parse_constant=refuse)["format_version"] == 1


def test_pictures_show_what_the_generator_looked_at(trained_model):
    report = open_report(evaluate(trained_model))

    assert len(report["attention"]) == 3
    assert report["attention"][0]["answer"] == "Hello Anna!"
    assert report["attention"][0]["words"].startswith("Attention: what each of the 3 tokens")


def test_the_losses_of_the_training_are_in_the_report(trained_model, make_job, data_directory):
    job = make_job(kind="train", run_directory="save/toy")
    lines = [{"step": 1, "loss": 5.123456789}, {"step": 2, "loss": float("nan")}, {"step": 3, "loss": 4.0}]
    (data_directory / "save" / "toy" / "metrics.jsonl").write_text("\n".join(map(json.dumps, lines)))
    trained_model.job = job
    trained_model.save(update_fields=["job"])

    assert open_report(evaluate(trained_model))["losses"] == {"loss": [[1.0, 5.1235], [3.0, 4.0]]}


def test_a_long_curve_is_thinned():
    points = evaluating.thinned([(float(step), 1.0) for step in range(10_001)])

    assert len(points) <= 402
    assert (points[0], points[-1]) == ([0.0, 1.0], [10_000.0, 1.0])


def test_a_corpus_never_seen_is_asked_exchange_by_exchange(trained_model, make_corpus):
    evaluation = evaluate(trained_model, corpus=make_corpus().pk)

    assert (evaluation.source, evaluation.dataset) == ("corpus unseen", None)
    assert open_report(evaluation)["cases"] == len(UNSEEN)


def test_a_corpus_may_have_one_exchange_alone(trained_model, make_corpus):
    evaluation = evaluate(trained_model, corpus=make_corpus([("<script>你好</script>", "好")]).pk)

    assert [case["question"] for case in open_cases(evaluation)] == ["<script>你好</script>"]
    assert "recall@1 of 2" not in evaluation.figures


def test_a_corpus_that_says_nothing_is_an_error_in_words(trained_model, tmp_path):
    (tmp_path / "damaged.jsonl").write_text('["\\ud800", "\\udfff\\u0000"]\n')
    corpus = Corpus.objects.create(name="damaged", path=str(tmp_path / "damaged.jsonl"))

    job = run(queue(trained_model, corpus=corpus.pk))

    assert "at least one question with an answer; the corpus has none" in job.error_text


def test_context_is_asked_as_far_as_was_said(trained_model, tmp_path):
    path = tmp_path / "talk.yml"
    path.write_text("conversations:\n- [first, second, third, fourth]\n")
    corpus = Corpus.objects.create(name="talk", path=str(path))

    def earlier(**asked):
        return [case["earlier"] for case in open_cases(evaluate(trained_model, corpus=corpus.pk, **asked))]

    # By itself it reads one turn.
    assert earlier() == [[], [], []]
    assert earlier(context_turns=3) == [[], ["first"], ["first", "second"]]


def test_files_that_were_trained_on_are_refused(trained_model, make_corpus):
    corpus = make_corpus()
    hashes = file_hashes(corpus.location)
    write_manifest(
        trained_model.location, replace(read_manifest(trained_model.location), source_hashes=hashes)
    )

    job = run(queue(trained_model, corpus=corpus.pk))

    assert (job.state, job.error_code) == (Job.State.FAILED, "leakage")
    assert "unseen holds unseen.yml, which was trained on" in job.error_text


def test_other_files_with_the_same_exchanges_are_refused(trained_model, make_corpus):
    job = run(queue(trained_model, corpus=make_corpus(EXCHANGES, name="copy").pk))

    assert job.error_code == "leakage"
    assert "of the exchanges stand in words #" in job.error_text


def test_another_dataset_of_the_same_exchanges_is_refused(trained_model, data_directory, tmp_path):
    copied = tmp_path / "copied"
    shutil.copytree(trained_model.dataset.location, copied)
    # What trained is held out here, and the other way round.
    other = make_dataset(copied)
    turn_splits_round(copied)

    job = run(queue(trained_model, dataset=other.pk))

    assert job.error_code == "leakage"
    assert not Evaluation.objects.exists()


def turn_splits_round(directory):
    import numpy as np

    splits = np.load(directory / "split.npy")
    np.save(directory / "split.npy", np.where(splits == 0, 2, 0).astype(splits.dtype))


@pytest.mark.parametrize("gone", ["trained_model", "dataset", "corpus"])
def test_what_was_deleted_meanwhile_is_an_error_in_words(trained_model, held_out, make_corpus, gone):
    corpus = make_corpus()
    job = queue(trained_model, **({"corpus": corpus.pk} if gone == "corpus" else {}))
    {"trained_model": trained_model, "dataset": held_out, "corpus": corpus}[gone].delete()

    run(job)

    assert job.state == Job.State.FAILED
    assert "must exist; it has been deleted. Choose another one." in job.error_text


def test_a_trained_model_that_is_deleted_while_it_is_evaluated_leaves_no_row(trained_model, monkeypatch):
    def write_and_lose(*given):
        trained_model.delete()

    monkeypatch.setattr(evaluating, "write_report", write_and_lose)

    job = run(queue(trained_model))

    assert "must exist; it has been deleted" in job.error_text
    assert not Evaluation.objects.exists()


def test_a_cancelled_evaluation_goes_on_behind_its_finished_stages(trained_model, monkeypatch):
    asked = []

    def stop_in(stage):
        def listen(progress):
            asked.append(progress.message)
            if progress.message.startswith(stage):
                Job.objects.filter(state="running").update(cancel_requested=True)
                monitors[-1].request_stop(evaluating_stop)

        return listen

    from training.services import runner
    from training.services.monitor import JobMonitor, StopReason

    evaluating_stop, monitors = StopReason.CANCEL, []

    class Kept(JobMonitor):
        def __init__(self, *given):
            super().__init__(*given)
            monitors.append(self)

    monkeypatch.setattr(runner, "JobMonitor", Kept)
    job = queue(trained_model)
    run_job(job.pk, listener=stop_in("answering, generate: 3"))
    job.refresh_from_db()
    assert job.state == Job.State.CANCELLED
    kept = {path.name for path in job.run_location.iterdir()}
    assert kept == {"stage-random.json", "stage-hard.json", "stage-likelihood.json"}

    asked.clear()
    again = job_resume(job=job, send=False)
    run_job(again.pk, listener=lambda progress: asked.append(progress.message))

    again.refresh_from_db()
    assert again.state == Job.State.SUCCEEDED
    assert asked[0] == "answers"
    assert again.evaluations.get().directory == job.run_directory == again.run_directory
