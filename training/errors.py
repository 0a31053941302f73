"""The errors of training and its jobs.

ChatbotError (preprocessing/errors.py)
└── TrainingError
    ├── JobStateError       a job is not in a state that allows this
    ├── CorruptRunError     a run directory holds no whole checkpoint, or one of another configuration
    ├── CorruptReportError  an evaluation's files are gone or were changed
    ├── ExportError         a bundle's checks did not hold
    ├── LeakageError        what is to be evaluated on was trained on
    ├── ActivationError     a trained model cannot answer for a bot
    │   └── GateError       it can, but not as well as the bot's gate demands
    ├── ReviewError         a group of the review list is not as it was shown
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


class CorruptReportError(TrainingError):
    """What an evaluation found cannot be read."""

    code = "corrupt_report"


class ExportError(TrainingError):
    """An exported network does not give what the trained one gives."""

    code = "export"


class LeakageError(TrainingError):
    """Figures measured on these questions would be too good, since they were trained on."""

    code = "leakage"


class ActivationError(TrainingError):
    """A bot goes on as before, since the trained model chosen for it cannot answer, or there is none."""

    code = "conflict"


class GateError(ActivationError):
    """A bot goes on as before, since the trained model chosen for it did not pass the bot's gate."""


class ReviewError(TrainingError):
    """Somebody else was quicker: questions of the review list are no longer as they were shown."""

    code = "conflict"


class NoActiveModelError(TrainingError):
    """No trained model answers for this bot yet."""

    code = "no_model"
