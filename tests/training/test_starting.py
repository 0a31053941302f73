"""Which trained models a training can start from; the command says so before it queues anything."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from preprocessing.errors import SettingsError
from training.models import Dataset, Job, TrainedModel
from training.services import jobs
from training.services.starting import starting_model

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("bot", "nothing_sent")]


@pytest.fixture
def dataset():
    return Dataset.objects.create(
        name="toy", directory="data/toy/1", max_length=20, exchanges=4, vocabulary_size=9
    )


@pytest.fixture
def make_model(data_directory):
    """Return a function that makes a trained model with its run directory."""

    def make(name, architecture="rnn", bundle="bundle", files=("configuration.json",), job=None):
        run = data_directory / "save" / name
        (run / bundle).mkdir(parents=True)
        for file in files:
            (run / file).touch()
        return TrainedModel.objects.create(
            name=name, architecture=architecture, directory=f"save/{name}/{bundle}", job=job
        )

    return make


def train(*options):
    output = StringIO()
    call_command("train", "toy", *options, stdout=output)
    return output.getvalue()


@pytest.mark.parametrize("bundle", ["bundle", "bundle-7"])
def test_a_trained_model_whose_run_is_here_can_be_started_from(make_model, bundle):
    made = make_model("first", bundle=bundle)

    assert starting_model("first") == made


def test_an_export_of_a_run_that_no_job_knows_can_be_started_from(make_model, make_job):
    made = make_model("first", bundle="bundle-7", job=make_job(kind=Job.Kind.EXPORT))

    assert starting_model("first") == made


def test_what_is_not_there_is_named_with_what_is(make_model):
    make_model("first")

    with pytest.raises(SettingsError, match=r"Received 'frist'\. Known: first"):
        starting_model("frist")


def test_an_imported_bundle_holds_no_checkpoint(make_model):
    make_model("first", files=())

    with pytest.raises(SettingsError, match="first, which was imported: a bundle alone holds no checkpoint"):
        starting_model("first")


def test_a_run_directory_that_is_gone_is_not_called_an_import(make_model, make_job):
    make_model("first", files=(), job=make_job(kind=Job.Kind.TRAIN))

    with pytest.raises(SettingsError, match="first, whose run directory is gone"):
        starting_model("first")


def test_nothing_can_start_from_what_only_looks_up(make_model):
    make_model("first", architecture="retrieval")

    with pytest.raises(SettingsError, match="first only looks up what is written"):
        starting_model("first")


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--start-from", "frist"], "start_from must be the name of a trained model. Received 'frist'"),
        (["--start-from", "first", "--architecture", "retrieval"], "must be empty where no network is"),
        (["--worker-index", "0"], "--worker-index needs --workers"),
        (["--worker-index", "1", "--workers", ""], "--worker-index needs --workers"),
        (["--workers", "first"], "host:port"),
    ],
)
def test_what_cannot_be_trained_is_refused_before_a_job_is_queued(dataset, make_model, options, complaint):
    make_model("first")

    with pytest.raises(CommandError) as refused:
        train(*options)

    assert complaint in str(refused.value)
    assert refused.value.returncode == 2
    assert not Job.objects.exists()


@pytest.mark.parametrize("workers", ["first", "first:1", "first:0,second:1"])
def test_workers_that_make_no_sense_queue_no_job(dataset, workers):
    with pytest.raises(SettingsError) as refused:
        jobs.job_queue(kind=Job.Kind.TRAIN, parameters={"dataset": dataset.pk, "workers": workers})

    assert refused.value.setting == "workers"
    assert not Job.objects.exists()


def test_a_resumed_job_does_not_need_its_start_any_more(dataset, make_model):
    made = make_model("first")
    train("--start-from", "first")
    Job.objects.update(state=Job.State.FAILED)
    made.delete()

    resumed = jobs.job_resume(job=Job.objects.get())

    assert resumed.parameters["start_from"] == "first"
