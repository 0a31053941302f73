"""A dataset with held-out exchanges, trained models of it, and their evaluations."""

import json
import shutil
from pathlib import Path
from random import Random

from preprocessing.pipeline import preprocess
from preprocessing.progress import NullMonitor
from preprocessing.request import PreprocessRequest
from tests.answering.conftest import write_toy_bundle
from training.models import Dataset, Evaluation, Job, TrainedModel
from training.services.evaluations import evaluation_queue
from training.services.runner import run_job

WORDS = [
    *("apple", "bread", "chair", "dance", "eagle", "fence", "glass", "horse", "inkwell", "jacket"),
    *("kettle", "lemon", "mirror", "needle", "orange", "pencil", "queen", "river", "sugar", "table"),
    *("uncle", "violin", "window", "yellow", "zebra", "anchor", "basket", "candle", "dragon", "engine"),
]
# Of fewer than 500 nothing is held out.
EXCHANGES_MADE = 520


def made_exchanges(chance: Random) -> list[tuple[str, str]]:
    """Return exchanges of few words in any order: an answer takes up a word of its question."""
    made = []
    for _ in range(EXCHANGES_MADE):
        question = chance.sample(WORDS, 5)
        made.append((f"{' '.join(question)}?", " ".join([question[1], *chance.sample(WORDS, 3)])))
    return made


EXCHANGES = made_exchanges(Random(0))


def write_corpus(path: Path, exchanges) -> Path:
    lines = (f'- - "{question}"\n  - "{answer}"\n' for question, answer in exchanges)
    path.write_text(f"conversations:\n{''.join(lines)}", encoding="utf-8")
    return path


def write_dataset(folder: Path) -> Path:
    corpus = write_corpus(folder / "words.yml", EXCHANGES)
    return preprocess(PreprocessRequest.of_corpus("words", corpus, folder), NullMonitor()).directory


def make_dataset(directory: Path) -> Dataset:
    return Dataset.objects.create(
        name="words", directory=str(directory), max_length=20, exchanges=len(EXCHANGES), vocabulary_size=99
    )


def make_trained_model(data_directory, name="toy", dataset=None, **options) -> TrainedModel:
    """Make one whose index holds all exchanges, those held out too."""
    write_toy_bundle(
        data_directory / "save" / name / "bundle", **{"exchanges": EXCHANGES, "mode": "retrieve", **options}
    )
    return TrainedModel.objects.create(
        name=name, architecture="toy", directory=f"save/{name}/bundle", dataset=dataset
    )


def evaluated_once(trained_model, kept: Path) -> Evaluation:
    """Evaluate where nothing is kept yet; else take the report from there."""
    if not kept.exists():
        evaluation = evaluate(trained_model)
        shutil.copytree(evaluation.location, kept)
        return evaluation
    job = evaluation_queue(trained_model=trained_model, send=False, questions=20)
    Job.objects.filter(pk=job.pk).update(
        state=Job.State.SUCCEEDED, run_directory=f"save/evaluations/{job.pk}"
    )
    job.refresh_from_db()
    shutil.copytree(kept, job.run_location)
    return Evaluation.objects.create(
        trained_model=trained_model,
        dataset=trained_model.dataset,
        job=job,
        source=f"test split of words #{trained_model.dataset_id}",
        directory=job.run_directory,
        figures=json.loads((kept / "report.json").read_text())["figures"],
    )


def evaluate(trained_model, **asked) -> Evaluation:
    job = evaluation_queue(trained_model=trained_model, send=False, **{"questions": 20, **asked})
    run_job(job.pk)
    job.refresh_from_db()
    assert job.state == "succeeded", job.error_text
    return job.evaluations.get()
