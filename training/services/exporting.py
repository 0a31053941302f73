"""A run that was trained before becomes one more bundle: which run is meant, and the work of the job."""

import re
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from answering.bundle import Bundle
from preprocessing.dataset import Dataset as DatasetFiles
from preprocessing.errors import DatasetError, SettingsError
from preprocessing.new_directory import make_new_directory
from preprocessing.progress import Progress
from training.errors import CorruptRunError
from training.export_parameters import ExportParameters
from training.models import Dataset, Job
from training.models.paths import absolute_path, stored_path
from training.run_files import BUNDLE, CHECKPOINTS, CONFIGURATION_FILE
from training.services.evaluations import evaluation_queue_after_training
from training.services.job_run import JobRun
from training.services.jobs import remove_directory
from training.services.run_record import json_object, run_settings
from training.services.trained_models import default_model_name, trained_model_create


@dataclass(frozen=True)
class Run:
    """A run directory, and the newest job that trained in it where there is one."""

    directory: Path
    job: Job | None

    @property
    def architecture(self) -> str:
        used, _ = run_settings(self.directory)
        parameters = self.job.parameters if self.job else {}
        return str({**parameters, **used}.get("architecture", ""))

    @property
    def dataset(self) -> Dataset | None:
        number = self.job.parameters.get("dataset") if self.job else None
        return Dataset.objects.filter(pk=number).first() if number else None


def find_run(wanted: str) -> Run | None:
    """Return the run below save/ with this name or path, or that of the train job with this id."""
    save = (Path(settings.DATA_DIR) / "save").resolve()
    directory = (Path(wanted) if "/" in wanted else save / wanted).expanduser().resolve()
    if directory.is_relative_to(save) and directory != save and directory.is_dir():
        job = Job.objects.filter(kind=Job.Kind.TRAIN, run_directory=stored_path(directory)).first()
        return Run(directory, job) if job or (directory / CONFIGURATION_FILE).is_file() else None
    job = Job.objects.filter(kind=Job.Kind.TRAIN, pk=wanted).first() if is_id(wanted) else None
    return Run(job.run_location, job) if job and job.run_location else None


def is_id(text: str) -> bool:
    return text.isdecimal() and len(text) < 19


def run_export(run: JobRun, parameters: ExportParameters) -> None:
    """Export into a folder of its own: what answers from an earlier bundle of the run goes on doing so."""
    source = find_run(str(absolute_path(parameters.run)))
    dataset = Dataset.objects.filter(pk=parameters.dataset).first()
    if source is None:
        raise CorruptRunError(f"{parameters.run} must be a run below save/; there is none. Name another one.")
    if dataset is None:
        raise DatasetError(
            f"Dataset {parameters.dataset} must exist; it has been deleted. A run needs its own: train anew."
        )
    bundle_directory = make_bundle_directory(source.directory, run)
    try:
        export_into(bundle_directory, source, dataset, run)
        record_export(run, parameters, source, dataset, bundle_directory)
    except BaseException:
        remove_directory(bundle_directory)
        raise


def make_bundle_directory(run_directory: Path, run: JobRun) -> Path:
    """Make a folder of this attempt's own; what an earlier one left that was killed goes first.

    One that was only thought dead may still remove its own folder: never this one.
    """
    stem = f"{BUNDLE}-{run.job.pk}"
    for path in run_directory.iterdir():
        if re.fullmatch(rf"\.?{stem}([-.].+)?", path.name):
            remove_directory(path)
    attempt = run.lease.attempt
    return make_new_directory(run_directory, stem if attempt == 1 else f"{stem}-{attempt}")


def export_into(bundle_directory: Path, source: Run, dataset: Dataset, run: JobRun) -> None:
    if source.architecture == "retrieval":
        from answering.retrieval_bundle import build_retrieval_bundle

        build_retrieval_bundle(dataset.location, bundle_directory, run.monitor)
        return
    from training.seq2seq.export_child import export_in_child

    require_own_dataset(source.directory, dataset)
    run.monitor.report(Progress(0, 1, "bundle", "exporting"))
    export_in_child(source.directory, dataset.location, run.monitor, bundle_directory=bundle_directory)
    run.monitor.report(Progress(1, 1, "bundle", "checking"))


def require_own_dataset(run_directory: Path, dataset: Dataset) -> None:
    """Refuse a dataset that the run was not trained on: its words would be others."""
    states = (json_object(path) for path in sorted((run_directory / CHECKPOINTS).glob("*.json")))
    known = {state["fingerprint"] for state in states if "fingerprint" in state}
    if not known:
        raise CorruptRunError(f"{run_directory.name} must hold a checkpoint that is whole; it has none.")
    if DatasetFiles.open(dataset.location).fingerprint not in known:
        raise SettingsError(
            f"A run must be exported with the dataset that it was trained on; {dataset} is another one."
        )


def record_export(
    run: JobRun, parameters: ExportParameters, source: Run, dataset: Dataset, bundle_directory: Path
) -> None:
    """Make the trained model's row, but only for a bundle that passes its checks."""
    bundle = Bundle.open(bundle_directory)
    number = source.job.pk if source.job else source.directory.name
    name = parameters.name or default_model_name(dataset, bundle, number)
    run.monitor.write_progress()
    with run.lease.success():
        trained_model = trained_model_create(name=name, bundle=bundle, dataset=dataset, job=run.job)
    evaluation_queue_after_training(trained_model=trained_model, job=run.job)
