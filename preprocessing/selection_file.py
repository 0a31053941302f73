"""Selected exchanges as a file that a reader takes as a corpus: JSON Lines that say where each came from."""

import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from preprocessing.conversations import Conversation
from preprocessing.errors import CorpusError
from preprocessing.exchanges import PAUSE_SECONDS, has_pause
from preprocessing.readers.text_lines import MAX_LINE_CHARACTERS
from preprocessing.selection import Look, SelectedExchange, Selection, record_of, select

TOO_LONG = "longer than a line may be"


def write_selection(
    path: Path, conversations: Iterable[Conversation], selection: Selection, source_name: str, look: Look
) -> None:
    """Write what matches as JSON Lines; `path` is whole when it appears.

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
    for run in runs_of(selected, look):
        yield line_of(run)


def runs_of(selected: Iterable[SelectedExchange], look: Look) -> Iterator[list[SelectedExchange]]:
    """Yield exchanges that follow each other together: training may want to know what was said before."""
    run: list[SelectedExchange] = []
    characters = 0
    for exchange in selected:
        size = len(line_of([exchange]))
        if size > MAX_LINE_CHARACTERS:
            look.matched -= 1
            look.miss(TOO_LONG)
            continue
        characters += size
        if run and not (exchange.follows(run[-1]) and characters < MAX_LINE_CHARACTERS and is_soon(run[-1])):
            yield run
            run, characters = [], size
        run.append(exchange)
    if run:
        yield run


def is_soon(before: SelectedExchange) -> bool:
    """Whether a reader with the ordinary pause keeps together what comes next."""
    return not has_pause(before.question, before.answer, PAUSE_SECONDS)


def line_of(run: list[SelectedExchange]) -> str:
    return json.dumps(record_of(run), ensure_ascii=False) + "\n"


def require_match(look: Look, source_name: str) -> None:
    if not look.matched:
        read = f"{look.counts.conversations:,} conversations of {source_name}"
        raise CorpusError(
            f"A selection must match at least one exchange. {look.in_words()}; read {read}. Ask for less."
        )
