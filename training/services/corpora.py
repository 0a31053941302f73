"""Corpora: uploads and paths, checked before anything reads them."""

import re
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from django.conf import settings
from django.db import transaction

from preprocessing.errors import CorpusError
from preprocessing.readers.sql import is_postgresql
from training.errors import JobStateError
from training.models import Corpus, Job
from training.models.corpus import NAME_VALIDATOR
from training.models.paths import stored_path
from training.services.dataset_summary import read_as

# Of any language; never a path, never hidden.
FILE_NAME = re.compile(r"\w[\w .()&+,'-]{0,99}")


class Upload(Protocol):
    name: str | None
    size: int | None

    def chunks(self) -> Iterable[bytes]: ...


def corpora_directory() -> Path:
    return Path(settings.DATA_DIR) / "data" / "corpora"


def corpus_register(
    *, name: str, path: Path | str, format: str = "auto", columns: str = "", query: str = ""
) -> Corpus:
    """Make or find the corpus `name`; for people at the shell, who may name any path or database."""
    NAME_VALIDATOR(name)
    corpus, _ = Corpus.objects.update_or_create(
        name=name,
        defaults={"path": location_to_store(path), "format": format, "columns": columns, "query": query},
    )
    return corpus


def corpus_of_path(*, path: str, format: str = "auto") -> Corpus:
    """Find the corpus that lies there, or make one called as its files; for people at the shell."""
    stored = location_to_store(path)
    found = Corpus.objects.filter(path=stored, format=format).first()
    return found or corpus_register(name=free_name(path), path=path, format=format)


def location_to_store(path: Path | str) -> str:
    if is_postgresql(str(path)):
        return str(path)
    resolved = Path(path).expanduser().resolve()
    if not resolved.exists():
        raise CorpusError(f"A corpus must be a file or folder that exists. Received {path}. Check the path.")
    return stored_path(resolved)


def checked_root_path(path: str) -> Path:
    """Return `path` resolved, links included, where it lies below a configured root.

    Raises:
        CorpusError: it lies elsewhere or does not exist.
    """
    resolved = (Path(settings.DATA_DIR) / path).expanduser().resolve()
    roots = [corpora_directory().resolve(), *settings.CORPUS_ROOTS]
    if not any(resolved.is_relative_to(root) for root in roots):
        legal = ", ".join(str(root) for root in roots)
        raise CorpusError(
            f"A path must lie below one of: {legal}. Received {path}. "
            "Name further folders in CHATBOT_CORPUS_ROOTS, or upload the files."
        )
    if not resolved.exists():
        raise CorpusError(f"A path must exist. Received {path}.")
    return resolved


def free_name(file_name: str) -> str:
    """Return a corpus' name from that of a file or folder, numbered where it is taken."""
    stem = re.sub(r"[^A-Za-z0-9_.-]+", "-", Path(file_name).stem).strip("-._")[:60] or "corpus"
    number, name = 1, stem
    while Corpus.objects.filter(name=name).exists():
        number += 1
        name = f"{stem}-{number}"
    return name


def corpus_upload(
    *, name: str, files: Iterable[Upload], format: str = "auto", columns: str = "", query: str = ""
) -> Corpus:
    """Keep uploaded files as a corpus of their own; the sent names are never used as paths."""
    directory = corpora_directory() / name
    try:
        directory.mkdir(parents=True)
    except FileExistsError:
        raise CorpusError(f"A corpus named {name} exists already. Choose another name.") from None
    try:
        for upload in files:
            keep_upload(directory, upload)
        with transaction.atomic():
            return Corpus.objects.create(
                name=name,
                path=stored_path(directory),
                format=format,
                columns=columns,
                query=query,
                uploaded=True,
            )
    except BaseException:
        shutil.rmtree(directory, ignore_errors=True)
        raise


def corpus_read_as(corpus: Corpus) -> str:
    """Return what the files of a corpus would be read as, for a person who has just named them."""
    # The readers and NumPy would slow the start of every web process.
    from preprocessing.readers.registry import described_files

    try:
        return read_as(described_files(corpus.location))
    except OSError as error:
        raise CorpusError(
            f"{corpus.name} could not be read: {error.strerror}. Check its permissions."
        ) from None


def keep_upload(directory: Path, upload: Upload) -> None:
    file_name = upload.name or ""
    if not FILE_NAME.fullmatch(file_name):
        raise CorpusError(
            "A file's name must have 1 to 100 letters, digits, spaces, dots, dashes, commas or brackets. "
            f"Received {file_name!r}. Rename it."
        )
    if (upload.size or 0) > settings.MAX_UPLOAD_BYTES:
        raise CorpusError(
            f"An upload must have at most {settings.MAX_UPLOAD_BYTES:,} bytes. "
            f"{file_name} has {upload.size:,}. Put it below a configured root and name its path instead."
        )
    with (directory / file_name).open("xb") as kept:
        for chunk in upload.chunks():
            kept.write(chunk)


def corpus_delete(*, corpus: Corpus) -> None:
    """Delete the row and, where it was uploaded, its files. Datasets made from it stay whole."""
    require_unread(corpus)
    location, uploaded = corpus.location, corpus.uploaded
    corpus.delete()
    if uploaded and location.resolve().is_relative_to(corpora_directory().resolve()):
        if location.is_file():
            location.unlink(missing_ok=True)
        else:
            shutil.rmtree(location, ignore_errors=True)


def require_unread(corpus: Corpus) -> None:
    """Refuse to change files that a job is reading or will read."""
    reading = (Job.Kind.PREPROCESS, Job.Kind.SELECT, Job.Kind.EVALUATE)
    for job in Job.objects.filter(kind__in=reading, state__in=Job.UNFINISHED):
        if job.parameters.get("corpus") == corpus.pk or corpus.name in job.parameters.get("corpora", {}):
            raise JobStateError(
                f"Corpus {corpus.name} is being read by job {job.pk}. Wait for its end or cancel it first."
            )
