"""What the commands that start jobs share: options from a parameter dataclass, --here, --follow, --json."""

import dataclasses
import json
from argparse import ArgumentParser, BooleanOptionalAction
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import QuerySet

from preprocessing.errors import ChatbotError
from training.models import Job, Worker
from training.parameter_fields import Parameters
from training.services.dataset_summary import summary_sentences
from training.services.jobs import job_queue
from training.services.monitor import StopReason
from training.services.runner import run_job
from training.terminal import JobBar, follow_job


class JobCommand(BaseCommand):
    """A command that queues a job, or does it in this process with --here."""

    def add_job_arguments(self, parser: ArgumentParser) -> None:
        where = parser.add_mutually_exclusive_group()
        where.add_argument("--here", action="store_true", help="Do it in this process: no Redis, no worker.")
        where.add_argument("--follow", action="store_true", help="Queue it and show it until its end.")
        parser.add_argument("--json", action="store_true", help="Print the job as JSON.")

    def start_job(
        self, *, kind: str, parameters: dict[str, Any], options: dict[str, Any], run_directory: str = ""
    ) -> None:
        try:
            job = job_queue(
                kind=kind, parameters=parameters, send=not options["here"], run_directory=run_directory
            )
        except ChatbotError as error:
            raise CommandError(str(error), returncode=2) from None
        self.see_job_through(job, options)

    def see_job_through(self, job: Job, options: dict[str, Any]) -> None:
        if options["here"]:
            with JobBar(str(job)) as bar:
                run_job(job.pk, on_interrupt=StopReason.CANCEL, listener=bar.show_progress)
        elif options["follow"]:
            warn_without_worker(self)
            follow_job(job, title=str(job))
        job.refresh_from_db()
        self.print_job(job, as_json=options["json"])

    def print_job(self, job: Job, *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(job.as_json()))
        else:
            self.stdout.write(describe_job(job))
        if job.state == Job.State.FAILED:
            raise CommandError(job.error_text)
        if job.state == Job.State.CANCELLED:
            raise CommandError(
                f"{job} was cancelled. Resume it with: manage.py resume_job {job.pk}", returncode=130
            )


def warn_without_worker(command: BaseCommand) -> None:
    if not any(worker.is_present for worker in Worker.objects.all()):
        command.stderr.write("No worker is running; the job waits for one. Start it with: make run")


def describe_job(job: Job) -> str:
    made = [f"dataset {dataset.pk} ({dataset})" for dataset in job.datasets.all()]
    made += [f"corpus {corpus.name}" for corpus in job.corpora.all()]
    made += [f"word vectors {vectors}" for vectors in job.word_vectors.all()]
    made += [f"trained model {trained.name}" for trained in job.trained_models.all()]
    made += [f"evaluation {evaluation.pk}" for evaluation in job.evaluations.all()]
    took = ""
    if job.started_at and job.finished_at:
        took = f" in {(job.finished_at - job.started_at).total_seconds():.1f} s"
    lines = [f"{job}: {job.state}{took}" + (f"; made {', '.join(made)}" if made else "")]
    for dataset in job.datasets.all():
        lines += summary_sentences(dataset.summary.get("counts", {}))
    return "\n".join(lines)


def add_parameter_arguments(
    parser: ArgumentParser, cls: type[Parameters], defaults: Parameters | None
) -> None:
    """Give `parser` an option for each field that people may choose; one not given stays None."""
    for spec in dataclasses.fields(cls):
        if not {"minimum", "choices", "switch", "text"} & set(spec.metadata):
            continue
        default = getattr(defaults, spec.name, spec.default)
        shown = ",".join(default) or "none" if isinstance(default, tuple) else default
        told = f" Default: {shown}." if shown != "" else ""
        parser.add_argument(
            f"--{spec.name.replace('_', '-')}",
            help=f"{spec.metadata['help']}{told}".replace("%", "%%"),
            **option_form(spec),
        )


def option_form(spec: "dataclasses.Field[Any]") -> dict[str, Any]:
    """Return how a field's option is written: with a value, as --name/--no-name, as a list."""
    if "switch" in spec.metadata:
        return {"action": BooleanOptionalAction, "default": None}
    if "several" in spec.metadata:
        return {"metavar": "A,B"}
    if "choices" in spec.metadata:
        return {"choices": spec.metadata["choices"]}
    return {"metavar": "TEXT" if "text" in spec.metadata else "N"}


def given_parameters(options: dict[str, Any], cls: type[Parameters]) -> dict[str, Any]:
    names = {spec.name for spec in dataclasses.fields(cls)}
    return {name: value for name, value in options.items() if name in names and value is not None}


def find_by_name_or_id(rows: "QuerySet[Any]", wanted: str, noun: str) -> Any:
    """Return the newest row called `wanted`, or the one with that id."""
    found = rows.filter(name=wanted).order_by("-pk").first()
    if found is None and wanted.isdigit():
        found = rows.filter(pk=int(wanted)).first()
    if found is None:
        names = sorted(set(rows.values_list("name", flat=True)))[:20]
        known = f"There are: {', '.join(names)}." if names else "There is none yet."
        raise CommandError(
            f"A {noun} must exist under its name or id. Received {wanted}. {known}", returncode=2
        )
    return found
