"""What becomes of a train job: the row is what the bundle is, not what was asked for."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from tests.answering.conftest import write_toy_bundle
from training.errors import TrainingError
from training.models import Bot, Job, TrainedModel
from training.services import training

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("bot")]


@pytest.fixture
def train(greeting_dataset):
    def run(*options):
        call_command("train", str(greeting_dataset.pk), "--here", *options, stdout=StringIO())
        return TrainedModel.objects.first()

    return run


@pytest.fixture
def trained_as(monkeypatch):
    """Return a function that lets a training end with a bundle of this architecture and role."""

    def use(architecture, role="generator"):
        def train_network(run, dataset, run_directory, parameters):
            bundle = write_toy_bundle(run_directory / "bundle", mode="retrieve")
            manifest = json.loads((bundle / "manifest.json").read_text())
            manifest["architecture"] = architecture
            manifest["parts"][0]["role"] = role
            (bundle / "manifest.json").write_text(json.dumps(manifest))
            return bundle

        monkeypatch.setattr(training, "train_network", train_network)

    return use


def test_a_training_makes_a_trained_model_that_answers(train, greeting_dataset):
    trained_model = train("--architecture", "retrieval")

    assert trained_model.name == f"toy-retrieval-{trained_model.job.pk}"
    assert trained_model.dataset == greeting_dataset
    assert Bot.objects.get().active == trained_model


def test_what_a_training_took_over_from_its_start_is_what_it_is_called_by(train, trained_as):
    trained_as("transformer")

    trained_model = train("--architecture", "rnn")

    assert trained_model.architecture == "transformer"
    assert trained_model.name == f"toy-transformer-{trained_model.job.pk}"


@pytest.fixture
def began(monkeypatch):
    """What trainings would begin with; they end before their first step."""
    seen = []

    def train_run(*given):
        seen.append(given[-1])
        raise TrainingError("far enough")

    monkeypatch.setattr("training.seq2seq.train.train_run", train_run)
    return seen


@pytest.fixture
def again(data_directory):
    """A trained model that is a second export of its run."""
    bundle = data_directory / "save" / "run" / "bundle-7"
    bundle.mkdir(parents=True)
    (bundle.parent / "configuration.json").touch()
    return TrainedModel.objects.create(name="again", architecture="rnn", directory="save/run/bundle-7")


def test_a_training_starts_from_the_bundle_of_the_export_that_was_named(train, began, again):
    with pytest.raises(CommandError, match="far enough"):
        train("--start-from", "again")

    assert (began[0].start_from, began[0].start_bundle) == (again.location.parent, again.location)


def test_a_run_that_has_begun_goes_on_when_its_start_is_gone(train, began, again):
    with pytest.raises(CommandError, match="far enough"):
        train("--start-from", "again")
    job = Job.objects.get()
    (job.run_location / "checkpoints").mkdir()
    (job.run_location / "checkpoints" / "epoch=00-step=000000001.json").touch()
    again.delete()

    with pytest.raises(CommandError, match="far enough"):
        call_command("resume_job", str(job.pk), "--here", stdout=StringIO())

    assert began[1].start_from is None


def test_no_bot_answers_from_what_asks_also_where_nobody_said_that_it_asks(train, trained_as):
    trained_as("rnn", role="reverse_generator")

    train()

    assert Bot.objects.get().active is None


def test_a_bot_answers_from_what_asks_where_somebody_says_so(train, trained_as):
    trained_as("rnn", role="reverse_generator")

    trained_model = train("--activate")

    assert Bot.objects.get().active == trained_model


def test_a_name_that_an_imported_bundle_has_does_not_fail_the_job(train):
    first = train("--architecture", "retrieval")
    TrainedModel.objects.create(
        name=f"toy-retrieval-{first.job.pk + 1}", architecture="rnn", directory="save/imported/bundle"
    )

    second = train("--architecture", "retrieval")

    assert second.name == f"toy-retrieval-{second.job.pk}-2"
