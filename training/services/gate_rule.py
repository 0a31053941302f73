"""A rule of a bot's gate, and what a trial found about it."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Rule:
    """`held` is None where the rule is off or there is nothing to hold it to: then it stops nobody."""

    rule: str
    held: bool | None
    text: str

    def as_json(self) -> dict[str, Any]:
        return asdict(self)
