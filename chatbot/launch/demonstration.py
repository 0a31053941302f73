"""The demonstration: a small public corpus that answers within seconds and is then learned by a network."""

import shutil
from importlib.util import find_spec
from pathlib import Path

from django.conf import settings

from preprocessing.errors import ChatbotError, CorpusError
from training.models import Corpus, Dataset, Job, TrainedModel
from training.models.paths import stored_path
from training.services.corpora import corpora_directory
from training.services.jobs import job_queue
from training.services.runner import run_job

NAME = "chatterbot"
LANGUAGES = ("english", "chinese")
# Learned in under 3 minutes on two cores: a single layer of GRU cells gets there fastest. The bot shall say
# what it was taught, so the checkpoint that knows the training exchanges best is the one to keep.
HYPERPARAMETERS = {
    "architecture": "rnn",
    "cell": "gru",
    "layers": 1,
    "learning_rate": 0.003,
    "batch_size": 32,
    "dropout": 0.1,
    "max_minutes": 1.75,
    "epochs": 60,
    "patience": 60,
    "select": "training",
}


def is_wanted() -> bool:
    """Whether nothing answers yet and nothing was ever trained."""
    return not TrainedModel.objects.exists() and not Job.objects.filter(kind=Job.Kind.TRAIN).exists()


def answer_at_once() -> None:
    """Make dataset and retrieval model in this process."""
    if not demonstration_datasets():
        do_here(Job.Kind.PREPROCESS, {"corpus": demonstration_corpus().pk, "name": NAME})
    do_here(Job.Kind.TRAIN, {"dataset": newest_dataset().pk, "architecture": "retrieval"})


def training_job() -> Job | None:
    """Return the demonstration's unfinished training, queued now where there never was one."""
    trainings = Job.objects.filter(kind=Job.Kind.TRAIN, parameters__architecture="rnn")
    if not trainings.exists() and demonstration_datasets():
        parameters = {**HYPERPARAMETERS, "dataset": newest_dataset().pk, "activate": True}
        return job_queue(kind=Job.Kind.TRAIN, parameters=parameters)
    unfinished = trainings.filter(state__in=Job.UNFINISHED, parameters__dataset__in=demonstration_datasets())
    return unfinished.order_by("pk").first()


def demonstration_datasets() -> list[int]:
    return list(Dataset.objects.filter(name=NAME).values_list("pk", flat=True))


def newest_dataset() -> Dataset:
    return Dataset.objects.filter(name=NAME).latest("pk")


def do_here(kind: str, parameters: dict[str, object]) -> None:
    job = job_queue(kind=kind, parameters=parameters, send=False)
    run_job(job.pk)
    job.refresh_from_db()
    if job.state == Job.State.QUEUED:
        raise KeyboardInterrupt
    if job.state != Job.State.SUCCEEDED:
        raise ChatbotError(f"The demonstration could not be made: {job.error_text or job.state}")


def demonstration_corpus() -> Corpus:
    directory = corpora_directory() / NAME
    if not directory.exists():
        copy_corpus(directory)
    corpus, _ = Corpus.objects.get_or_create(
        name=NAME, defaults={"path": stored_path(directory), "format": NAME, "uploaded": True}
    )
    return corpus


def copy_corpus(directory: Path) -> None:
    """Copy the installed package's files, so that the dataset's source stays when the package changes."""
    package = find_spec("chatterbot_corpus")
    if package is None or not package.submodule_search_locations:
        raise CorpusError("The package chatterbot-corpus must be installed. Run: make install")
    source = Path(package.submodule_search_locations[0]) / "data"
    partial = Path(settings.DATA_DIR) / "run" / f"{NAME}.partial"
    shutil.rmtree(partial, ignore_errors=True)
    for language in LANGUAGES:
        shutil.copytree(source / language, partial / language)
    directory.parent.mkdir(parents=True, exist_ok=True)
    partial.rename(directory)
