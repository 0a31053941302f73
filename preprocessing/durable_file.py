"""Files that are whole whenever the power goes: on disk first, named last."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO


def write_durably(path: Path, write: Callable[[BinaryIO], Any]) -> None:
    """Write a file under another name, have it on disk, then give it its own."""
    partial = path.with_name(f"{path.name}.partial")
    with partial.open("wb") as file:
        write(file)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
    sync_path(path.parent)


def write_text_durably(path: Path, text: str) -> None:
    write_durably(path, lambda file: file.write(text.encode("utf-8")))


def sync_path(path: Path) -> None:
    """Have a file's content, or the names in a folder, on disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
