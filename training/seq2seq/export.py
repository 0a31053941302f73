"""A run's best checkpoint becomes a bundle: `python -m training.seq2seq.export RUN DATASET`, two folders.

Runs in a process without a GPU: a recurrent layer on cuDNN's kernel has no ONNX form.
"""

import json
import logging
import platform
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

import tensorflow as tf

from answering.bundle import Bundle, Manifest, Part, new_bundle, write_manifest
from answering.retrieval_bundle import dataset_hashes, retriever_part_of
from preprocessing.dataset import Dataset
from preprocessing.errors import ChatbotError
from training.parameters import Hyperparameters
from training.seq2seq.architectures import make_network
from training.seq2seq.checkpoint import CheckpointFolder, TrainingState
from training.seq2seq.exchange_ids import ExchangeIds
from training.seq2seq.export_checks import ExportReport, check_export
from training.seq2seq.generator import Generator
from training.seq2seq.graphs import write_graphs
from training.seq2seq.run_files import BUNDLE, load_configuration
from training.seq2seq.starting_embeddings import coverage_of
from training.seq2seq.trainer import load_network

logger = logging.getLogger(__name__)
PACKAGES = ("tensorflow", "keras", "onnx", "tf2onnx", "onnxruntime", "numpy")


def export_bundle(run_directory: Path, dataset_directory: Path) -> Bundle:
    """Export, check, and only then give the bundle its name.

    Raises:
        ExportError: the exported network does not give the trained one's answers.
        CorruptRunError: there is no whole checkpoint.
    """
    dataset = Dataset.open(dataset_directory)
    hyperparameters = load_configuration(run_directory)
    state = best_state(run_directory)
    network = load_network(
        run_directory,
        state.best_step or state.step,
        lambda: make_network(hyperparameters, len(dataset.vocabulary), for_export=True),
    )
    with new_bundle(run_directory / BUNDLE) as partial:
        trained, report = write_generator(network, dataset, partial, reverse=hyperparameters.reverse)
        retriever = retriever_part_of(dataset, dataset.indices("train"), partial)
        metrics = {**metrics_of(state, report, dataset), "word_vectors": coverage_of(run_directory)}
        write_manifest(partial, manifest_of(hyperparameters, dataset, metrics, (trained, retriever)))
    logger.info("Exported as %s.", report.as_json())
    return Bundle.open(run_directory / BUNDLE)


def best_state(run_directory: Path) -> TrainingState:
    folder = CheckpointFolder(run_directory / "checkpoints")
    return folder.load(folder.steps()[-1])[0]


def write_generator(
    network: Generator, dataset: Dataset, directory: Path, *, reverse: bool
) -> tuple[Part, ExportReport]:
    """Write a generator, or a reverse one, which asks with answers; see `ExchangeIds`."""
    role = "reverse_generator" if reverse else "generator"
    folder = directory / role
    folder.mkdir()
    write_graphs(network, folder)
    dataset.vocabulary.to_file(folder / "vocabulary.txt")
    dataset.surface_forms.to_file(folder / "surface_forms.json")
    dataset.resources.save(folder)
    exchanges = ExchangeIds(dataset, reverse=reverse)
    report = check_export(network, folder, dataset, exchanges)
    text_settings = {
        **dataset.text_settings.as_json(),
        "max_length": exchanges.max_question_length,
        "max_answer_length": exchanges.max_answer_length,
    }
    settings = {"precision": report.precision, "reverse_question": False, **network.part_settings()}
    return Part(role, role, text_settings, settings), report


def manifest_of(
    hyperparameters: Hyperparameters,
    dataset: Dataset,
    metrics: dict[str, Any],
    parts: tuple[Part, ...],
) -> Manifest:
    return Manifest(
        architecture=hyperparameters.architecture,
        default_mode="generate" if parts[0].role == "generator" else "retrieve",
        parts=parts,
        created=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        configuration=hyperparameters.as_json(),
        metrics=metrics,
        versions={"python": platform.python_version(), **{name: version(name) for name in PACKAGES}},
        seed=hyperparameters.seed,
        source_hashes=dataset_hashes(dataset),
    )


def metrics_of(state: TrainingState, report: ExportReport, dataset: Dataset) -> dict[str, Any]:
    return {
        "steps": state.step,
        "epochs": state.epoch,
        "best_step": state.best_step,
        "best_loss": state.best_loss,
        "validation_loss": state.validation_loss,
        "training_seconds": round(state.elapsed_seconds, 1),
        "training_exchanges": len(dataset.indices("train")),
        "validation_exchanges": len(dataset.indices("validation")),
        "export": report.as_json(),
    }


def main(arguments: list[str]) -> int:
    """Print the error as JSON for the parent process, which tells it to people."""
    tf.config.set_visible_devices([], "GPU")
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        export_bundle(Path(arguments[0]), Path(arguments[1]))
    except ChatbotError as error:
        sys.stdout.write(json.dumps({"code": error.code, "text": str(error)}) + "\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
