"""What an export job can be told."""

from dataclasses import dataclass

from training.parameter_fields import Parameters, described


@dataclass(frozen=True, kw_only=True)
class ExportParameters(Parameters):
    """A run's best checkpoint becomes one more bundle and trained model; see training.services.exporting."""

    run: str = described("", "The run directory, relative to the data directory.")
    dataset: int
    name: str = described(
        "", "How the trained model is called; empty takes the name that its training gives."
    )
