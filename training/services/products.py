"""Deleting what jobs made, together with its files."""

import contextlib

from training.errors import JobStateError
from training.models import Bot, Dataset, Job, TrainedModel
from training.services.jobs import remove_directory


def dataset_delete(*, dataset: Dataset) -> None:
    """Delete a dataset and its folder; trained models made from it stay whole."""
    reading = Job.objects.filter(state__in=Job.UNFINISHED, parameters__dataset=dataset.pk)
    if reading.exists():
        raise JobStateError(
            f"Dataset {dataset} is being read by job {reading[0].pk}. Wait for its end or cancel it first."
        )
    location = dataset.location
    dataset.delete()
    remove_directory(location)


def trained_model_delete(*, trained_model: TrainedModel) -> None:
    """Delete a trained model, its bundle and the reports on it, unless something needs it at this moment."""
    bots = Bot.objects.filter(active=trained_model)
    if bots.exists():
        raise JobStateError(
            f"Bot {bots[0].name} answers from {trained_model.name}. Activate another trained model first."
        )
    starting = Job.objects.filter(
        kind=Job.Kind.TRAIN, state__in=Job.UNFINISHED, parameters__start_from=trained_model.name
    )
    if starting.exists():
        raise JobStateError(
            f"Job {starting[0].pk} starts from {trained_model.name}. Wait for its end or cancel it first."
        )
    require_not_evaluated(trained_model)
    location = trained_model.location
    reports = [evaluation.location for evaluation in trained_model.evaluations.all()]
    trained_model.delete()
    for directory in (location, *reports):
        remove_directory(directory)
    # An imported one was alone in its folder; a run has checkpoints beside it.
    with contextlib.suppress(OSError):
        location.parent.rmdir()


def require_not_evaluated(trained_model: TrainedModel) -> None:
    evaluating = Job.objects.filter(
        kind=Job.Kind.EVALUATE, state=Job.State.RUNNING, parameters__trained_model=trained_model.pk
    )
    if evaluating.exists():
        raise JobStateError(
            f"Job {evaluating[0].pk} evaluates {trained_model.name}. Wait for its end or cancel it first."
        )
