"""manage.py export RUN: a run becomes one more trained model; export MODEL --output FILE.zip packs one."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from preprocessing.errors import ChatbotError
from training.management.job_command import JobCommand, find_by_name_or_id
from training.models import Dataset, Job, TrainedModel
from training.models.paths import stored_path
from training.services.bundles import bundle_pack, require_new_zip
from training.services.exporting import Run, find_run

# What says how a run is exported: of a trained model nothing is.
ONLY_OF_RUNS = ("name", "dataset", "here", "follow")


class Command(JobCommand):
    help = (
        "Export a run's best checkpoint anew, as one more trained model; with --output, write its bundle as "
        "a .zip for another machine. Of a trained model, only write its bundle."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "run", help="A run directory below save/ by name or path, a train job's id, or a trained model."
        )
        parser.add_argument("--output", type=Path, metavar="FILE.zip", help="Write the bundle to this file.")
        parser.add_argument("--name", default="", help="How the new trained model is called.")
        parser.add_argument("--dataset", help="The run's dataset, where no job knows it: name or id.")
        self.add_job_arguments(parser)

    def handle(self, *, run: str, **options: Any) -> None:
        self.output: Path | None = options["output"]
        try:
            if self.output:
                require_new_zip(self.output)
            found = find_run(run)
        except ChatbotError as error:
            raise CommandError(str(error), returncode=2) from None
        if found:
            self.export_run(found, options)
        else:
            self.export_model(run, options)

    def export_run(self, run: Run, options: dict[str, Any]) -> None:
        if self.output and not (options["here"] or options["follow"]):
            raise CommandError("--output needs --here or --follow: it waits for the export.", returncode=2)
        parameters = {
            "run": stored_path(run.directory),
            "dataset": dataset_of(run, options["dataset"]).pk,
            "name": options["name"],
        }
        # A job that shares the run directory keeps it from being deleted with the job that trained.
        shared = stored_path(run.directory) if run.job else ""
        self.start_job(kind=Job.Kind.EXPORT, parameters=parameters, options=options, run_directory=shared)

    def export_model(self, wanted: str, options: dict[str, Any]) -> None:
        trained_model = find_by_name_or_id(TrainedModel.objects.all(), wanted, "run or trained model")
        given = [f"--{name}" for name in ONLY_OF_RUNS if options[name]]
        if given:
            raise CommandError(
                f"{trained_model} is a trained model, whose bundle is only written; {', '.join(given)} must "
                "be left out. Name a run to export that anew.",
                returncode=2,
            )
        if self.output is None:
            raise CommandError(
                f"{trained_model} is a trained model. Write its bundle with --output FILE.zip, or name a run "
                "to export that anew.",
                returncode=2,
            )
        packed = self.pack(trained_model)
        told = f"{trained_model}: {packed['file']}, {packed['bytes']:,} bytes."
        self.stdout.write(json.dumps(packed) if options["json"] else told)

    def print_job(self, job: Job, *, as_json: bool) -> None:
        if self.output is None or job.state != Job.State.SUCCEEDED:
            super().print_job(job, as_json=as_json)
            return
        packed = self.pack(job.trained_models.get())
        if as_json:
            self.stdout.write(json.dumps({**job.as_json(), **packed}))
        else:
            super().print_job(job, as_json=False)
            self.stdout.write(f"Wrote {packed['file']}, {packed['bytes']:,} bytes.")

    def pack(self, trained_model: TrainedModel) -> dict[str, Any]:
        assert self.output is not None
        try:
            size = bundle_pack(trained_model=trained_model, path=self.output)
        except ChatbotError as error:
            raise CommandError(str(error)) from None
        return {"trained_model": trained_model.name, "file": str(self.output), "bytes": size}


def dataset_of(run: Run, named: str | None) -> Dataset:
    if named is not None:
        dataset: Dataset = find_by_name_or_id(Dataset.objects.all(), named, "dataset")
        return dataset
    if run.dataset is None:
        raise CommandError(
            f"No job knows the dataset that {run.directory.name} was trained on, or it has been deleted. "
            "Name it with --dataset.",
            returncode=2,
        )
    return run.dataset
