"""The registry of job kinds: a new one is a file with a function and a line here."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from training.evaluate_parameters import EvaluateParameters
from training.export_parameters import ExportParameters
from training.models import Job
from training.parameter_fields import Parameters
from training.parameters import (
    PreprocessParameters,
    TrainParameters,
    WordVectorParameters,
)
from training.select_parameters import SelectParameters
from training.services.job_checks import check_evaluate, check_export, check_train
from training.services.job_run import JobRun

Work = Callable[[JobRun, Any], None]


def no_check(parameters: Any) -> None:
    """Everything is said by the parameters' own bounds."""


@dataclass(frozen=True)
class Kind:
    """How a kind of job is checked, where it waits and which function does it."""

    parameters: type[Parameters]
    queue: str
    # "module:function", imported by the process that does the job and by no other.
    work: str
    # Refuses what cannot be done as things are now; asked when a new job is queued.
    check: Callable[[Any], None] = no_check

    def load_work(self) -> Work:
        module, _, function = self.work.partition(":")
        loaded: Work = getattr(import_module(module), function)
        return loaded


KINDS: dict[str, Kind] = {
    Job.Kind.PREPROCESS: Kind(
        PreprocessParameters, "preprocess", "training.services.preprocessing:run_preprocess"
    ),
    Job.Kind.SELECT: Kind(SelectParameters, "preprocess", "training.services.selection:run_select"),
    Job.Kind.WORD_VECTORS: Kind(
        WordVectorParameters, "preprocess", "training.services.word_vectors:run_word_vectors"
    ),
    Job.Kind.TRAIN: Kind(TrainParameters, "train", "training.services.training:run_train", check_train),
    Job.Kind.EXPORT: Kind(ExportParameters, "train", "training.services.exporting:run_export", check_export),
    Job.Kind.EVALUATE: Kind(
        EvaluateParameters, "train", "training.services.evaluating:run_evaluate", check_evaluate
    ),
}
QUEUES = tuple(dict.fromkeys(kind.queue for kind in KINDS.values()))
