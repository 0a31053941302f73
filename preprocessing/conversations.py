"""What readers yield: conversations made of turns."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Turn:
    """What one speaker says at once; `time` in seconds since 1970, UTC, where it is known."""

    text: str
    speaker: str | None = None
    time: float | None = None


@dataclass(frozen=True, slots=True)
class Conversation:
    """Turns that belong together; `source` names the corpus, `identifier` the place in it.

    `split_place` is that of the conversation which these turns were selected from.
    """

    identifier: str
    turns: list[Turn]
    source: str = ""
    split_place: int | None = None


@dataclass
class Counts:
    """What was read, and what became of it by reason: nothing is dropped without being counted."""

    lines: int = 0
    bytes_read: int = 0
    bytes_total: int = 0
    conversations: int = 0
    exchanges: int = 0
    dropped: dict[str, int] = field(default_factory=dict)
    # What each file was taken for.
    formats: dict[str, str] = field(default_factory=dict)
    # Private things by kind, where they were asked to be hidden.
    replaced: dict[str, int] = field(default_factory=dict)
    # By reason, the first few exchanges that were dropped for it.
    examples: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    # Held-out exchanges that joined the split of one that they nearly equal.
    moved: dict[str, int] = field(default_factory=dict)
    cut: dict[str, int] = field(default_factory=lambda: {"question": 0, "answer": 0})

    def drop(self, reason: str, number: int = 1) -> None:
        if number:
            self.dropped[reason] = self.dropped.get(reason, 0) + number
