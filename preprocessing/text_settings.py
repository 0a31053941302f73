"""How text becomes tokens. Travels inside the dataset and the bundle: corpus and question go the same way."""

import dataclasses
from dataclasses import dataclass
from typing import Any, Self

from preprocessing.errors import SettingsError

SEGMENTER = "jieba"
SEGMENTER_VERSION = "0.42.1"


@dataclass(frozen=True, kw_only=True)
class TextSettings:
    """`max_length` and `max_answer_length` are tokens that a generator sees."""

    languages: tuple[str, ...] = ("en", "zh")
    lower_case: bool = True
    repair: bool = True
    segmenter: str = SEGMENTER
    segmenter_version: str = SEGMENTER_VERSION
    max_length: int = 20
    max_answer_length: int = 20

    def __post_init__(self) -> None:
        if (self.segmenter, self.segmenter_version) != (SEGMENTER, SEGMENTER_VERSION):
            raise SettingsError(
                f"The segmenter must be {SEGMENTER} {SEGMENTER_VERSION}, so that a question is cut like the "
                f"corpus. Received {self.segmenter} {self.segmenter_version}. Preprocess and train again."
            )

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        known = {field.name for field in dataclasses.fields(cls)}
        unknown = sorted(set(values) - known)
        if unknown:
            raise SettingsError(
                f"Text settings must be among {', '.join(sorted(known))}. Received {', '.join(unknown)}."
            )
        return cls(**{**values, "languages": tuple(values.get("languages", cls.languages))})

    def as_json(self) -> dict[str, Any]:
        return {**dataclasses.asdict(self), "languages": list(self.languages)}
