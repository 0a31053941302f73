"""Evaluations as rows: queued by people and after trainings, their files read, deleted."""

import json
from io import StringIO

import pytest
from django.core.management import call_command

from preprocessing.errors import DatasetError, SettingsError
from tests.training.evaluated import make_trained_model
from training.errors import CorruptReportError, JobStateError
from training.models import Corpus, Evaluation, Job, TrainedModel
from training.services.corpora import corpus_delete
from training.services.evaluations import (
    evaluation_delete,
    evaluation_queue,
    evaluation_queue_after_training,
    open_cases,
    open_report,
)
from training.services.job_settings import job_settings
from training.services.jobs import job_delete
from training.services.products import dataset_delete, trained_model_delete

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("nothing_sent")]


@pytest.fixture
def trained_model(data_directory, held_out):
    return make_trained_model(data_directory, dataset=held_out)


@pytest.fixture
def evaluation(make_evaluated):
    return make_evaluated()


def test_by_itself_the_test_split_of_its_own_dataset_is_asked(trained_model, held_out):
    job = evaluation_queue(trained_model=trained_model, split=None)

    assert (job.kind, job.state) == (Job.Kind.EVALUATE, Job.State.QUEUED)
    assert job.parameters == {
        "trained_model": trained_model.pk,
        "dataset": held_out.pk,
        "corpus": None,
        "split": "test",
        "context_turns": None,
        "questions": 1000,
    }


def test_where_nothing_can_be_asked_nothing_is_queued(trained_model, greeting_dataset):
    with pytest.raises(DatasetError, match="must hold exchanges; it has none: all of them train"):
        evaluation_queue(trained_model=trained_model, dataset=greeting_dataset.pk)
    with pytest.raises(DatasetError, match="Dataset 999 must exist"):
        evaluation_queue(trained_model=trained_model, dataset=999)
    with pytest.raises(SettingsError, match="must name a dataset or a corpus, one of the two"):
        evaluation_queue(trained_model=trained_model, dataset=1, corpus=1)
    with pytest.raises(SettingsError, match="questions must be a whole number from 20"):
        evaluation_queue(trained_model=trained_model, questions=3)

    assert not Job.objects.exists()


def test_one_without_a_dataset_must_be_told_what_to_ask(data_directory, db):
    lonely = make_trained_model(data_directory, "lonely")

    with pytest.raises(
        SettingsError, match="A dataset or a corpus must be named; that of lonely is not here"
    ):
        evaluation_queue(trained_model=lonely)
    assert evaluation_queue_after_training(trained_model=lonely) is None


def test_every_training_is_followed_by_an_evaluation(bot, held_out):
    call_command("train", str(held_out.pk), "--architecture", "retrieval", "--here", stdout=StringIO())

    job = Job.objects.get(kind=Job.Kind.EVALUATE)
    assert job.parameters["trained_model"] == TrainedModel.objects.get().pk
    assert job.parameters["dataset"] == held_out.pk


@pytest.mark.parametrize("options", [["--no-evaluate"], []])
def test_a_training_is_not_followed_where_nobody_wants_it_or_nothing_is_held_out(
    bot, held_out, greeting_dataset, options
):
    dataset = held_out if options else greeting_dataset

    call_command(
        "train", str(dataset.pk), "--architecture", "retrieval", "--here", *options, stdout=StringIO()
    )

    assert TrainedModel.objects.exists()
    assert not Job.objects.filter(kind=Job.Kind.EVALUATE).exists()


def test_a_report_that_was_changed_is_not_shown(evaluation):
    path = evaluation.location / "report.json"
    whole = json.loads(path.read_text())

    for content in ("", "{", "[1]", json.dumps({**whole, "format_version": 2}), "[" * 100_000):
        path.write_text(content)
        with pytest.raises(
            CorruptReportError, match=r"report.json must be as it was written: .*Evaluate once"
        ):
            open_report(evaluation)
    path.unlink()
    with pytest.raises(CorruptReportError, match="No such file"):
        open_report(evaluation)


def test_cases_that_were_changed_are_not_shown(evaluation):
    path = evaluation.location / "cases.jsonl"
    assert len(open_cases(evaluation)) == 20

    path.write_bytes(path.read_bytes()[:-9])

    with pytest.raises(CorruptReportError, match=r"cases.jsonl must be as it was written"):
        open_cases(evaluation)


def test_an_evaluation_goes_with_its_report(evaluation):
    evaluation_delete(evaluation=evaluation)

    assert not Evaluation.objects.exists()
    assert not evaluation.location.exists()


def test_a_trained_model_goes_with_its_reports(evaluation):
    trained_model_delete(trained_model=evaluation.trained_model)

    assert not Evaluation.objects.exists()
    assert not evaluation.location.exists()


def test_a_trained_model_that_is_being_evaluated_is_not_deleted(trained_model):
    job = evaluation_queue(trained_model=trained_model)
    Job.objects.update(state=Job.State.RUNNING)

    with pytest.raises(JobStateError, match=f"Job {job.pk} evaluates toy. Wait for its end or cancel"):
        trained_model_delete(trained_model=trained_model)

    Job.objects.update(state=Job.State.QUEUED)
    trained_model_delete(trained_model=trained_model)
    assert not TrainedModel.objects.exists()


def test_a_report_outlives_its_job_and_its_dataset(evaluation, held_out, tmp_path):
    held_out.directory = str(tmp_path / "elsewhere")
    held_out.save()
    job_delete(job=evaluation.job)
    dataset_delete(dataset=held_out)

    evaluation.refresh_from_db()
    assert (evaluation.job, evaluation.dataset) == (None, None)
    assert open_report(evaluation)["figures"] == evaluation.figures


def test_a_job_without_an_evaluation_goes_with_its_folder(trained_model, data_directory):
    job = evaluation_queue(trained_model=trained_model)
    (data_directory / "save" / "evaluations" / "1").mkdir(parents=True)
    Job.objects.update(state=Job.State.CANCELLED, run_directory="save/evaluations/1")

    job_delete(job=job)

    assert not (data_directory / "save" / "evaluations" / "1").exists()


def test_a_corpus_that_is_to_be_asked_is_not_deleted(trained_model):
    corpus = Corpus.objects.create(name="faq", path="faq.yml")
    job = evaluation_queue(trained_model=trained_model, corpus=corpus.pk)

    with pytest.raises(JobStateError, match=f"Corpus faq is being read by job {job.pk}"):
        corpus_delete(corpus=corpus)


def test_a_jobs_settings_name_what_is_evaluated(trained_model, held_out):
    job = evaluation_queue(trained_model=trained_model, questions=50)

    chosen = {setting.name: setting.value for setting in job_settings(job).chosen}

    assert chosen == {"trained model": "toy", "dataset": str(held_out), "questions": "50"}
