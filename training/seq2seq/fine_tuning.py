"""A training that goes on from a trained model with another dataset: new words join the known ones."""

import logging
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from answering.bundle import Bundle, Part
from preprocessing.dataset import Dataset
from preprocessing.errors import SettingsError
from preprocessing.realisation import SurfaceForms
from preprocessing.text_settings import TextSettings
from preprocessing.vocabulary import Vocabulary
from training.errors import CorruptRunError
from training.parameters import Hyperparameters
from training.run_files import BUNDLE, CHECKPOINTS, VOCABULARY_FILE
from training.seq2seq.checkpoint import TRAINING_LOSS, Arrays, CheckpointFolder
from training.seq2seq.network import Network
from training.seq2seq.run_configuration import load_configuration
from training.seq2seq.run_vocabulary import keep_vocabulary, vocabulary_of
from training.seq2seq.weights import AVERAGE, NETWORK

logger = logging.getLogger(__name__)
# What a network's shape depends on: the new run must have it from the old one.
SHAPE = ("architecture", "cell", "layers", "hidden_size", "embedding_size", "heads", "mechanisms", "reverse")
# Cutting texts at other lengths changes no word.
LENGTHS = ("max_length", "max_answer_length", "context_turns")


@dataclass(frozen=True)
class Start:
    """A run whose trained network another one begins with."""

    run_directory: Path
    hyperparameters: Hyperparameters
    part: Part
    vocabulary: Vocabulary
    surface_forms: SurfaceForms

    @classmethod
    def of(cls, run_directory: Path, bundle_directory: Path | None = None) -> "Start":
        """Open the run of a trained model, whose bundle is the run's own or at `bundle_directory`.

        Raises:
            BundleError: it has no whole bundle.
            CorruptRunError: its checkpoints are gone.
            SettingsError: it has no network.
        """
        bundle = Bundle.open(bundle_directory or run_directory / BUNDLE)
        part = next((part for part in bundle.manifest.parts if part.role != "retriever"), None)
        if part is None:
            raise SettingsError(
                "A training must start from a trained network; the bundle in "
                f"{run_directory.name} only looks up what is written. Start from another one."
            )
        folder = bundle.part_directory(part)
        forms = folder / "surface_forms.json"
        return cls(
            run_directory,
            load_configuration(run_directory),
            part,
            Vocabulary.from_file(folder / "vocabulary.txt"),
            SurfaceForms.from_file(forms) if forms.exists() else SurfaceForms({}),
        )

    def with_shape(self, hyperparameters: Hyperparameters) -> Hyperparameters:
        """Return the settings with all that decides the network's shape taken from this run."""
        return replace(hyperparameters, **{name: getattr(self.hyperparameters, name) for name in SHAPE})

    def require_same_text(self, dataset: Dataset) -> None:
        """Refuse a dataset whose texts are cut into other tokens than the network has learned."""
        ours, theirs = TextSettings.from_json(self.part.text_settings), dataset.text_settings
        different = [
            spec.name
            for spec in fields(TextSettings)
            if spec.name not in LENGTHS and getattr(ours, spec.name) != getattr(theirs, spec.name)
        ]
        if different:
            raise SettingsError(
                "A dataset must cut texts like the one of the trained model that training starts from. "
                f"They differ in {', '.join(different)}. Preprocess it with the same settings."
            )

    def judged_by(self, folder: CheckpointFolder) -> str:
        """Return the metric that chose what answers: of those that were measured the one asked for first."""
        settings = self.hyperparameters
        asked = (settings.metric.rpartition("/")[2], "loss") if settings.select == "validation" else ()
        measured = {name for state in folder.states().values() for name in state.metrics}
        return next((name for name in asked if name in measured), TRAINING_LOSS)

    def weights(self) -> Arrays:
        """Return the arrays of the best checkpoint, the averaged ones where there are such."""
        folder = CheckpointFolder(self.run_directory / CHECKPOINTS)
        folder.metric = self.judged_by(folder)
        found = folder.load_best()
        if found is None:
            raise CorruptRunError(
                "A trained model must still have its checkpoints for a training to start from it; "
                f"{self.run_directory.name} has none. Start from another one."
            )
        return found[1]


def grow_vocabulary(start: Start, dataset: Dataset, run_directory: Path) -> Vocabulary:
    """Give the new run the old words with their ids, and the dataset's new ones behind them; once."""
    if (run_directory / VOCABULARY_FILE).exists():
        return vocabulary_of(run_directory, dataset)
    added = [
        token
        for token in dataset.vocabulary.decode(range(len(dataset.vocabulary)))
        if token not in start.vocabulary.word2id()
    ]
    grown = Vocabulary([*start.vocabulary.decode(range(len(start.vocabulary))), *added])
    keep_vocabulary(run_directory, grown, start.surface_forms.joined_with(dataset.surface_forms))
    logger.info("The vocabulary grows from %s to %s words.", f"{len(start.vocabulary):,}", f"{len(grown):,}")
    return grown


def start_weights(network: Network, start: Start) -> None:
    """Let a network begin with another run's weights; rows of new words keep their random start."""
    arrays = start.weights()
    for number, variable in enumerate(network.variables):
        variable.assign(grown_array(variable, arrays.get(f"{NETWORK}_{number}")))
    if f"{AVERAGE}_0" in arrays:
        for number, variable in enumerate(network.trainable_variables):
            variable.assign(grown_array(variable, arrays.get(f"{AVERAGE}_{number}")))


def grown_array(variable: Any, array: np.ndarray[Any, Any] | None) -> np.ndarray[Any, Any]:
    values: np.ndarray[Any, Any] = np.asarray(variable).copy()
    if array is not None and array.shape == values.shape:
        return array
    if array is None or not array.ndim or array.shape[1:] != values.shape[1:] or len(array) > len(values):
        raise CorruptRunError(
            f"A trained model's checkpoint must fit its network; {variable.path} does not. "
            "Start from another one."
        )
    values[: len(array)] = array
    return values
