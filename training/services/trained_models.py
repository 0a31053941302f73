"""The rows of trained models: what they are called, so that no name is given twice."""

from django.db import IntegrityError, transaction

from answering.bundle import Bundle
from training.errors import JobStateError
from training.models import Dataset, Job, TrainedModel
from training.models.paths import stored_path


def trained_model_create(*, name: str, bundle: Bundle, dataset: Dataset, job: Job) -> TrainedModel:
    """Make the row of a bundle that passed its checks; its name is numbered where another one has it."""
    while True:
        free = free_model_name(name)
        try:
            # What fails here must not take the transaction around it along.
            with transaction.atomic():
                return TrainedModel.objects.create(
                    name=free,
                    architecture=bundle.manifest.architecture,
                    dataset=dataset,
                    job=job,
                    directory=stored_path(bundle.directory),
                    metrics=bundle.manifest.metrics,
                )
        except IntegrityError:
            # Somebody may have taken the name a moment ago; anything else would fail again.
            if not TrainedModel.objects.filter(name=free).exists():
                raise


def default_model_name(dataset: Dataset, bundle: Bundle, run: int | str) -> str:
    """Return what a trained model is called by itself: by its data, its kind, and the run it came from."""
    return f"{dataset.name}-{bundle.manifest.architecture}-{run}"


def free_model_name(wanted: str) -> str:
    """Return the name, numbered where a trained model has it."""
    number, name = 1, wanted
    while TrainedModel.objects.filter(name=name).exists():
        number += 1
        name = f"{wanted}-{number}"
    return name


def require_free_model_name(name: str) -> None:
    """Refuse a name that somebody chose where a trained model has it."""
    if TrainedModel.objects.filter(name=name).exists():
        raise JobStateError(f"A trained model must have a name of its own; {name} is taken. Choose another.")
