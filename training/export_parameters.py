"""What an export job can be told."""

from dataclasses import dataclass

from preprocessing.errors import SettingsError
from preprocessing.request import NAME
from training.parameter_fields import Parameters, described


@dataclass(frozen=True, kw_only=True)
class ExportParameters(Parameters):
    """A run's best checkpoint becomes one more bundle and trained model; see training.services.exporting."""

    run: str = described("", "The run directory, relative to the data directory.")
    dataset: int
    name: str = described(
        "", "How the trained model is called; empty takes the name that its training gives."
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.name and not NAME.fullmatch(self.name):
            raise SettingsError(
                "A trained model's name must have 1 to 64 letters, digits, dots, dashes or underscores. "
                f"Received {self.name!r}.",
                setting="name",
            )
