"""The root of the project's errors and those of the text layer.

ChatbotError
├── CorpusError          a corpus cannot be read or holds nothing to learn from
├── VocabularyError      a vocabulary file or word table breaks its contract
├── DatasetError         a dataset or a pickle is damaged, foreign or hostile
├── SettingsError        a setting is unknown or out of range
├── WordVectorsError     a file of word vectors is damaged, or a word has none
├── AnsweringError       see answering/errors.py
└── TrainingError        see training/errors.py

Messages say what must hold, what was received and what to do: they are shown to users as they are.
"""


class ChatbotError(Exception):
    """Anything that the project refuses to do, with a reason that a user can read."""

    code = "error"


class CorpusError(ChatbotError):
    """A corpus cannot be read, or nothing in it can be used."""

    code = "corpus"


class VocabularyError(ChatbotError):
    """A vocabulary breaks its contract: fixed special ids, one token a line, no token twice."""

    code = "vocabulary"


class DatasetError(ChatbotError):
    """A dataset is damaged, of another format version, or a pickle holds more than plain data."""

    code = "dataset"


class SettingsError(ChatbotError):
    """A setting is unknown, of the wrong type or out of its range; `setting` names it, for a form to mark."""

    code = "settings"

    def __init__(self, message: str, *, setting: str = "") -> None:
        super().__init__(message)
        self.setting = setting


class WordVectorsError(ChatbotError):
    """A file of word vectors is damaged or of no known format, or a word has no vector."""

    code = "word_vectors"
