"""A run's best checkpoint becomes a bundle: `python -m training.seq2seq.export RUN DATASET [BUNDLE]`.

Runs in a process without a GPU: a recurrent layer on cuDNN's kernel has no ONNX form.
"""

import json
import logging
import platform
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import tensorflow as tf

from answering.bundle import Bundle, Manifest, Part, new_bundle, write_manifest
from answering.retrieval_bundle import dataset_hashes, retriever_part_of
from preprocessing.errors import ChatbotError
from training.architectures import ARCHITECTURES
from training.evaluation.modes import with_modes
from training.evaluation.neighbours import AFTER, note_neighbours
from training.run_files import BUNDLE
from training.seq2seq.architectures import make_network
from training.seq2seq.checkpoint import TrainingState
from training.seq2seq.export_checks import check_export
from training.seq2seq.generator import Generator
from training.seq2seq.graphs import write_graphs
from training.seq2seq.network import Network
from training.seq2seq.ranker_export import write_ranker
from training.seq2seq.starting_embeddings import coverage_of
from training.seq2seq.trained_run import TrainedRun
from training.seq2seq.weights import load_network

logger = logging.getLogger(__name__)
PACKAGES = ("tensorflow", "keras", "onnx", "tf2onnx", "onnxruntime", "numpy")


def export_bundle(
    run_directory: Path, dataset_directory: Path, bundle_directory: Path | None = None
) -> Bundle:
    """Export, check, and only then give the bundle its name: `bundle` in the run directory, or another.

    Raises:
        ExportError: the exported network does not give the trained one's answers.
        CorruptRunError: there is no whole checkpoint.
    """
    run = TrainedRun.open(run_directory, dataset_directory)
    state, arrays = run.best_checkpoint()
    network = make_network(run.hyperparameters, len(run.vocabulary), for_export=True)
    network.read_vocabulary(run.vocabulary)
    load_network(network, arrays)
    tokens = run.vocabulary.decode(range(len(run.vocabulary)))
    note_neighbours(run_directory, AFTER, np.asarray(network.embedding.embeddings), tokens)
    target = bundle_directory or run_directory / BUNDLE
    with new_bundle(target) as partial:
        trained, report = WRITERS[ARCHITECTURES[run.hyperparameters.architecture].role](network, run, partial)
        retriever = retriever_part_of(run.dataset, np.arange(len(run.dataset)), partial)
        metrics = {**metrics_of(run, state, network, report), "word_vectors": coverage_of(run_directory)}
        manifest = manifest_of(run, metrics, (trained, retriever))
        write_manifest(partial, with_modes(manifest, partial, run.dataset))
    logger.info("Exported as %s.", report.as_json())
    return Bundle.open(target)


class Report(Protocol):
    """What the checks of a part found."""

    def as_json(self) -> dict[str, Any]: ...


def write_generator(network: Generator, run: TrainedRun, directory: Path) -> tuple[Part, Report]:
    """Write a generator, or a reverse one, which asks with answers; see `ExchangeIds`."""
    role = "reverse_generator" if run.hyperparameters.reverse else "generator"
    folder = directory / role
    folder.mkdir()
    write_graphs(network, folder)
    run.vocabulary.to_file(folder / "vocabulary.txt")
    run.surface_forms.to_file(folder / "surface_forms.json")
    run.dataset.resources.save(folder)
    report = check_export(network, folder, run.dataset, run.exchanges)
    text_settings = {
        **run.dataset.text_settings.as_json(),
        "max_length": run.exchanges.max_question_length,
        "max_answer_length": run.exchanges.max_answer_length,
    }
    settings = {"precision": report.precision, "reverse_question": False, **network.part_settings()}
    return Part(role, role, text_settings, settings), report


# What is written of a network, by its architecture's role: the part that answers, once its checks held.
WRITERS: dict[str, Callable[[Any, TrainedRun, Path], tuple[Part, Report]]] = {
    "generator": write_generator,
    "ranker": write_ranker,
}


def manifest_of(run: TrainedRun, metrics: dict[str, Any], parts: tuple[Part, ...]) -> Manifest:
    return Manifest(
        architecture=run.hyperparameters.architecture,
        default_mode="generate" if parts[0].role == "generator" else "retrieve",
        parts=parts,
        created=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        configuration=run.hyperparameters.as_json(),
        metrics=metrics,
        versions={"python": platform.python_version(), **{name: version(name) for name in PACKAGES}},
        seed=run.hyperparameters.seed,
        source_hashes=dataset_hashes(run.dataset),
    )


def metrics_of(run: TrainedRun, best: TrainingState, network: Network, report: Report) -> dict[str, Any]:
    newest = run.checkpoints.newest()
    last = newest[0] if newest else best
    return {
        "steps": last.step,
        "epochs": last.epoch,
        "training_seconds": round(last.elapsed_seconds, 1),
        "best_step": best.step,
        "best_epoch": best.epoch,
        **best.metrics,
        "parameters": network.count_params(),
        "training_exchanges": len(run.dataset.indices("train")),
        "validation_exchanges": len(run.dataset.indices("validation")),
        "export": report.as_json(),
    }


def main(arguments: list[str]) -> int:
    """Print the error as JSON for the parent process, which tells it to people."""
    tf.config.set_visible_devices([], "GPU")
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        export_bundle(*map(Path, arguments))
    except ChatbotError as error:
        sys.stdout.write(json.dumps({"code": error.code, "text": str(error)}) + "\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
