"""What lies in a run directory, by name. Imports no neural framework."""

import json
from pathlib import Path

from training.errors import CorruptRunError
from training.parameters import Hyperparameters

CONFIGURATION = "configuration.json"
BUNDLE = "bundle"


def keep_configuration(run_directory: Path, hyperparameters: Hyperparameters) -> None:
    """Write the configuration into a new run; a resumed one must have the same.

    Raises:
        CorruptRunError: the run began with other settings.
    """
    path = run_directory / CONFIGURATION
    if path.exists():
        if load_configuration(run_directory) != hyperparameters:
            raise CorruptRunError(
                "A run must be resumed with the settings it began with; these differ. Start a new training."
            )
        return
    text = json.dumps(hyperparameters.as_json(), indent=2)
    path.write_text(text + "\n", encoding="utf-8")


def load_configuration(run_directory: Path) -> Hyperparameters:
    try:
        return Hyperparameters.from_json(json.loads((run_directory / CONFIGURATION).read_text("utf-8")))
    except (OSError, ValueError) as error:
        raise CorruptRunError(f"{run_directory} must hold a readable {CONFIGURATION}: {error}.") from None
