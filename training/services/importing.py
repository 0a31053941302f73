"""Datasets made elsewhere: a pickle, or a dataset's own folder, becomes a folder here and its row."""

from pathlib import Path

from django.conf import settings

from preprocessing.dataset import Dataset as DatasetFiles
from preprocessing.dataset_folder import import_folder
from preprocessing.errors import SettingsError
from preprocessing.foreign_dataset import import_pickle
from preprocessing.pipeline import DatasetSummary
from preprocessing.progress import Monitor
from training.models import Dataset
from training.models.paths import stored_path


def dataset_import(*, path: Path, name: str | None, monitor: Monitor) -> Dataset:
    """Check what somebody else made and keep it as a dataset of ours; for people at the shell.

    A folder keeps its name and its fingerprint, so that machines can train on it together.

    Raises:
        ChatbotError: it, or the name, cannot be used.
    """
    summary = import_files(path.expanduser(), name, monitor)
    written = DatasetFiles.open(summary.directory)
    return Dataset.objects.create(
        name=written.name,
        directory=stored_path(summary.directory),
        max_length=written.information["max_length"],
        exchanges=summary.exchanges,
        vocabulary_size=summary.vocabulary_size,
        summary=summary.as_json(),
    )


def import_files(path: Path, name: str | None, monitor: Monitor) -> DatasetSummary:
    if not path.is_dir():
        return import_pickle(path, settings.DATA_DIR, monitor, name)
    if name is not None:
        raise SettingsError("A dataset's folder keeps its name; --name is for a pickle. Leave it out.")
    return import_folder(path, settings.DATA_DIR, monitor)
