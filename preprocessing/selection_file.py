"""Selected exchanges as a file that a reader takes as a corpus: JSON Lines that say where each came from."""

import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from preprocessing.conversations import Conversation
from preprocessing.errors import CorpusError
from preprocessing.readers.text_lines import MAX_LINE_CHARACTERS
from preprocessing.selection import Look, SelectedExchange, Selection, select

TOO_LONG = "longer than a line may be"


def write_selection(
    path: Path, conversations: Iterable[Conversation], selection: Selection, source_name: str, look: Look
) -> None:
    """Write what matches as JSON Lines, an exchange a line; `path` is whole when it appears.

    Raises:
        CorpusError: nothing matches; no file is left.
        SettingsError: a regular expression takes too long.
        StoppedError: the look's monitor asked to stop; no file is left.
    """
    partial = path.with_name(f".{path.name}.partial")
    try:
        # A character that cannot be written, half of a pair, becomes a question mark.
        with partial.open("w", encoding="utf-8", errors="replace", newline="\n") as file:
            for line in lines_of(select(conversations, selection, source_name, look), look):
                file.write(line)
            look.report()
            require_match(look, source_name)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def lines_of(selected: Iterable[SelectedExchange], look: Look) -> Iterator[str]:
    for exchange in selected:
        line = json.dumps(exchange.as_record(), ensure_ascii=False) + "\n"
        if len(line) <= MAX_LINE_CHARACTERS:
            yield line
        else:
            look.matched -= 1
            look.miss(TOO_LONG)


def require_match(look: Look, source_name: str) -> None:
    if not look.matched:
        read = f"{look.counts.conversations:,} conversations of {source_name}"
        raise CorpusError(
            f"A selection must match at least one exchange. {look.in_words()}; read {read}. Ask for less."
        )
