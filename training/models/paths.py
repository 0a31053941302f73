"""Paths in rows are relative to the data directory, so that it can be moved as a whole."""

from pathlib import Path

from django.conf import settings


def stored_path(path: Path) -> str:
    """Return how a row names `path`: relative where it lies below the data directory, else absolute."""
    resolved = path.resolve()
    if resolved.is_relative_to(settings.DATA_DIR):
        return resolved.relative_to(settings.DATA_DIR).as_posix()
    return resolved.as_posix()


def absolute_path(stored: str) -> Path:
    return Path(settings.DATA_DIR) / stored
