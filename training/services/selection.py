"""The work of a select job, and what the admin shows of a selection before one is queued."""

import time
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from django.core.exceptions import ValidationError

from preprocessing.conversations import Conversation, Counts
from preprocessing.errors import CorpusError
from preprocessing.selection import Look, SelectedExchange, Selection, select
from preprocessing.selection_file import write_selection
from training.models import Corpus
from training.models.corpus import NAME_VALIDATOR
from training.models.paths import stored_path
from training.select_parameters import SelectParameters
from training.services.corpora import corpora_directory
from training.services.job_run import JobRun
from training.services.jobs import remove_directory

FILE_NAME = "exchanges.jsonl"
# Somebody waits for a preview.
PREVIEW_SECONDS = 5.0
PREVIEW_EXCHANGES = 200_000
MOST_SHOWN = 20
LARGEST_ARCHIVE_TO_PREVIEW = 20_000_000
JOB_PATIENCE_SECONDS = 600


@dataclass(frozen=True)
class Preview:
    """The first exchanges that match; `is_whole` says that there are no others."""

    exchanges: list[SelectedExchange]
    look: Look
    is_whole: bool

    @property
    def in_words(self) -> str:
        rest = "the whole corpus" if self.is_whole else "not yet the whole corpus"
        return f"{self.look.in_words()}. That is {rest}."


def preview_corpus(corpus: Corpus, selection: Selection) -> Preview:
    """Return the first 20 that match, of at most 200,000 exchanges and within about 5 s; nothing is written.

    A reader that takes a file at once, such as that of YAML, is waited for.
    """
    look = Look(most_exchanges=PREVIEW_EXCHANGES, until=time.monotonic() + PREVIEW_SECONDS)
    shown: list[SelectedExchange] = []
    refuse_large_archives(corpus)
    with closing(conversations_of(corpus, look.counts, PREVIEW_SECONDS)) as conversations:
        for exchange in select(conversations, selection, corpus.name, look):
            if len(shown) == MOST_SHOWN:
                # There is one more.
                return Preview(shown, look, is_whole=False)
            shown.append(exchange)
    return Preview(shown, look, is_whole=look.may_go_on() and len(shown) != selection.most)


def refuse_large_archives(corpus: Corpus) -> None:
    """Refuse to unpack for minutes while somebody waits."""
    from preprocessing.readers.archives import is_archive
    from preprocessing.readers.registry import corpus_files

    files = (
        []
        if isinstance(corpus.source, str) or not corpus.location.exists()
        else corpus_files(corpus.location)
    )
    if sum(file.stat().st_size for file in files if is_archive(file)) > LARGEST_ARCHIVE_TO_PREVIEW:
        raise CorpusError(
            f"{corpus.name} must unpack quickly to be shown first; its archives are too large for that. "
            "Make the corpus without a preview, or keep the files unpacked."
        )


def conversations_of(
    corpus: Corpus, counts: Counts, patience_seconds: float = JOB_PATIENCE_SECONDS
) -> Generator[Conversation, None, None]:
    """Read a corpus as its row says."""
    # The readers and NumPy would slow the start of every web process, of which few preview anything.
    from preprocessing.readers.options import ReadOptions
    from preprocessing.readers.registry import read_conversations
    from training.services.preprocessing import named_columns

    options = ReadOptions(
        columns=named_columns(corpus.columns), query=corpus.query, patience_seconds=patience_seconds
    )
    yield from read_conversations(corpus.source, counts=counts, format=corpus.format, options=options)


def require_free_name(name: str) -> None:
    """Refuse a name that no corpus may have, or that one has."""
    try:
        NAME_VALIDATOR(name)
    except ValidationError as error:
        raise CorpusError(f"{error.messages[0]} Received {name!r}.") from None
    if Corpus.objects.filter(name=name).exists() or (corpora_directory() / name).exists():
        raise CorpusError(f"A corpus named {name} exists already. Choose another name.")


def run_select(run: JobRun, parameters: SelectParameters) -> None:
    corpus = Corpus.objects.filter(pk=parameters.corpus).first()
    if corpus is None:
        raise CorpusError(f"Corpus {parameters.corpus} must exist; it has been deleted. Choose another one.")
    require_free_name(parameters.name)
    partial = new_partial_directory(run)
    try:
        look = Look(monitor=run.monitor)
        with closing(conversations_of(corpus, look.counts)) as conversations:
            write_selection(partial / FILE_NAME, conversations, parameters.selection(), corpus.name, look)
        run.monitor.write_progress()
        publish(run, parameters.name, partial)
    finally:
        remove_directory(partial)


def new_partial_directory(run: JobRun) -> Path:
    """Make the hidden folder of this attempt; those of earlier ones, which were killed, go."""
    for left in corpora_directory().glob(f".select-{run.job.pk}-*"):
        remove_directory(left)
    partial = corpora_directory() / f".select-{run.job.pk}-{run.lease.attempt}"
    partial.mkdir(parents=True)
    return partial


def publish(run: JobRun, name: str, partial: Path) -> None:
    """Give the folder its name and make the corpus' row with the job's success: all of it or nothing."""
    require_free_name(name)
    directory = corpora_directory() / name
    # Whoever makes the folder owns the name; an upload does the same.
    try:
        directory.mkdir()
    except FileExistsError:
        raise CorpusError(f"A corpus named {name} exists already. Choose another name.") from None
    try:
        partial.rename(directory)
        with run.lease.success():
            Corpus.objects.create(
                name=name, path=stored_path(directory), format="json-lines", job=run.job, uploaded=True
            )
    except BaseException:
        remove_directory(directory)
        raise
