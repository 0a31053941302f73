"""What must hold of a job's parameters beside their own bounds when it is queued: rows that they name."""

from preprocessing.errors import SettingsError
from training.architectures import ARCHITECTURES
from training.evaluate_parameters import EvaluateParameters
from training.export_parameters import ExportParameters
from training.parameters import TrainParameters
from training.services.evaluated_rows import (
    corpus_of,
    dataset_of,
    require_held_out,
    trained_model_of,
)
from training.services.starting import starting_model
from training.services.trained_models import require_free_model_name


def check_train(parameters: TrainParameters) -> None:
    if not parameters.start_from:
        return
    if not ARCHITECTURES[parameters.architecture].network:
        raise SettingsError(
            "start_from must be empty where no network is trained. "
            f"Received {parameters.start_from!r} with {parameters.architecture}.",
            setting="start_from",
        )
    starting_model(parameters.start_from)


def check_export(parameters: ExportParameters) -> None:
    if parameters.name:
        require_free_model_name(parameters.name)


def check_evaluate(parameters: EvaluateParameters) -> None:
    trained_model_of(parameters)
    if parameters.dataset is not None:
        require_held_out(dataset_of(parameters), parameters.split)
    else:
        corpus_of(parameters)
