"""A dataset as people look at it: its sections, and what is wrong with it or not known."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from preprocessing.dataset import REPORT, Dataset
from training.services.dataset_sections import SECTIONS, Facts
from training.services.report_parts import DatasetReport, Section

WITHOUT_REPORT = (
    f"There is no {REPORT} beside this dataset: it was imported, or it was made before reports were. "
    "Lengths, vocabulary, frequent texts and examples are not known; preprocess the corpus to get them."
)


def dataset_report(directory: Path) -> DatasetReport:
    """Return what people should see of the dataset in `directory`.

    Raises:
        DatasetError: there is no dataset.
    """
    dataset = Dataset.open(directory)
    report, remarks = read_report(dataset)
    facts = Facts(dataset.information, report)
    sections = [section_of(title, make, facts) for title, make in SECTIONS.items()]
    return DatasetReport(
        name=str(dataset.information.get("name", directory.name)),
        problems=problems_of(report),
        remarks=remarks,
        sections=tuple(section for section in sections if section != Section(section.title)),
    )


def read_report(dataset: Dataset) -> tuple[dict[str, Any], tuple[str, ...]]:
    try:
        report = dataset.report
    except (OSError, TypeError, ValueError) as error:
        return {}, (f"The {REPORT} beside this dataset cannot be read: {error}.",)
    return report, () if report else (WITHOUT_REPORT,)


def problems_of(report: Mapping[str, Any]) -> tuple[str, ...]:
    duplicates = report.get("duplicates_between_splits")
    if not duplicates:
        return ()
    return (
        f"Duplicates between splits must be 0. There are {duplicates}: held-out exchanges that stand in "
        "another split too, so that scores on them say nothing. Preprocess the corpus again.",
    )


def section_of(title: str, make: Callable[[Facts], Section], facts: Facts) -> Section:
    """Return a section; one whose figures another version wrote in another way says so."""
    try:
        return replace(make(facts), title=title)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        return Section(title, sentences=("These figures were written in a way that is not understood here.",))
