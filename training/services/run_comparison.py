"""Several trainings side by side: their curves, where their settings differ, what came of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from training.architectures import ARCHITECTURES
from training.evaluation.checkpoint_metrics import METRICS
from training.models import Dataset, Job
from training.services.charts import SERIES
from training.services.job_report import SHOWN_BY_NAME, counted, readable_name, rounded
from training.services.job_settings import NOTHING, written
from training.services.report_parts import Row, Table
from training.services.run_record import LossCurves, loss_curves, run_settings

MOST_RUNS = SERIES
# They say what happens to the trained model, not how it is trained.
NOT_COMPARED = ("bot", "activate")
# All that matters where nothing is trained.
WITHOUT_NETWORK = ("architecture", "dataset")


@dataclass(frozen=True)
class ComparedRun:
    job: Job
    name: str
    curves: LossCurves
    settings: Mapping[str, str]


def compared_runs(job_ids: Sequence[int]) -> list[ComparedRun]:
    """Return the train jobs among these, oldest first, at most as many as there are colours."""
    jobs = list(Job.objects.filter(pk__in=job_ids, kind=Job.Kind.TRAIN).order_by("pk")[:MOST_RUNS])
    names = dict(Dataset.objects.filter(pk__in=[dataset_of(job) for job in jobs]).values_list("pk", "name"))
    return [compared_run(job, names) for job in jobs]


def dataset_of(job: Job) -> int:
    number = job.parameters.get("dataset")
    return number if isinstance(number, int) else 0


def compared_run(job: Job, names: Mapping[int, str]) -> ComparedRun:
    used, _ = run_settings(job.run_location)
    settings = {**job.parameters, **used}
    number = dataset_of(job)
    dataset = f"{names[number]} #{number}" if number in names else f"deleted #{number}"
    architecture = ARCHITECTURES.get(str(settings.get("architecture")))
    has_network = architecture is not None and bool(architecture.network)
    shown = {
        name: dataset if name == "dataset" else written(value)
        for name, value in settings.items()
        if name in WITHOUT_NETWORK or (has_network and name not in NOT_COMPARED)
    }
    name = f"{names.get(number, 'deleted')}, {settings.get('architecture')}, job {job.pk}"
    return ComparedRun(job, name, loss_curves(job.run_location), shown)


def differences(runs: Sequence[ComparedRun]) -> Table:
    """Return the settings in which those runs differ that have them."""
    names = dict.fromkeys(name for run in runs for name in run.settings)
    rows = [
        (name.replace("_", " "), [run.settings.get(name, NOTHING) for run in runs])
        for name in names
        if len({run.settings[name] for run in runs if name in run.settings}) > 1
    ]
    return table_of("Where their settings differ", "Setting", runs, rows)


def end_figures(runs: Sequence[ComparedRun]) -> Table:
    """Return what came of the runs so far; what no run has is left out."""
    rows = [(name, [figure(run) or NOTHING for run in runs]) for name, figure in figures().items()]
    return table_of("What came of them", "Figure", runs, [row for row in rows if set(row[1]) != {NOTHING}])


def table_of(
    caption: str, corner: str, runs: Sequence[ComparedRun], rows: Sequence[tuple[str, Sequence[str]]]
) -> Table:
    columns = (corner, *(run.name for run in runs))
    return Table(caption, columns, tuple(Row((name, *values)) for name, values in rows), are_numbers=False)


def figures() -> dict[str, Callable[[ComparedRun], str | None]]:
    return {
        "State": lambda run: "stalled" if run.job.is_stalled else run.job.state,
        "Lowest validation loss": lowest_validation_loss,
        "Validation loss": metric("validation_loss", rounded),
        "Perplexity": metric("perplexity", rounded),
        **{readable_name(name): metric(name, rounded) for name in METRICS if name not in SHOWN_BY_NAME},
        "Training loss": metric("loss", rounded),
        "Parameters": metric("parameters", counted),
        "Minutes": minutes,
        "Steps": lambda run: counted(run.job.progress_done) if run.job.progress_unit == "steps" else None,
        "Steps per second": metric("steps_per_second", rounded),
    }


def metric(name: str, write: Callable[[Any], str | None]) -> Callable[[ComparedRun], str | None]:
    """Return what writes a figure: the newest in the run's own file, or else in the job's row."""
    return lambda run: write(run.curves.newest.get(name, run.job.metrics.get(name)))


def lowest_validation_loss(run: ComparedRun) -> str | None:
    best = run.curves.lowest_validation()
    return f"{best[1]:.3f} at step {best[0]:,.0f}" if best else None


def minutes(run: ComparedRun) -> str | None:
    """Return how long the job took, or how long it has been running."""
    if run.job.started_at is None:
        return None
    until = run.job.finished_at or timezone.now()
    return f"{(until - run.job.started_at).total_seconds() / 60:,.1f}"
