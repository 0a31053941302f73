"""A run as its export sees it: settings, words, exchanges, and the checkpoint that answers."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Self

from preprocessing.dataset import Dataset
from preprocessing.realisation import SurfaceForms
from preprocessing.vocabulary import Vocabulary
from training.errors import CorruptRunError
from training.parameters import Hyperparameters
from training.run_files import CHECKPOINTS
from training.seq2seq.checkpoint import Arrays, CheckpointFolder, TrainingState
from training.seq2seq.exchange_ids import ExchangeIds
from training.seq2seq.run_configuration import load_configuration
from training.seq2seq.run_vocabulary import renumbering, surface_forms_of, vocabulary_of
from training.seq2seq.validation import judged_metric


@dataclass(frozen=True)
class TrainedRun:
    directory: Path
    dataset: Dataset
    hyperparameters: Hyperparameters

    @classmethod
    def open(cls, directory: Path, dataset_directory: Path) -> Self:
        return cls(directory, Dataset.open(dataset_directory), load_configuration(directory))

    @cached_property
    def vocabulary(self) -> Vocabulary:
        return vocabulary_of(self.directory, self.dataset)

    @cached_property
    def surface_forms(self) -> SurfaceForms:
        return surface_forms_of(self.directory, self.dataset)

    @cached_property
    def exchanges(self) -> ExchangeIds:
        numbers = renumbering(self.dataset.vocabulary, self.vocabulary)
        return ExchangeIds(self.dataset, reverse=self.hyperparameters.reverse, renumbering=numbers)

    @cached_property
    def checkpoints(self) -> CheckpointFolder:
        metric = judged_metric(self.hyperparameters, self.dataset)
        return CheckpointFolder(self.directory / CHECKPOINTS, metric=metric)

    def best_checkpoint(self) -> tuple[TrainingState, Arrays]:
        """Return the best checkpoint by the run's metric; the newest where no epoch has ended.

        Raises:
            CorruptRunError: there is no whole one, or it is of another dataset.
        """
        found = self.checkpoints.load_best()
        if found is None:
            raise CorruptRunError(f"{self.directory.name} must hold a checkpoint that is whole; it has none.")
        if found[0].fingerprint != self.dataset.fingerprint:
            raise CorruptRunError(
                "A run must be exported with the dataset it was trained on. "
                f"Received {self.dataset.directory.name}, which has another fingerprint."
            )
        return found
