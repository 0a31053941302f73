"""The work of an evaluation job: held-out questions become a report."""

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone

from answering.bundle import Bundle
from preprocessing.durable_file import write_text_durably
from preprocessing.new_directory import make_new_directory
from training.evaluate_parameters import EvaluateParameters
from training.evaluation.evaluation import EvaluationRequest, evaluate
from training.evaluation.measure import rounded
from training.evaluation.report import made_report
from training.evaluation.stages import PREFIX
from training.models import Evaluation, Job, TrainedModel
from training.models.paths import stored_path
from training.services.attention_pictures import write_attention_pictures
from training.services.charts import MAX_POINTS
from training.services.evaluated_rows import corpus_of, dataset_of, trained_model_of
from training.services.evaluated_sets import EvaluatedSet, context_turns, set_of_corpus, set_of_dataset
from training.services.evaluations import CASES, REPORT
from training.services.job_run import JobRun
from training.services.run_record import Curve, loss_curves, run_settings

Figures = dict[str, float]
# Those that say what a network is; a report's reader has the job's page for the others.
TOLD_SETTINGS = ("preset", "cell", "layers", "hidden_size", "embedding_size", "dropout", "epochs", "seed")


def run_evaluate(run: JobRun, parameters: EvaluateParameters) -> None:
    trained_model = trained_model_of(parameters)
    bundle = Bundle.open(trained_model.location)
    directory = claim_directory(run)
    asked = evaluated_set(parameters, trained_model, bundle)
    request = EvaluationRequest(
        bundle=bundle, cases=asked.cases, training=asked.training, questions=parameters.questions
    )
    evaluation, found = evaluate(request, directory, run.monitor)
    report, cases = made_report(evaluation, found, about(trained_model, bundle, asked))
    report["losses"] = loss_points(run_of(trained_model))
    shown = report["answers"]["random"]
    report["attention"] = write_attention_pictures(directory, evaluation.responder, shown, run.monitor)
    write_report(directory, report, cases)
    run.monitor.write_progress()
    with run.lease.success():
        record_evaluation(run, parameters, asked, directory, report["figures"])
    remove_stages(directory)


def record_evaluation(
    run: JobRun, parameters: EvaluateParameters, asked: EvaluatedSet, directory: Path, figures: Figures
) -> None:
    """Make the evaluation's row; what it is about may have been deleted meanwhile."""
    Evaluation.objects.create(
        trained_model=trained_model_of(parameters),
        dataset=dataset_of(parameters) if asked.dataset else None,
        job=run.job,
        source=asked.source,
        directory=stored_path(directory),
        figures=figures,
    )


def claim_directory(run: JobRun) -> Path:
    """Return the folder of the evaluation: the one to go on in, else a new one."""
    if run.job.run_location is not None:
        run.job.run_location.mkdir(parents=True, exist_ok=True)
        return run.job.run_location
    directory = make_new_directory(Path(settings.DATA_DIR) / "save" / "evaluations", str(run.job.pk))
    run.lease.update(run_directory=stored_path(directory))
    return directory


def evaluated_set(
    parameters: EvaluateParameters, trained_model: TrainedModel, bundle: Bundle
) -> EvaluatedSet:
    if parameters.dataset is not None:
        found = set_of_dataset(dataset_of(parameters), trained_model, parameters)
    else:
        found = set_of_corpus(corpus_of(parameters), trained_model, bundle)
    turns = parameters.context_turns or context_turns(bundle)
    return replace(found, cases=found.cases.with_context(turns))


def write_report(directory: Path, report: dict[str, Any], cases: list[dict[str, Any]]) -> None:
    """Write what people and scripts read: JSON of ASCII letters, in which every number is one."""
    lines = (f"{json.dumps(case, allow_nan=False)}\n" for case in cases)
    write_text_durably(directory / CASES, "".join(lines))
    write_text_durably(directory / REPORT, json.dumps(report, allow_nan=False, indent=1) + "\n")


def remove_stages(directory: Path) -> None:
    """Remove what the report was made from; the report has all that is needed of it."""
    for path in directory.glob(f"{PREFIX}*.json"):
        path.unlink(missing_ok=True)


def about(trained_model: TrainedModel, bundle: Bundle, asked: EvaluatedSet) -> dict[str, Any]:
    """Return what a report says of the trained model beside what was measured."""
    manifest, job = bundle.manifest, trained_model.job
    used, _ = run_settings(run_of(trained_model))
    return {
        "trained_model": trained_model.name,
        "asked": asked.source,
        "evaluated_at": timezone.now().isoformat(timespec="seconds"),
        "architecture": manifest.architecture,
        "parts": [part.role for part in manifest.parts],
        "default_mode": manifest.default_mode,
        "trained_on": str(trained_model.dataset or ""),
        "languages": asked.languages,
        "trained_at": manifest.created,
        "training_minutes": minutes(job) if job else None,
        "parameters": job.metrics.get("parameters") if job else None,
        "settings": {name: value for name, value in used.items() if name in TOLD_SETTINGS},
    }


def run_of(trained_model: TrainedModel) -> Path | None:
    """Return where its training left notes."""
    return trained_model.job.run_location if trained_model.job else None


def loss_points(directory: Path | None) -> dict[str, list[list[float]]]:
    """Return [step, loss] of a training by the name of the loss, as many as a picture can show."""
    return {name: thinned(points) for name, points in loss_curves(directory).by_step.items() if points}


def thinned(points: Curve) -> list[list[float]]:
    finite = [[step, rounded(loss)] for step, loss in points if math.isfinite(step) and math.isfinite(loss)]
    every = -(-len(finite) // MAX_POINTS) or 1
    return finite if every == 1 else [*finite[::every], finite[-1]]


def minutes(job: Job) -> float | None:
    if job.started_at is None or job.finished_at is None:
        return None
    return rounded((job.finished_at - job.started_at).total_seconds() / 60)
