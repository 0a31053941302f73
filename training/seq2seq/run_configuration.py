"""The settings of a run: written once, and the same when it is resumed. Imports no neural framework."""

import json
from collections.abc import Callable
from pathlib import Path

from preprocessing.durable_file import write_text_durably
from training.errors import CorruptRunError
from training.parameters import Hyperparameters
from training.run_files import CONFIGURATION_FILE, REQUESTED

Resolve = Callable[[Hyperparameters], Hyperparameters]


def keep_configuration(
    run_directory: Path,
    hyperparameters: Hyperparameters,
    resolve: Callable[[Hyperparameters], Hyperparameters],
) -> Hyperparameters:
    """Write the configuration into a new run; a resumed one must have been asked for the same.

    `resolve` fills in a preset, once: a run that goes on elsewhere keeps what was chosen for it.

    Returns:
        the configuration of the run.

    Raises:
        CorruptRunError: the run began with other settings.
    """
    path = run_directory / CONFIGURATION_FILE
    if not path.exists():
        resolved = resolve(hyperparameters)
        content = {**resolved.as_json(), REQUESTED: hyperparameters.as_json()}
        write_text_durably(path, json.dumps(content, indent=2) + "\n")
        return resolved
    kept = load_configuration(run_directory)
    if requested_configuration(run_directory) != hyperparameters:
        raise CorruptRunError(
            "A run must be resumed with the settings it began with; these differ. Start a new training."
        )
    return kept


def requested_configuration(run_directory: Path) -> Hyperparameters:
    content = json.loads((run_directory / CONFIGURATION_FILE).read_text("utf-8"))
    return Hyperparameters.from_json(content.get(REQUESTED, content))


def load_configuration(run_directory: Path) -> Hyperparameters:
    try:
        content = json.loads((run_directory / CONFIGURATION_FILE).read_text("utf-8"))
        content.pop(REQUESTED, None)
        return Hyperparameters.from_json(content)
    except (OSError, ValueError) as error:
        raise CorruptRunError(
            f"{run_directory} must hold a readable {CONFIGURATION_FILE}: {error}."
        ) from None
