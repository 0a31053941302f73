"""Datasets made elsewhere: a pickle becomes a dataset's folder and its row."""

from pathlib import Path

from django.conf import settings

from preprocessing.dataset import Dataset as DatasetFiles
from preprocessing.foreign_dataset import import_pickle
from preprocessing.progress import Monitor
from training.models import Dataset
from training.models.paths import stored_path


def dataset_import(*, path: Path, name: str | None, monitor: Monitor) -> Dataset:
    """Check somebody else's pickle and keep it as a dataset of ours; for people at the shell.

    Raises:
        ChatbotError: the pickle, or the name, cannot be used.
    """
    summary = import_pickle(path.expanduser(), settings.DATA_DIR, monitor, name)
    written = DatasetFiles.open(summary.directory)
    return Dataset.objects.create(
        name=written.name,
        directory=stored_path(summary.directory),
        max_length=written.information["max_length"],
        exchanges=summary.exchanges,
        vocabulary_size=summary.vocabulary_size,
        summary=summary.as_json(),
    )
