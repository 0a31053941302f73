"""A bundle with a retriever alone: made in seconds, needs no network."""

import platform
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from answering.alike_cases import alike_cases
from answering.bundle import Bundle, Manifest, Part, new_bundle, write_manifest
from answering.calibration import fitted
from answering.candidates.candidate import ALIKE
from answering.retrieval import Provenance, Retriever, build_retriever_part
from preprocessing.dataset import Dataset
from preprocessing.progress import Monitor, Progress
from preprocessing.ragged import TextColumn
from preprocessing.tokenisation import TextResources, Tokeniser


def build_retrieval_bundle(dataset_directory: Path, bundle_directory: Path, monitor: Monitor) -> Bundle:
    """Index every exchange of a dataset; the bundle appears whole or not at all."""
    dataset = Dataset.open(dataset_directory)
    with new_bundle(bundle_directory) as partial:
        part = retriever_part_of(dataset, np.arange(len(dataset)), partial, monitor)
        calibration = alike_calibration(partial, part)
        write_manifest(partial, replace(retrieval_manifest(dataset, part), calibration=calibration))
    monitor.report(Progress(len(dataset), len(dataset), "exchanges", "indexed"))
    return Bundle.open(bundle_directory)


def retriever_part_of(
    dataset: Dataset, rows: npt.NDArray[np.int64], directory: Path, monitor: Monitor | None = None
) -> Part:
    """Write a retriever part with the given exchanges of a dataset, their original texts whole."""
    columns = dataset.exchanges
    return build_retriever_part(
        directory,
        questions=chosen(columns.question_texts, rows),
        answers=chosen(columns.answer_texts, rows),
        provenance=Provenance(
            chosen(columns.sources, rows), chosen(columns.conversations, rows), columns.turns[rows]
        ),
        tokeniser=retrieval_tokeniser(dataset),
        monitor=monitor,
    )


def alike_calibration(directory: Path, part: Part) -> dict[str, Any] | None:
    """Return what a manifest says of how sure the retriever in that folder may be; None for a tiny corpus."""
    tokeniser = Tokeniser(part.tokeniser_settings(), TextResources.open(directory / part.folder))
    retriever = Retriever(directory / part.folder, tokeniser, least_similarity=0)
    found = fitted(alike_cases(retriever))
    return {ALIKE: found.as_json()} if found else None


def retrieval_tokeniser(dataset: Dataset) -> Tokeniser:
    """Return what compares questions by words, also where a generator sees smaller units."""
    resources = TextResources(user_words=dataset.resources.user_words)
    return Tokeniser(dataset.text_settings.for_retrieval(), resources)


def chosen(column: TextColumn, rows: npt.NDArray[np.int64]) -> TextColumn:
    return TextColumn.from_texts(column[row] for row in rows)


def retrieval_manifest(dataset: Dataset, part: Part) -> Manifest:
    return Manifest(
        architecture="retrieval",
        default_mode="retrieve",
        parts=(part,),
        created=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        configuration={"architecture": "retrieval"},
        metrics={"exchanges": len(dataset)},
        versions={"python": platform.python_version()},
        source_hashes=dataset_hashes(dataset),
    )


def dataset_hashes(dataset: Dataset) -> dict[str, Any]:
    return {"dataset": dataset.fingerprint, **dataset.information.get("source_hashes", {})}
