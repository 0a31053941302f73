"""The errors of training and its jobs.

ChatbotError (preprocessing/errors.py)
└── TrainingError
    ├── JobStateError       a job is not in a state that allows this
    ├── CorruptRunError     a run directory holds no whole checkpoint, or one of another configuration
    ├── ExportError         a bundle's checks did not hold
    ├── ActivationError     a trained model cannot answer for a bot
    └── NoActiveModelError  a bot has no trained model that answers
"""

from preprocessing.errors import ChatbotError


class TrainingError(ChatbotError):
    """Training, or a job around it, cannot go on."""

    code = "training"


class JobStateError(TrainingError):
    """A job is in a state that does not allow what was asked."""

    code = "conflict"


class CorruptRunError(TrainingError):
    """A run directory cannot be resumed."""

    code = "corrupt_run"


class ExportError(TrainingError):
    """An exported network does not give what the trained one gives."""

    code = "export"


class ActivationError(TrainingError):
    """A bot goes on as before, since the trained model chosen for it cannot answer, or there is none."""

    code = "conflict"


class NoActiveModelError(TrainingError):
    """No trained model answers for this bot yet."""

    code = "no_model"
