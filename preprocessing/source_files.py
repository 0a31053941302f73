"""The files of a dataset's corpora by name, and their hashes."""

import hashlib
from pathlib import Path

from preprocessing.readers.registry import corpus_files
from preprocessing.request import CorpusPart


def prefixed(by_file: dict[str, str], part: CorpusPart, corpora: tuple[CorpusPart, ...]) -> dict[str, str]:
    """Return what is known by file; of several corpora, under the corpus' name."""
    prefix = f"{part.name}/" if len(corpora) > 1 else ""
    return {prefix + name: value for name, value in by_file.items()}


def source_hashes(corpora: tuple[CorpusPart, ...]) -> dict[str, str]:
    hashes: dict[str, str] = {}
    for part in corpora:
        hashes |= prefixed(file_hashes(part.location), part, corpora)
    return hashes


def file_hashes(location: Path | str) -> dict[str, str]:
    path = Path(location)
    if not path.exists():  # a database has no files to hash
        return {}
    root = path if path.is_dir() else path.parent
    hashes = {}
    for file in corpus_files(path):
        with file.open("rb") as opened:
            hashes[file.relative_to(root).as_posix()] = hashlib.file_digest(opened, "sha256").hexdigest()
    return hashes
