"""How long work tells of its progress and learns that it shall stop. Knows nothing of who listens."""

from dataclasses import dataclass, field
from typing import Protocol

from preprocessing.errors import ChatbotError

Metric = float | int | str


@dataclass(frozen=True)
class Progress:
    """A moment of long work: `done` of `total` units, with figures worth showing beside the bar."""

    done: int
    total: int
    unit: str
    message: str = ""
    metrics: dict[str, Metric] = field(default_factory=dict)


class Monitor(Protocol):
    """What long work talks to. Calls are cheap: the listener thins them out, not the caller."""

    def report(self, progress: Progress) -> None: ...

    def stop_requested(self) -> bool: ...


class NullMonitor:
    """Listens to nothing and never asks to stop: plain Python and tests."""

    def report(self, progress: Progress) -> None:
        pass

    def stop_requested(self) -> bool:
        return False


class StoppedError(ChatbotError):
    """The monitor asked to stop; what had to be saved has been saved."""

    code = "stopped"


def stop_if_requested(monitor: Monitor) -> None:
    """Raise StoppedError where the monitor asks for it; for work that has nothing to save."""
    if monitor.stop_requested():
        raise StoppedError("The work was asked to stop.")


def readable_seconds(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02d} min"
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"
