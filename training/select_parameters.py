"""What the selection of exchanges from a corpus can be told."""

from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any

from preprocessing.errors import SettingsError
from preprocessing.selection import SIDES, Selection
from training.parameter_fields import Parameters, bounded, chosen, described, switched, written


@dataclass(frozen=True, kw_only=True)
class SelectParameters(Parameters):
    """The exchanges of a corpus that match become a corpus of their own; see preprocessing.selection."""

    name: str
    corpus: int
    include: tuple[str, ...] = described(
        (), "Keywords of which one must be there: whole words, in Chinese anywhere."
    )
    exclude: tuple[str, ...] = described((), "Keywords of which none may be there.")
    regular_expression: bool = switched(False, "The keywords are regular expressions.")
    ignore_case: bool = switched(True, "Upper and lower case are the same.")
    where: str = chosen("either", SIDES, "On which side the keywords are looked for.")
    speakers: tuple[str, ...] = described((), "Who gives the answer, by the names that the corpus has.")
    min_length: int | None = bounded(None, 1, 1_000_000, "Characters that an answer has at least.")
    max_length: int | None = bounded(None, 1, 1_000_000, "Characters that an answer has at most.")
    min_question_length: int | None = bounded(None, 1, 1_000_000, "Characters of a question at least.")
    max_question_length: int | None = bounded(None, 1, 1_000_000, "Characters of a question at most.")
    language: str = written("", "Language of question and answer, such as en or zh.")
    after: str = written("", "Only what was said on this day, such as 2020-01-01, or later (UTC).")
    before: str = written("", "Only what was said before this day, such as 2021-01-01 (UTC).")
    most: int | None = bounded(None, 1, 100_000_000, "Stop after this many; empty takes all that match.")
    pause_minutes: float = bounded(
        60.0, 0.1, 1_000_000.0, "A conversation ends at a pause of so many minutes."
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("include", "exclude", "speakers"):
            object.__setattr__(self, name, checked_texts(name, getattr(self, name)))
        self.selection()

    def selection(self) -> Selection:
        """Return what is selected; what contradicts itself or is no regular expression is an error."""
        values = {
            spec.name: getattr(self, spec.name) for spec in fields(Selection) if hasattr(self, spec.name)
        }
        values |= {name: moment_of(name, getattr(self, name)) for name in ("after", "before")}
        return Selection(
            **values, is_regular_expression=self.regular_expression, pause_seconds=self.pause_minutes * 60
        )


def checked_texts(name: str, given: Any) -> tuple[str, ...]:
    if not isinstance(given, list | tuple) or not all(isinstance(one, str) for one in given):
        raise SettingsError(f"{name} must be a list of texts. Received {given!r}.")
    return tuple(dict.fromkeys(one.strip() for one in given if one.strip()))


def moment_of(name: str, text: str) -> datetime | None:
    """Return the beginning of a day, or the moment where a time is given, in UTC unless it says otherwise."""
    if not text.strip():
        return None
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise SettingsError(f"{name} must be a day, such as 2020-01-01. Received {text!r}.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
