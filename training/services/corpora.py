"""Corpora: uploads and paths, checked before anything reads them."""

import re
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from django.conf import settings
from django.db import transaction

from preprocessing.errors import CorpusError
from training.errors import JobStateError
from training.models import Corpus, Job
from training.models.corpus import NAME_VALIDATOR
from training.models.paths import stored_path

FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")


class Upload(Protocol):
    name: str | None
    size: int | None

    def chunks(self) -> Iterable[bytes]: ...


def corpora_directory() -> Path:
    return Path(settings.DATA_DIR) / "data" / "corpora"


def corpus_register(*, name: str, path: Path, format: str = "auto") -> Corpus:
    """Make or find the corpus `name` at `path`; for people at the shell, who may name any path."""
    resolved = path.expanduser().resolve()
    if not resolved.exists():
        raise CorpusError(f"A corpus must be a file or folder that exists. Received {path}. Check the path.")
    NAME_VALIDATOR(name)
    corpus, _ = Corpus.objects.update_or_create(
        name=name, defaults={"path": stored_path(resolved), "format": format}
    )
    return corpus


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


def corpus_upload(*, name: str, files: Iterable[Upload], format: str = "auto") -> Corpus:
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
            return Corpus.objects.create(name=name, path=stored_path(directory), format=format, uploaded=True)
    except BaseException:
        shutil.rmtree(directory, ignore_errors=True)
        raise


def keep_upload(directory: Path, upload: Upload) -> None:
    file_name = upload.name or ""
    if not FILE_NAME.fullmatch(file_name):
        raise CorpusError(
            "A file's name must have 1 to 100 letters, digits, dots, dashes or underscores. "
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
    reading = Job.objects.filter(
        kind=Job.Kind.PREPROCESS, state__in=Job.UNFINISHED, parameters__corpus=corpus.pk
    )
    if reading.exists():
        raise JobStateError(
            f"Corpus {corpus.name} is being read by job {reading[0].pk}. Wait for its end or cancel it first."
        )
    location, uploaded = corpus.location, corpus.uploaded
    corpus.delete()
    if uploaded and location.resolve().is_relative_to(corpora_directory().resolve()):
        shutil.rmtree(location, ignore_errors=True)
