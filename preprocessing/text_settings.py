"""How text becomes tokens. Travels inside the dataset and the bundle: corpus and question go the same way."""

import dataclasses
from dataclasses import dataclass
from typing import Any, Self

from preprocessing.errors import SettingsError
from preprocessing.language import require_languages

# What repairs and unifies text, in the order in which it is done.
STEPS = ("entities", "markup", "mojibake", "unicode", "full_width", "quotes", "invisible", "repeats")
UNITS = ("words", "characters", "subwords")
CUTS = ("accurate", "full", "search")
# Both use one dictionary and cut alike; the first is written in Rust and twelve times as fast.
SEGMENTERS = {"rjieba": "0.2.2", "jieba": "0.42.1"}
MOST_CONTEXT_TURNS = 10


@dataclass(frozen=True, kw_only=True)
class TextSettings:
    """`max_length` and `max_answer_length` are tokens that a generator sees.

    `cut` and `new_words` say how Chinese is cut: jieba's three modes, and whether words that its
    dictionary lacks are guessed (HMM). `context_turns` counts the question itself.
    """

    languages: tuple[str, ...] = ("en", "zh")
    units: str = "words"
    lower_case: bool = True
    steps: tuple[str, ...] = STEPS
    hide_private: bool = False
    cut: str = "accurate"
    new_words: bool = True
    segmenter: str = "rjieba"
    segmenter_version: str = SEGMENTERS["rjieba"]
    context_turns: int = 1
    max_length: int = 20
    max_answer_length: int = 20

    def __post_init__(self) -> None:
        if SEGMENTERS.get(self.segmenter) != self.segmenter_version:
            known = " or ".join(f"{name} {version}" for name, version in SEGMENTERS.items())
            raise SettingsError(
                f"The segmenter must be {known}, so that a question is cut like the corpus. "
                f"Received {self.segmenter} {self.segmenter_version}. Preprocess and train again."
            )
        require_languages(self.languages)
        require_known("units", (self.units,), UNITS)
        require_known("cut", (self.cut,), CUTS)
        require_known("steps", self.steps, STEPS)
        if not 1 <= self.context_turns <= MOST_CONTEXT_TURNS:
            raise SettingsError(
                f"context_turns must be from 1 to {MOST_CONTEXT_TURNS}. Received {self.context_turns}."
            )

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        values = with_steps(values)
        known = {field.name for field in dataclasses.fields(cls)}
        unknown = sorted(set(values) - known)
        if unknown:
            raise SettingsError(
                f"Text settings must be among {', '.join(sorted(known))}. Received {', '.join(unknown)}."
            )
        given: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in values.items()
        }
        return cls(**given)

    def as_json(self) -> dict[str, Any]:
        return {**dataclasses.asdict(self), "languages": list(self.languages), "steps": list(self.steps)}

    def for_retrieval(self) -> Self:
        """Return the settings for comparing questions: by their words, however a generator sees them."""
        return dataclasses.replace(self, units="words", lower_case=True)


def with_steps(values: dict[str, Any]) -> dict[str, Any]:
    """Return settings of the first datasets, which had one switch for all, as today's."""
    if "repair" not in values:
        return values
    unknown_then = ("repeats",) if values["repair"] else ("repeats", "mojibake")
    steps = [step for step in STEPS if step not in unknown_then]
    return {**{name: value for name, value in values.items() if name != "repair"}, "steps": steps}


def require_known(name: str, received: tuple[str, ...], known: tuple[str, ...]) -> None:
    unknown = [value for value in received if value not in known]
    if unknown:
        raise SettingsError(f"{name} must be among {', '.join(known)}. Received {unknown[0]!r}.")
