"""What an evaluation job can be told."""

from dataclasses import dataclass

from preprocessing.errors import SettingsError
from preprocessing.text_settings import MOST_CONTEXT_TURNS
from training.parameter_fields import Parameters, bounded, chosen, described

HELD_OUT = ("test", "validation")


@dataclass(frozen=True, kw_only=True)
class EvaluateParameters(Parameters):
    """A trained model is asked what a dataset's split or a whole corpus holds; see services/evaluating.py."""

    trained_model: int
    dataset: int | None = described(None, "The dataset's id; else a corpus is named.")
    corpus: int | None = described(None, "The id of a corpus whose exchanges the trained model never saw.")
    split: str = chosen("test", HELD_OUT, "Which held-out part of the dataset is asked.")
    context_turns: int | None = bounded(
        None, 1, MOST_CONTEXT_TURNS, "Turns that make a question; empty takes what the trained model reads."
    )
    questions: int = bounded(1000, 20, 100_000, "Questions that are asked at most, from all over the set.")

    def __post_init__(self) -> None:
        super().__post_init__()
        if (self.dataset is None) == (self.corpus is None):
            raise SettingsError(
                "An evaluation must name a dataset or a corpus, one of the two. "
                f"Received dataset {self.dataset} and corpus {self.corpus}."
            )
