"""Folders that nobody else has: made exclusively, numbered where a name is taken."""

from pathlib import Path


def make_new_directory(parent: Path, stem: str) -> Path:
    """Make `parent`/`stem`, or `stem`-2, -3 and so on where that exists; return it."""
    parent.mkdir(parents=True, exist_ok=True)
    number = 1
    while True:
        directory = parent / (stem if number == 1 else f"{stem}-{number}")
        try:
            directory.mkdir()
        except FileExistsError:
            number += 1
        else:
            return directory
