"""The words that a run's network knows: its dataset's, or more where it goes on from a trained model."""

from pathlib import Path

import numpy as np
import numpy.typing as npt

from preprocessing.dataset import Dataset
from preprocessing.realisation import SurfaceForms
from preprocessing.vocabulary import Vocabulary
from training.run_files import SURFACE_FORMS_FILE, VOCABULARY_FILE


def keep_vocabulary(run_directory: Path, vocabulary: Vocabulary, surface_forms: SurfaceForms) -> None:
    """Let a run have words of its own; the vocabulary, written last, says that all of it is there."""
    surface_forms.to_file(run_directory / SURFACE_FORMS_FILE)
    vocabulary.to_file(run_directory / VOCABULARY_FILE)


def vocabulary_of(run_directory: Path, dataset: Dataset) -> Vocabulary:
    path = run_directory / VOCABULARY_FILE
    return Vocabulary.from_file(path) if path.exists() else dataset.vocabulary


def surface_forms_of(run_directory: Path, dataset: Dataset) -> SurfaceForms:
    path = run_directory / SURFACE_FORMS_FILE
    return SurfaceForms.from_file(path) if path.exists() else dataset.surface_forms


def renumbering(known: Vocabulary, network: Vocabulary) -> npt.NDArray[np.int32] | None:
    """Return for each id of a dataset's vocabulary the network's, or None where they are the same.

    The network must know all of them.
    """
    if known == network:
        return None
    ids = network.word2id()
    return np.array([ids[token] for token in known.decode(range(len(known)))], np.int32)
