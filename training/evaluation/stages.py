"""An evaluation in stages: each is kept when it is done, so that one that was stopped goes on behind it."""

import json
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from preprocessing.durable_file import write_text_durably
from preprocessing.progress import Monitor, Progress, stop_if_requested

Item = TypeVar("Item")
PREFIX = "stage-"


@dataclass
class Stages:
    """Keeps what stages found as JSON in a folder, and tells a monitor how far they are."""

    directory: Path
    monitor: Monitor
    number: int
    done: int = 0

    def keep(self, name: str, find: Callable[[], Any]) -> Any:
        """Return what a stage found, now or before it was stopped."""
        path = self.directory / f"{PREFIX}{name}.json"
        if not path.exists():
            self.tell(name)
            # Escaped, so that a lone surrogate stays what it is. Minus infinity is a score like others.
            write_text_durably(path, json.dumps(find()))
        self.done += 1
        return json.loads(path.read_text(encoding="utf-8"))

    def watched(self, items: Collection[Item], name: str) -> Iterator[Item]:
        """Yield the items of a stage, and stop between two of them where somebody asked to."""
        for place, item in enumerate(items):
            if place % 10 == 0:
                self.tell(f"{name}: {place:,} of {len(items):,}")
            yield item

    def tell(self, message: str) -> None:
        self.monitor.report(Progress(self.done, self.number, "stages", message))
        stop_if_requested(self.monitor)
