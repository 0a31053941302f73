"""Which rows an evaluation is about: what is evaluated, and what is asked; deleted ones are errors."""

from preprocessing.dataset import Dataset as DatasetFiles
from preprocessing.errors import CorpusError, DatasetError
from training.errors import JobStateError
from training.evaluate_parameters import EvaluateParameters
from training.models import Corpus, Dataset, TrainedModel


def trained_model_of(parameters: EvaluateParameters) -> TrainedModel:
    found = TrainedModel.objects.filter(pk=parameters.trained_model).first()
    if found is None:
        raise JobStateError(
            f"Trained model {parameters.trained_model} must exist; it has been deleted. Choose another one."
        )
    return found


def dataset_of(parameters: EvaluateParameters) -> Dataset:
    found = Dataset.objects.filter(pk=parameters.dataset or 0).first()
    if found is None:
        raise DatasetError(
            f"Dataset {parameters.dataset} must exist; it has been deleted. Choose another one."
        )
    return found


def corpus_of(parameters: EvaluateParameters) -> Corpus:
    found = Corpus.objects.filter(pk=parameters.corpus or 0).first()
    if found is None:
        raise CorpusError(f"Corpus {parameters.corpus} must exist; it has been deleted. Choose another one.")
    return found


def require_held_out(dataset: Dataset, split: str) -> None:
    # Rows of imported datasets have no summary.
    splits = dataset.summary.get("splits") or DatasetFiles.open(dataset.location).information["splits"]
    if not splits.get(split):
        raise DatasetError(
            f"The {split} split of dataset {dataset} must hold exchanges; it has none: all of them train. "
            "Evaluate on another dataset or on a corpus."
        )
