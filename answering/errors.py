"""The errors of answering.

ChatbotError (preprocessing/errors.py)
└── AnsweringError
    ├── BundleError       a bundle is damaged, incomplete, hostile or of another format version
    ├── ModeError         a bundle has no part that answers in the mode asked for
    └── ExplanationError  an answer cannot be explained
"""

from preprocessing.errors import ChatbotError


class AnsweringError(ChatbotError):
    """A question cannot be answered."""

    code = "answering"


class BundleError(AnsweringError):
    """A bundle must not be served."""

    code = "bundle"


class ModeError(AnsweringError):
    """The trained model cannot answer in this mode."""

    code = "conflict"


class ExplanationError(AnsweringError):
    """There is nothing to show of why an answer is what it is."""

    code = "explanation"
