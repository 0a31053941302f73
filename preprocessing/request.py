"""What preprocessing is asked for."""

import hashlib
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from preprocessing.errors import CorpusError, SettingsError
from preprocessing.filters import FilterSettings
from preprocessing.readers.options import DEFAULT_OPTIONS, ReadOptions
from preprocessing.readers.sql import is_postgresql, without_password
from preprocessing.text_settings import TextSettings
from preprocessing.user_words import UserWord

HIGHEST_WEIGHT = 1000
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


@dataclass(frozen=True, kw_only=True)
class CorpusPart:
    """A corpus that goes into a dataset; training takes each of its exchanges `weight` times an epoch."""

    name: str
    location: Path | str
    format: str = "auto"
    weight: float = 1.0
    options: ReadOptions = DEFAULT_OPTIONS

    @property
    def shown_location(self) -> str:
        """The path, or a database's address without its password."""
        location = str(self.location)
        return without_password(location) if is_postgresql(location) else location

    def __post_init__(self) -> None:
        if not 0 < self.weight <= HIGHEST_WEIGHT:
            raise SettingsError(
                f"The weight of {self.name} must be above 0 and at most {HIGHEST_WEIGHT}. "
                f"Received {self.weight}."
            )


@dataclass(frozen=True, kw_only=True)
class PreprocessRequest:
    """What to read, and how much of it the generator shall see.

    `processes` None takes as many as pay; `pickle` None writes the pickle up to a million exchanges.
    """

    name: str
    corpora: tuple[CorpusPart, ...]
    data_directory: Path
    text: TextSettings = field(default_factory=TextSettings)
    user_words: tuple[UserWord, ...] = ()
    filters: FilterSettings = field(default_factory=FilterSettings)
    vocabulary_size: int = 8000
    min_count: int = 1
    pause_minutes: float = 60
    limit_conversations: int | None = None
    processes: int | None = None
    pickle: bool | None = None

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name):
            raise CorpusError(
                "A corpus' name must have 1 to 64 letters, digits, dots, dashes or underscores. "
                f"Received {self.name!r}."
            )
        names = [part.name for part in self.corpora]
        if not names or len(set(names)) < len(names):
            raise CorpusError(f"A dataset must be made of one or more different corpora. Received {names}.")

    @classmethod
    def of_corpus(cls, name: str, path: Path | str, data_directory: Path, **more: Any) -> Self:
        """Return a request for one corpus, with the format found out."""
        part = CorpusPart(name=name, location=path)
        return cls(name=name, corpora=(part,), data_directory=data_directory, **more)

    def digest(self, hashes: dict[str, str]) -> str:
        """Return a short name for what goes in: the files and everything that changes the result."""
        parts = [(part.name, part.format, part.weight, part.options) for part in self.corpora]
        settings = (self.text, self.user_words, self.filters, self.vocabulary_size, self.min_count)
        limits = (self.pause_minutes, self.limit_conversations)
        return hashlib.sha256(f"{sorted(hashes.items())} {parts} {settings} {limits}".encode()).hexdigest()[
            :8
        ]
