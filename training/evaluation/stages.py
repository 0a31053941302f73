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
    """Keeps what stages found as JSON in a folder, and tells a monitor how far they are.

    `key` says what is evaluated: what was found of anything else is not taken up.
    """

    directory: Path
    monitor: Monitor
    number: int
    key: str = ""
    done: int = 0

    def keep(self, name: str, find: Callable[[], Any]) -> Any:
        """Return what a stage found, now or before it was stopped."""
        path = self.directory / f"{PREFIX}{name}.json"
        kept = self.kept(path)
        if kept is None:
            self.tell(name)
            # Escaped, so that whatever text is answered can be written.
            kept = json.dumps({"key": self.key, "found": find()})
            write_text_durably(path, kept)
        self.done += 1
        return json.loads(kept)["found"]

    def kept(self, path: Path) -> str | None:
        """Return what an earlier attempt wrote, if it was about the same."""
        try:
            text = path.read_text(encoding="utf-8")
            return text if json.loads(text)["key"] == self.key else None
        except (OSError, ValueError, TypeError, KeyError):
            return None

    def watched(self, items: Collection[Item], name: str) -> Iterator[Item]:
        """Yield the items of a stage, and stop between two of them where somebody asked to."""
        for place, item in enumerate(items):
            self.tell(f"{name}: {place:,} of {len(items):,}")
            yield item

    def tell(self, message: str) -> None:
        """Report what is being done.

        Raises:
            StoppedError: somebody asked to stop.
        """
        self.monitor.report(Progress(self.done, self.number, "stages", message))
        stop_if_requested(self.monitor)
