"""What a script wants a figure to reach, such as `recall@1 of 10=0.5`."""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Self

from preprocessing.errors import SettingsError


@dataclass(frozen=True)
class Requirement:
    name: str
    value: float

    @classmethod
    def of(cls, text: str) -> Self:
        """Read NAME=VALUE.

        >>> Requirement.of("recall@1 of 10=0.5")
        Requirement(name='recall@1 of 10', value=0.5)
        """
        name, _, number = text.rpartition("=")
        try:
            value = float(number)
        except ValueError:
            value = math.nan
        if not name.strip() or math.isnan(value):
            raise SettingsError(
                f"A figure must be named with a number, such as perplexity=80. Received {text!r}."
            )
        return cls(name.strip(), value)


def missed(
    figures: Mapping[str, float], at_least: Iterable[Requirement], at_most: Iterable[Requirement]
) -> list[str]:
    """Return in words what does not hold; a figure that was not measured holds nothing."""
    return [
        *unmet(figures, at_least, sign=1, told="at least"),
        *unmet(figures, at_most, sign=-1, told="at most"),
    ]


def unmet(
    figures: Mapping[str, float], wanted: Iterable[Requirement], *, sign: int, told: str
) -> Iterator[str]:
    for one in wanted:
        value = figures.get(one.name)
        if value is None:
            known = ", ".join(figures)
            yield f"{one.name} must be {told} {one.value:g}. It was not measured; there are: {known}."
        elif not sign * value >= sign * one.value:
            yield f"{one.name} must be {told} {one.value:g}. It is {value:g}."
