"""How a parameter is declared once, with default, bounds, choices and help, and checked everywhere."""

import dataclasses
from dataclasses import dataclass, field, fields
from typing import Any, Self

from preprocessing.errors import SettingsError

LONGEST_TEXT = 10_000


def bounded(default: Any, minimum: float, maximum: float, help_text: str, group: str = "") -> Any:
    """Return a number field with its legal range; a default of None makes it optional.

    Fields of one `group` lie together on a form, closed at first.
    """
    return field(
        default=default,
        metadata={"minimum": minimum, "maximum": maximum, "help": help_text, "group": group},
    )


def chosen(default: str, choices: tuple[str, ...], help_text: str, group: str = "") -> Any:
    return field(default=default, metadata={"choices": choices, "help": help_text, "group": group})


def several(default: tuple[str, ...], choices: tuple[str, ...], help_text: str, group: str = "") -> Any:
    """Return a field with any number of the choices; without choices, of names that people make up."""
    return field(
        default=default, metadata={"several": True, "choices": choices, "help": help_text, "group": group}
    )


def switched(default: bool, help_text: str, group: str = "") -> Any:
    return field(default=default, metadata={"switch": True, "help": help_text, "group": group})


def written(default: str, help_text: str, group: str = "") -> Any:
    return field(default=default, metadata={"text": True, "help": help_text, "group": group})


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
        values = dataclasses.asdict(self)
        return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}


def checked_value(spec: dataclasses.Field[Any], value: Any) -> Any:
    """Return `value` in the field's type, or raise SettingsError naming key, value and what is legal."""
    if value is None and spec.default is None:
        return None
    if "several" in spec.metadata:
        return checked_list(spec, value)
    if "choices" in spec.metadata:
        return checked_choice(spec, value)
    if "switch" in spec.metadata:
        return checked_switch(spec, value)
    if "text" in spec.metadata:
        return checked_text(spec, value)
    if "minimum" in spec.metadata:
        return checked_number(spec, value)
    return value


def checked_choice(spec: dataclasses.Field[Any], value: Any) -> str:
    if value not in spec.metadata["choices"]:
        legal = ", ".join(spec.metadata["choices"])
        raise SettingsError(f"{spec.name} must be one of {legal}. Received {value!r}.")
    return str(value)


def checked_list(spec: dataclasses.Field[Any], value: Any) -> tuple[str, ...]:
    given = tuple(value.split(",")) if isinstance(value, str) else value
    if not isinstance(given, list | tuple) or not all(isinstance(one, str) for one in given):
        raise SettingsError(f"{spec.name} must be a list of texts. Received {value!r}.")
    named = tuple(dict.fromkeys(one.strip() for one in given if one.strip()))
    choices = spec.metadata["choices"]
    unknown = [one for one in named if choices and one not in choices]
    if unknown:
        raise SettingsError(f"{spec.name} must be among {', '.join(choices)}. Received {unknown[0]!r}.")
    return named


def checked_switch(spec: dataclasses.Field[Any], value: Any) -> bool:
    if not isinstance(value, bool):
        raise SettingsError(f"{spec.name} must be true or false. Received {value!r}.")
    return value


def checked_text(spec: dataclasses.Field[Any], value: Any) -> str:
    if not isinstance(value, str) or len(value) > LONGEST_TEXT:
        raise SettingsError(f"{spec.name} must be a text of at most {LONGEST_TEXT:,} characters.")
    return value


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
