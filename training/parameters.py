"""What each kind of job can be told: one dataclass a kind, with defaults, bounds and help.

Plain dataclasses without Django or TensorFlow: config.ini, the commands, the admin's forms, the JSON
column of a job and the trainer all read the same fields.
"""

import dataclasses
from dataclasses import dataclass, field, fields
from typing import Any, Self

from preprocessing.errors import SettingsError

ARCHITECTURES = ("rnn", "retrieval")
CELLS = ("lstm", "gru")
CORPUS_FORMATS = ("auto", "cornell", "chatterbot")


def bounded(default: Any, minimum: float, maximum: float, help_text: str) -> Any:
    """Return a number field with its legal range; a default of None makes it optional."""
    return field(default=default, metadata={"minimum": minimum, "maximum": maximum, "help": help_text})


def chosen(default: str, choices: tuple[str, ...], help_text: str) -> Any:
    return field(default=default, metadata={"choices": choices, "help": help_text})


def described(default: Any, help_text: str) -> Any:
    return field(default=default, metadata={"help": help_text})


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """Checks every field against its metadata when made; travels as JSON."""

    def __post_init__(self) -> None:
        for spec in fields(self):
            object.__setattr__(self, spec.name, checked_value(spec, getattr(self, spec.name)))

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        known = {spec.name for spec in fields(cls)}
        unknown = sorted(set(values) - known)
        if unknown:
            raise SettingsError(
                f"Parameters must be among {', '.join(sorted(known))}. "
                f"Received {', '.join(unknown)}. Remove or rename them."
            )
        return cls(**values)

    def as_json(self) -> dict[str, Any]:
        return dataclasses.asdict(self)


def checked_value(spec: dataclasses.Field[Any], value: Any) -> Any:
    """Return `value` in the field's type, or raise SettingsError naming key, value and what is legal."""
    if value is None and spec.default is None:
        return None
    if "choices" in spec.metadata:
        return checked_choice(spec, value)
    if "minimum" in spec.metadata:
        return checked_number(spec, value)
    return value


def checked_choice(spec: dataclasses.Field[Any], value: Any) -> str:
    if value not in spec.metadata["choices"]:
        legal = ", ".join(spec.metadata["choices"])
        raise SettingsError(f"{spec.name} must be one of {legal}. Received {value!r}.")
    return str(value)


def checked_number(spec: dataclasses.Field[Any], value: Any) -> int | float:
    minimum, maximum = spec.metadata["minimum"], spec.metadata["maximum"]
    is_whole = isinstance(minimum, int)
    kind = "a whole number" if is_whole else "a number"
    try:
        if isinstance(value, bool) or (is_whole and float(value) != int(value)):
            raise ValueError
        number = int(value) if is_whole else float(value)
        if not minimum <= number <= maximum:
            raise ValueError
    except (TypeError, ValueError, OverflowError):
        raise SettingsError(
            f"{spec.name} must be {kind} from {minimum} to {maximum}. Received {value!r}."
        ) from None
    return number


@dataclass(frozen=True, kw_only=True)
class PreprocessParameters(Parameters):
    """A corpus becomes a dataset."""

    corpus: int
    name: str
    format: str = chosen("auto", CORPUS_FORMATS, "How the files are read; auto looks into them.")
    max_length: int = bounded(20, 1, 400, "Tokens that the generator sees of a question and of an answer.")
    max_answer_length: int | None = bounded(
        None, 1, 400, "Tokens of an answer, where they differ from those of a question."
    )
    vocabulary_size: int = bounded(
        8000, 10, 1_000_000, "Most frequent tokens that are kept; the others are unknown words."
    )
    limit_conversations: int | None = bounded(
        None, 1, 100_000_000, "Read only this many conversations; empty reads all."
    )


@dataclass(frozen=True, kw_only=True)
class Hyperparameters(Parameters):
    """What the trainer itself needs; nothing here knows of rows or bots."""

    architecture: str = chosen(
        "rnn", ARCHITECTURES, "rnn learns to write answers; retrieval looks up the closest question."
    )
    cell: str = chosen("lstm", CELLS, "The recurrent cell of the rnn.")
    layers: int = bounded(2, 1, 8, "Recurrent layers in the encoder and in the decoder.")
    hidden_size: int = bounded(256, 8, 4096, "Units in a recurrent layer.")
    embedding_size: int = bounded(256, 8, 4096, "Numbers that stand for a word.")
    dropout: float = bounded(0.2, 0.0, 0.9, "Share of units left out while training.")
    softmax_samples: int = bounded(
        0, 0, 1_000_000, "Words sampled for the loss; 0 computes it over the whole vocabulary."
    )
    batch_size: int = bounded(64, 1, 4096, "Exchanges in a training step.")
    learning_rate: float = bounded(0.002, 1e-7, 1.0, "Step size of Adam.")
    epochs: int = bounded(30, 1, 10_000, "Passes over the training exchanges.")
    patience: int = bounded(
        3, 1, 10_000, "Epochs without a better validation loss before training stops early."
    )
    select: str = chosen(
        "validation",
        ("validation", "training"),
        "Which loss chooses the checkpoint that answers; training suits a small corpus learned by heart.",
    )
    clip_norm: float = bounded(5.0, 0.01, 1000.0, "Largest norm of all gradients together.")
    save_every: int = bounded(
        1000, 1, 10_000_000, "Steps between checkpoints; each epoch and every 2 minutes make one too."
    )
    max_minutes: float | None = bounded(
        None, 0.01, 100_000.0, "Stop training after this many minutes and export what is best."
    )
    seed: int = bounded(0, 0, 2**31 - 1, "The same seed gives the same run on the same machine.")


@dataclass(frozen=True, kw_only=True)
class TrainParameters(Hyperparameters):
    """A dataset becomes a trained model."""

    dataset: int
    bot: str = described("default", "The bot that the trained model is meant for.")
    activate: bool = described(
        False, "Let the bot answer from it when it is ready, also where it has a trained model."
    )

    def hyperparameters(self) -> Hyperparameters:
        names = {spec.name for spec in fields(Hyperparameters)}
        return Hyperparameters(**{k: v for k, v in self.as_json().items() if k in names})
