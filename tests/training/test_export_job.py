"""The job that exports a run anew: what it is called, and what a killed attempt leaves."""

from dataclasses import replace
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from training.models import Job, TrainedModel
from training.services import exporting
from training.services.lease import claim_job
from training.services.runner import run_job

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("bot", "nothing_sent")]


@pytest.fixture
def trained(greeting_dataset):
    """A trained model, whose run only looks up and is exported in a moment."""
    call_command("train", "toy", "--architecture", "retrieval", "--here", stdout=StringIO())
    return TrainedModel.objects.get()


@pytest.fixture
def run_directory(trained):
    return trained.location.parent


def export(*options):
    output = StringIO()
    call_command("export", *map(str, options), stdout=output)
    return output.getvalue()


def test_an_export_is_one_more_trained_model(trained, run_directory):
    export(run_directory.name, "--name", "again", "--here")

    made = TrainedModel.objects.first()
    assert (made.name, made.architecture) == ("again", "retrieval")
    assert made.location == run_directory / f"bundle-{made.job.pk}"


def test_it_is_called_as_its_training_would_call_it(trained, run_directory):
    export(run_directory.name, "--here")

    assert TrainedModel.objects.first().name == f"{trained.name}-2"


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("no name", "must have 1 to 64 letters"),
        ("../evil", "must have 1 to 64 letters"),
        ("x" * 65, "must have 1 to 64 letters"),
        ("taken", "taken is taken. Choose another"),
    ],
)
def test_a_name_that_cannot_be_given_is_refused_before_a_job_is_queued(run_directory, name, complaint):
    TrainedModel.objects.create(name="taken", architecture="rnn", directory="save/imported/bundle")

    with pytest.raises(CommandError, match=complaint) as refused:
        export(run_directory.name, "--name", name)

    assert refused.value.returncode == 2
    assert not Job.objects.filter(kind=Job.Kind.EXPORT).exists()


@pytest.mark.parametrize("options", [["--name", "x"], ["--dataset", "toy"], ["--here"], ["--follow"]])
def test_what_would_be_ignored_of_a_trained_model_is_refused(trained, tmp_path, options):
    target = tmp_path / "bundle.zip"

    with pytest.raises(CommandError, match=f"{options[0]} must be left out") as refused:
        export(trained.name, "--output", target, *options)

    assert refused.value.returncode == 2
    assert not target.exists()


def leave_behind(run_directory, *names):
    for name in names:
        (run_directory / name).mkdir()
        (run_directory / name / "half").touch()


def test_what_a_killed_attempt_left_goes_with_the_next_one(run_directory):
    export(run_directory.name)
    job = Job.objects.first()
    others = [f"bundle-{job.pk}1", "bundle-0", f".bundle-{job.pk}1.abc.partial"]
    leave_behind(run_directory, f"bundle-{job.pk}", f".bundle-{job.pk}.abc.partial", *others)
    Job.objects.filter(pk=job.pk).update(attempt=2)

    run_job(job.pk)

    made = TrainedModel.objects.first()
    assert made.job == job
    assert made.location.name == f"bundle-{job.pk}-2"
    kept = {path.name for path in run_directory.iterdir()}
    assert kept == {"bundle", made.location.name, *others}


def test_an_attempt_that_was_thought_dead_does_not_remove_the_next_ones_folder(run_directory, monkeypatch):
    made = []

    def export_while_taken_over(bundle_directory, source, dataset, run):
        Job.objects.filter(pk=run.job.pk).update(attempt=2, state=Job.State.QUEUED, owner="")
        next_one = replace(run, lease=claim_job(run.job.pk, "another"))
        made.append(exporting.make_bundle_directory(run_directory, next_one))
        raise RuntimeError("gone")

    monkeypatch.setattr(exporting, "export_into", export_while_taken_over)

    export(run_directory.name)
    run_job(Job.objects.first().pk)

    assert made[0].is_dir()
