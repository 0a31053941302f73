"""One training from dataset to bundle, in a run directory that says all about it."""

import json
import logging
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from preprocessing.dataset import Dataset
from preprocessing.errors import DatasetError
from preprocessing.progress import Monitor, Progress
from preprocessing.vocabulary import Vocabulary
from training.parameters import Hyperparameters
from training.presets import with_preset
from training.run_files import BUNDLE, VOCABULARY_FILE, has_checkpoint
from training.seq2seq.callbacks.standard import helper_callbacks, standard_callbacks
from training.seq2seq.checkpoint import TrainingState
from training.seq2seq.export_child import export_in_child
from training.seq2seq.fine_tuning import Start, grow_vocabulary, start_weights
from training.seq2seq.network import Network
from training.seq2seq.run_configuration import Resolve, keep_configuration
from training.seq2seq.run_vocabulary import vocabulary_of
from training.seq2seq.starting_embeddings import start_embeddings
from training.seq2seq.strategy import local_devices, make_strategy, text_from_chief
from training.seq2seq.trainer import Trainer

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class TrainingResult:
    bundle_directory: Path
    state: TrainingState


@dataclass(frozen=True)
class Beginning:
    """What a new run begins with instead of random weights, and the machines that it runs on.

    Word vectors are a file; `start_from` is the run directory of a trained model, whose weights and words
    are taken over; its bundle is that run's own, or `start_bundle`. `workers` are `first:port,second:port`;
    this process is the first and keeps the run.
    """

    vectors_path: Path | None = None
    start_from: Path | None = None
    start_bundle: Path | None = None
    workers: str = ""


def train_run(
    dataset_directory: Path,
    run_directory: Path,
    hyperparameters: Hyperparameters,
    monitor: Monitor,
    beginning: Beginning | None = None,
) -> TrainingResult:
    """Train, or go on where the run directory's newest checkpoint is, then export.

    Raises:
        StoppedError: the monitor asked to stop; the run can be resumed.
        TrainingError: with a reason that a person can read.
    """
    dataset = open_dataset(dataset_directory)
    run_directory.mkdir(parents=True, exist_ok=True)
    state = make_trainer(dataset, run_directory, hyperparameters, monitor, beginning or Beginning()).train()
    monitor.report(Progress(state.step, state.step, "steps", "exporting"))
    export_in_child(run_directory, dataset_directory, monitor)
    return TrainingResult(run_directory / BUNDLE, state)


def make_trainer(
    dataset: Dataset,
    run_directory: Path,
    hyperparameters: Hyperparameters,
    monitor: Monitor,
    beginning: Beginning,
) -> Trainer:
    start = start_of(run_directory, beginning)
    if start is not None:
        start.require_same_text(dataset)
        grow_vocabulary(start, dataset, run_directory)
    settings = keep_configuration(run_directory, hyperparameters, settings_for(dataset, start))
    vocabulary = vocabulary_of(run_directory, dataset)

    def begin(network: Network) -> None:
        if start is not None:
            start_weights(network, start)
        if beginning.vectors_path is not None:
            start_embeddings(network, vocabulary, beginning.vectors_path, run_directory)

    strategy = make_strategy(beginning.workers, 0 if beginning.workers else None, monitor.stop_requested)
    text_from_chief(strategy, told_to_helpers(settings, vocabulary))
    callbacks = standard_callbacks(run_directory, settings)
    with strategy.scope():
        return Trainer(dataset, run_directory, settings, monitor, callbacks, begin=begin)


def start_of(run_directory: Path, beginning: Beginning) -> Start | None:
    """Return what a run begins with; one that has a checkpoint goes on without, also where it is gone."""
    if beginning.start_from is None or has_checkpoint(run_directory):
        return None
    return Start.of(beginning.start_from, beginning.start_bundle)


def settings_for(dataset: Dataset, start: Start | None) -> Resolve:
    """Return what fills in the preset for this dataset on this machine, and says what it chose."""

    def resolve(asked: Hyperparameters) -> Hyperparameters:
        has_gpu = local_devices()[:1] == ["GPU:0"]
        # A preset is for the architecture that will be trained, but the network's size is the start's own.
        shaped = start.with_shape(asked) if start is not None else asked
        resolved = with_preset(shaped, exchanges=len(dataset.indices("train")), has_gpu=has_gpu)
        if start is not None:
            resolved = start.with_shape(resolved)
        before, after = asked.as_json(), resolved.as_json()
        changed = ", ".join(f"{name} {after[name]}" for name in after if after[name] != before[name])
        if changed:
            logger.info("Settings that were chosen for this run: %s.", changed)
        return resolved

    return resolve


def help_train(dataset_directory: Path, workers: str, worker_index: int, monitor: Monitor) -> TrainingState:
    """Be one of the workers but the first: compute, and keep nothing.

    Settings, words, weights and state come from the first worker; the dataset must be the same.
    """
    dataset = open_dataset(dataset_directory)
    strategy = make_strategy(workers, worker_index, monitor.stop_requested)
    told: dict[str, Any] = json.loads(text_from_chief(strategy, ""))
    settings = Hyperparameters.from_json(told["settings"])
    with tempfile.TemporaryDirectory() as directory, strategy.scope():
        Vocabulary(told["words"]).to_file(Path(directory) / VOCABULARY_FILE)
        trainer = Trainer(dataset, Path(directory), settings, monitor, helper_callbacks(settings))
    return trainer.train()


def told_to_helpers(settings: Hyperparameters, vocabulary: Vocabulary) -> str:
    words = vocabulary.decode(range(len(vocabulary)))
    return json.dumps({"settings": settings.as_json(), "words": words})


def open_dataset(directory: Path) -> Dataset:
    dataset = Dataset.open(directory)
    if not len(dataset.indices("train")):
        raise DatasetError(f"{dataset.name} must have at least one training exchange; it has none.")
    dataset.require_unchanged()
    return dataset
