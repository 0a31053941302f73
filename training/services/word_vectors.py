"""Word vectors: the work of the job that trains them, and where a training finds them."""

from dataclasses import asdict
from pathlib import Path

from django.conf import settings

from preprocessing.errors import DatasetError, SettingsError
from preprocessing.new_directory import make_new_directory
from preprocessing.word_vectors import Word2VecSettings, sentences_of_dataset, train_word_vectors
from training.errors import JobStateError
from training.models import Dataset, Job, WordVectors
from training.models.paths import stored_path
from training.parameters import WordVectorParameters
from training.services.corpora import checked_root_path
from training.services.job_run import JobRun
from training.services.jobs import remove_directory


def vectors_directory() -> Path:
    return Path(settings.DATA_DIR) / "data" / "vectors"


def run_word_vectors(run: JobRun, parameters: WordVectorParameters) -> None:
    dataset = Dataset.objects.filter(pk=parameters.dataset).first()
    if dataset is None:
        raise DatasetError(
            f"Dataset {parameters.dataset} must exist; it has been deleted. Choose another one."
        )
    directory = make_new_directory(vectors_directory(), f"{dataset.name}-{run.job.pk}")
    path = directory / (f"{dataset.name}.bin" if parameters.binary else f"{dataset.name}.txt")
    try:
        summary = train_word_vectors(
            sentences_of_dataset(dataset.location), settings_of(parameters), path, run.monitor
        )
    except BaseException:
        remove_directory(directory)
        raise
    run.monitor.write_progress()
    with run.lease.success():
        WordVectors.objects.create(
            name=dataset.name,
            dataset=dataset,
            job=run.job,
            path=stored_path(path),
            words=summary.words,
            size=summary.size,
            summary=asdict(summary),
        )


def settings_of(parameters: WordVectorParameters) -> Word2VecSettings:
    values = parameters.as_json()
    return Word2VecSettings(**{**{k: v for k, v in values.items() if k != "dataset"}, **switches(parameters)})


def switches(parameters: WordVectorParameters) -> dict[str, int]:
    """Return what the original tool writes as 0 and 1."""
    return {name: int(getattr(parameters, name)) for name in ("cbow", "hs", "binary")}


def vectors_location(wanted: str) -> Path:
    """Return the file of word vectors: the newest of that name, or a file below a root.

    Raises:
        SettingsError: there is neither.
    """
    row = WordVectors.objects.filter(name=wanted).first()
    if row is None and wanted.isdigit():
        row = WordVectors.objects.filter(pk=int(wanted)).first()
    if row is not None:
        return row.location
    if not Path(wanted).suffix:
        known = ", ".join(WordVectors.objects.values_list("name", flat=True).distinct()[:20]) or "none yet"
        raise SettingsError(f"word_vectors must name some that exist. Received {wanted}. There are: {known}.")
    return checked_root_path(wanted)


def word_vectors_delete(*, word_vectors: WordVectors) -> None:
    """Delete the row and its file; networks that began with them stay as they are."""
    named = (word_vectors.name, str(word_vectors.pk))
    reading = Job.objects.filter(
        kind=Job.Kind.TRAIN, state__in=Job.UNFINISHED, parameters__word_vectors__in=named
    )
    if reading.exists():
        raise JobStateError(
            f"Word vectors {word_vectors} are read by job {reading[0].pk}. "
            "Wait for its end or cancel it first."
        )
    location = word_vectors.location
    word_vectors.delete()
    remove_directory(location.parent)
