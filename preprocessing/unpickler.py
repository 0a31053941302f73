"""Reads a pickle that somebody sent: only plain containers, numbers and strings, since a pickle is code."""

import pickle
from pathlib import Path
from typing import Any, NoReturn

from preprocessing.errors import DatasetError

KEYS = ("word2id", "id2word", "trainingSamples", "maxLength", "corpusName")


class PlainUnpickler(pickle.Unpickler):
    """Refuses every name that a pickle could import; plain values need none."""

    def find_class(self, module: str, name: str) -> NoReturn:
        raise DatasetError(
            f"it names {module}.{name}, and only plain lists, dicts, numbers and texts are let in"
        )

    def persistent_load(self, pid: Any) -> NoReturn:
        raise DatasetError("it refers to something outside itself")


def load_pickle(path: Path) -> dict[str, Any]:
    """Return the content of a dataset pickle.

    Raises:
        DatasetError: the file is damaged, holds more than plain values, or lacks a key of the contract.
    """
    try:
        with path.open("rb") as file:
            content = PlainUnpickler(file).load()
    except DatasetError as error:
        raise DatasetError(f"{path.name} was refused: {error}.") from None
    except (OSError, RecursionError, MemoryError) as error:
        raise DatasetError(f"{path.name} could not be read: {error}.") from None
    except Exception as error:  # a damaged pickle raises whatever its bytes happen to lead to
        raise DatasetError(f"{path.name} must be a whole pickle. {type(error).__name__}: {error}.") from None
    missing = [key for key in KEYS if not isinstance(content, dict) or key not in content]
    if missing:
        raise DatasetError(
            f"{path.name} must be a dict with {', '.join(KEYS)}. It lacks {', '.join(missing)}."
        )
    return dict(content)
