"""manage.py import_dataset PATH: another machine's dataset, or a pickle made by DeepQA2, becomes one here."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from preprocessing.errors import ChatbotError
from preprocessing.progress import NullMonitor, Progress
from training.models import Dataset
from training.services.importing import dataset_import
from training.terminal import JobBar


class BarMonitor(NullMonitor):
    """Shows progress in the terminal; Ctrl-C ends the command itself."""

    def __init__(self, bar: JobBar) -> None:
        self._bar = bar

    def report(self, progress: Progress) -> None:
        self._bar.show_progress(progress)


class Command(BaseCommand):
    help = (
        "Take in a dataset's folder from another machine, with the same fingerprint, or make a dataset from "
        "a pickle of DeepQA2's contract, checked to its last id."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "path",
            type=Path,
            help="A folder with a dataset.json, or a pickle, as dataset-<corpusName>-<maxLength>.pkl.",
        )
        parser.add_argument(
            "--name",
            help="How a pickle's dataset is called. Default: its corpusName. A folder keeps its name.",
        )
        parser.add_argument("--json", action="store_true", help="Print the dataset as JSON.")

    def handle(self, *, path: Path, name: str | None, json: bool, **_: Any) -> None:
        try:
            with JobBar(f"import {path.name}") as bar:
                dataset = dataset_import(path=path, name=name, monitor=BarMonitor(bar))
        except ChatbotError as error:
            raise CommandError(str(error), returncode=2) from None
        self.stdout.write(as_json(dataset) if json else as_words(dataset))


def as_json(dataset: Dataset) -> str:
    return json.dumps({"id": dataset.pk, "name": dataset.name, **dataset.summary})


def as_words(dataset: Dataset) -> str:
    splits = ", ".join(f"{part} {number:,}" for part, number in dataset.summary["splits"].items())
    stripped = dataset.summary["counts"].get("stripped_special_ids")
    note = f"; stripped {stripped:,} ids of <go>, <eos> and <pad>" if stripped else ""
    return f"Dataset {dataset.pk}: {dataset}, {splits}{note}. Train on it with: manage.py train {dataset.pk}"
