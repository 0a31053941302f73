"""A dataset's folder from another machine: checked, then copied to a home of its own, whole or not at all."""

import shutil
import stat
import time
from pathlib import Path
from typing import Any

from preprocessing.dataset import INFORMATION, Dataset, pickle_name, room_for, write_pickle
from preprocessing.dataset_home import new_dataset_directory
from preprocessing.errors import DatasetError
from preprocessing.pipeline import DatasetSummary, link_pickle, summary_of
from preprocessing.progress import Monitor, Progress, stop_if_requested
from preprocessing.request import NAME
from preprocessing.splits import NAMES

# What is told of a dataset; its fingerprint is of the other files alone.
TOLD: dict[str, type] = {
    "name": str,
    "fingerprint": str,
    "max_length": int,
    "exchanges": int,
    "vocabulary_size": int,
    "splits": dict,
    "languages": dict,
    "counts": dict,
    "text_settings": dict,
}


def import_folder(path: Path, data_directory: Path, monitor: Monitor) -> DatasetSummary:
    """Copy a dataset below `data_directory`; its name and its fingerprint stay.

    Raises:
        DatasetError: the folder is not one that preprocessing wrote, or the disk is full.
        StoppedError: the monitor asked to stop; nothing is left behind.
    """
    started = time.monotonic()
    monitor.report(Progress(0, 0, "files", "checking"))
    try:
        found = checked_dataset(path)
        home = data_directory / "data" / found.name
        with new_dataset_directory(home, found.fingerprint[:8]) as (partial, directory):
            copy_files(path, partial, monitor)
            dataset = checked_dataset(partial)
            copy_pickle(path, partial, dataset)
    except OSError as error:
        raise DatasetError(f"{path} could not be copied: {error.strerror or error}.") from None
    link = link_pickle(data_directory, dataset.name, dataset.text_settings, directory)
    return summary_of(dataset, directory, link, started)


def checked_dataset(folder: Path) -> Dataset:
    """Open a dataset of which every file is as it was written, and nothing else is there."""
    for path in sorted(folder.iterdir()):
        if not stat.S_ISREG(path.lstat().st_mode):
            raise DatasetError(
                f"A dataset must hold plain files alone, no links and no folders: {path.name}."
            )
    dataset = Dataset.open(folder)
    check_told(dataset.information)
    dataset.require_unchanged()
    check_columns(dataset)
    return dataset


def check_told(information: dict[str, Any]) -> None:
    wrong = [key for key, kind in TOLD.items() if type(information.get(key)) is not kind]
    if wrong:
        raise DatasetError(
            f"{INFORMATION} must tell {', '.join(TOLD)}, each of its kind. {wrong[0]} is not as it must be."
        )
    if not NAME.fullmatch(information["name"]):
        raise DatasetError(
            "A dataset's name must have 1 to 64 letters, digits, dots, dashes or underscores. "
            f"Received {information['name']!r:.100}."
        )


def check_columns(dataset: Dataset) -> None:
    """Refuse what does not belong together: each number is in the files and in what is told of them."""
    try:
        settings, told = dataset.text_settings, dataset.information
        found = {
            "exchanges": len(dataset),
            "vocabulary_size": len(dataset.vocabulary),
            "max_length": max(settings.max_length, settings.max_answer_length),
            "splits": {part: len(dataset.indices(part)) for part in NAMES},
        }
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise DatasetError(f"A dataset's files must be as preprocessing writes them: {error}.") from None
    wrong = [key for key, number in found.items() if told[key] != number]
    if wrong:
        raise DatasetError(f"{INFORMATION} must say what the files hold; {wrong[0]} is not the same there.")


def copy_files(source: Path, target: Path, monitor: Monitor) -> None:
    """Copy all but the pickle."""
    paths = [path for path in sorted(source.iterdir()) if path.suffix != ".pkl"]
    with room_for(target, sum(path.stat().st_size for path in paths)):
        for number, path in enumerate(paths):
            stop_if_requested(monitor)
            monitor.report(Progress(number, len(paths), "files", "copying"))
            shutil.copyfile(path, target / path.name, follow_symlinks=False)


def copy_pickle(source: Path, target: Path, dataset: Dataset) -> None:
    """Write the pickle anew where there was one: it is code, and no fingerprint covers it."""
    name = pickle_name(dataset.name, dataset.information["max_length"])
    if (source / name).exists():
        write_pickle(
            target / name, dataset.information, dataset.exchanges, dataset.vocabulary, dataset.resources
        )
