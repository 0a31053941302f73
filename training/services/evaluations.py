"""Evaluations: queued by people, by schedules and after every training; their files read; deleted."""

import json
import logging
from pathlib import Path
from typing import Any

from preprocessing.errors import ChatbotError, SettingsError
from training.errors import CorruptReportError
from training.evaluation.report_format import FORMAT_VERSION
from training.models import Evaluation, Job, TrainedModel
from training.services.jobs import job_queue, remove_directory

logger = logging.getLogger(__name__)
REPORT, CASES = "report.json", "cases.jsonl"


def evaluation_queue(
    *, trained_model: TrainedModel, created_by: Any = None, send: bool = True, **asked: Any
) -> Job:
    """Queue an evaluation of a trained model; of itself, on the test split of its own dataset.

    Raises:
        SettingsError: there is nothing to ask, or a setting is out of range.
        DatasetError: nothing of the dataset is held out.
    """
    named = {name: value for name, value in asked.items() if value is not None}
    if "dataset" not in named and "corpus" not in named:
        if trained_model.dataset_id is None:
            raise SettingsError(
                f"A dataset or a corpus must be named; that of {trained_model} is not here. Name another one."
            )
        named["dataset"] = trained_model.dataset_id
    parameters = {"trained_model": trained_model.pk, **named}
    return job_queue(kind=Job.Kind.EVALUATE, parameters=parameters, created_by=created_by, send=send)


def evaluation_queue_after_training(*, trained_model: TrainedModel, job: Job | None = None) -> Job | None:
    """Queue the evaluation that every trained model gets by itself; None where nothing can be asked."""
    try:
        return evaluation_queue(trained_model=trained_model, created_by=job.created_by if job else None)
    except ChatbotError as error:
        logger.info("%s is not evaluated: %s", trained_model, error)
        return None


def evaluation_delete(*, evaluation: Evaluation) -> None:
    """Delete an evaluation with its report."""
    location = evaluation.location
    evaluation.delete()
    remove_directory(location)


def open_report(evaluation: Evaluation) -> dict[str, Any]:
    """Return an evaluation's report.

    Raises:
        CorruptReportError: its file is gone, was changed or is of another version.
    """
    path = evaluation.location / REPORT
    found = as_object(path, read_file(path))
    if found.get("format_version") != FORMAT_VERSION:
        raise broken(path, f"its format version is {found.get('format_version')}, not {FORMAT_VERSION}")
    return found


def open_cases(evaluation: Evaluation) -> list[dict[str, Any]]:
    """Return what was asked and said, an entry a question.

    Raises:
        CorruptReportError: its file is gone or was changed.
    """
    path = evaluation.location / CASES
    return [as_object(path, line) for line in read_file(path).splitlines()]


def as_object(path: Path, text: str) -> dict[str, Any]:
    try:
        return dict(json.loads(text))
    except (TypeError, ValueError, RecursionError) as error:
        raise broken(path, error) from None


def read_file(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeError) as error:
        raise broken(path, error) from None


def broken(path: Path, error: object) -> CorruptReportError:
    return CorruptReportError(f"{path.name} must be as it was written: {error}. Evaluate once more.")
