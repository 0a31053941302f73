"""The work of a train job: a dataset becomes a run directory, a bundle and a trained model."""

import logging
import socket
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from answering.bundle import Bundle
from preprocessing.errors import DatasetError
from preprocessing.new_directory import make_new_directory
from training.models import Dataset, Job, TrainedModel
from training.models.paths import stored_path
from training.parameters import TrainParameters
from training.run_files import BUNDLE, has_checkpoint
from training.services.activation import activation_do, activation_plan
from training.services.evaluations import evaluation_queue_after_training
from training.services.job_run import JobRun
from training.services.starting import starting_model
from training.services.trained_models import default_model_name, trained_model_create
from training.services.word_vectors import vectors_location

logger = logging.getLogger(__name__)


def run_train(run: JobRun, parameters: TrainParameters) -> None:
    dataset = Dataset.objects.filter(pk=parameters.dataset).first()
    if dataset is None:
        raise DatasetError(
            f"Dataset {parameters.dataset} must exist; it has been deleted. Choose another one."
        )
    run_directory = claim_run_directory(run)
    if parameters.architecture == "retrieval":
        bundle_directory = make_retrieval_bundle(run, dataset, run_directory)
    else:
        bundle_directory = train_network(run, dataset, run_directory, parameters)
    run.monitor.write_progress()
    trained_model = record_trained_model(run, parameters, dataset, bundle_directory)
    if parameters.evaluate:
        evaluation_queue_after_training(trained_model=trained_model, job=run.job)


def train_network(run: JobRun, dataset: Dataset, run_directory: Path, parameters: TrainParameters) -> Path:
    from training.seq2seq.train import Beginning, train_run

    # A run that has begun goes on without its start, which may be gone by now.
    has_start = bool(parameters.start_from) and not has_checkpoint(run_directory)
    start = starting_model(parameters.start_from) if has_start else None
    result = train_run(
        dataset.location,
        run_directory,
        parameters.hyperparameters(),
        run.monitor,
        Beginning(
            vectors_path=vectors_location(parameters.word_vectors) if parameters.word_vectors else None,
            start_from=start.location.parent if start else None,
            start_bundle=start.location if start else None,
            workers=parameters.workers,
        ),
    )
    return Path(result.bundle_directory)


def make_retrieval_bundle(run: JobRun, dataset: Dataset, run_directory: Path) -> Path:
    from answering.retrieval_bundle import build_retrieval_bundle

    bundle_directory = run_directory / BUNDLE
    build_retrieval_bundle(dataset.location, bundle_directory, run.monitor)
    return bundle_directory


def claim_run_directory(run: JobRun) -> Path:
    """Return the run's folder: the one to resume from, else a new one that nobody else has."""
    if run.job.run_location is not None:
        run.job.run_location.mkdir(parents=True, exist_ok=True)
        return run.job.run_location
    directory = make_run_directory(Path(settings.DATA_DIR) / "save")
    run.lease.update(run_directory=stored_path(directory))
    return directory


def make_run_directory(parent: Path) -> Path:
    """Make `<hostname>.<YYYYMMDD.HHMMSS>`, DeepQA2's naming; with `-2` and so on where that is taken."""
    return make_new_directory(parent, f"{socket.gethostname()}.{timezone.now():%Y%m%d.%H%M%S}")


def record_trained_model(
    run: JobRun, parameters: TrainParameters, dataset: Dataset, bundle_directory: Path
) -> TrainedModel:
    """Make the trained model's row, but only for a bundle that passes its checks."""
    bundle = Bundle.open(bundle_directory)
    # What a run is may come from the trained model that it started from: its bundle knows.
    name = default_model_name(dataset, bundle, run.job.pk)
    planned = None
    # One that asks instead of answering is no bot's, unless somebody says so.
    if parameters.activate or bundle.part("reverse_generator") is None:
        planned = activation_plan(name=parameters.bot, directory=bundle_directory, wanted=parameters.activate)
    with run.lease.success():
        trained_model = trained_model_create(name=name, bundle=bundle, dataset=dataset, job=run.job)
        why_not = activation_do(planned=planned, trained_model=trained_model)
        if why_not:
            Job.objects.filter(pk=run.job.pk).update(progress_message=why_not[:500])
    if why_not:
        logger.warning("%s", why_not)
    return trained_model
