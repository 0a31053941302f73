"""manage.py evaluate MODEL: how good a trained model is, on held-out questions or on a corpus never seen."""

import os
import shutil
from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from preprocessing.errors import ChatbotError
from training.evaluate_parameters import EvaluateParameters
from training.evaluation.requirement import Requirement, missed
from training.management.job_command import (
    JobCommand,
    add_parameter_arguments,
    find_by_name_or_id,
    given_parameters,
)
from training.models import Dataset, Evaluation, Job, TrainedModel
from training.parameters import CORPUS_FORMATS
from training.services.corpora import corpus_of_path
from training.services.evaluation_page import evaluation_html, evaluation_summary
from training.services.evaluations import REPORT, evaluation_queue


def requirement(given: str) -> Requirement:
    try:
        return Requirement.of(given)
    except ChatbotError as error:
        raise ArgumentTypeError(str(error)) from None


class Command(JobCommand):
    help = (
        "Evaluate a trained model: on the test split of its own dataset, on another dataset, or on a corpus "
        "that it never saw. Exits with 1 where an --at-least or --at-most does not hold."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("trained_model", metavar="MODEL", help="A trained model's name or id.")
        asked = parser.add_mutually_exclusive_group()
        asked.add_argument("--dataset", help="A dataset's name (its newest) or id; else the model's own.")
        asked.add_argument("--corpus", metavar="PATH", help="Files of which every exchange may be asked.")
        parser.add_argument("--format", choices=CORPUS_FORMATS, default="auto", help="How files are read.")
        add_parameter_arguments(parser, EvaluateParameters, None)
        parser.add_argument("--json", metavar="FILE", type=Path, help="Write the report as JSON.")
        parser.add_argument("--html", metavar="FILE", type=Path, help="Write the report as one HTML file.")
        for option, told in (("--at-least", "below"), ("--at-most", "above")):
            parser.add_argument(
                option,
                action="append",
                default=[],
                type=requirement,
                metavar="NAME=VALUE",
                help=f'Exit with 1 where a figure is {told}, such as "recall@1 of 10=0.5"; can be repeated.',
            )
        where = parser.add_mutually_exclusive_group()
        where.add_argument("--queue", action="store_true", help="Leave it to a worker, and do not wait.")
        where.add_argument("--follow", action="store_true", help="Leave it to a worker, and wait.")

    def handle(self, *, trained_model: str, **options: Any) -> None:
        self.require_wait(options)
        found = find_by_name_or_id(TrainedModel.objects.all(), trained_model, "trained model")
        self.make_folders(options)
        job = self.queued(found, options)
        self.see_job_through(
            job, {**options, "here": not (options["queue"] or options["follow"]), "json": False}
        )
        evaluation = Evaluation.objects.filter(job=job).first()
        if evaluation is not None:
            self.tell(evaluation, options)
        elif not options["queue"]:
            raise CommandError(f"{job} ended without an evaluation that is still there.")

    def require_wait(self, options: dict[str, Any]) -> None:
        unheard = [name for name in ("json", "html", "at_least", "at_most") if options[name]]
        if options["queue"] and unheard:
            raise CommandError(
                f"--{unheard[0].replace('_', '-')} must wait for the evaluation's end; --queue does not. "
                "Take --follow.",
                returncode=2,
            )

    def make_folders(self, options: dict[str, Any]) -> None:
        """Find out before an evaluation of minutes whether its report can be written."""
        for path in filter(None, (options["json"], options["html"])):
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise CommandError(f"{path} must be a file to write to: {error}.", returncode=2) from None
            if path.is_dir() or not os.access(path.parent, os.W_OK):
                raise CommandError(f"{path} must be a file to write to. Name another one.", returncode=2)

    def queued(self, trained_model: TrainedModel, options: dict[str, Any]) -> Job:
        named = ("dataset", "corpus")
        asked = {
            name: value
            for name, value in given_parameters(options, EvaluateParameters).items()
            if name not in named
        }
        try:
            if options["dataset"]:
                asked["dataset"] = find_by_name_or_id(Dataset.objects.all(), options["dataset"], "dataset").pk
            if options["corpus"]:
                asked["corpus"] = corpus_of_path(path=options["corpus"], format=options["format"]).pk
            is_sent = options["queue"] or options["follow"]
            return evaluation_queue(trained_model=trained_model, send=is_sent, **asked)
        except ChatbotError as error:
            raise CommandError(str(error), returncode=2) from None

    def tell(self, evaluation: Evaluation, options: dict[str, Any]) -> None:
        self.stdout.write(evaluation_summary(evaluation))
        if options["json"]:
            shutil.copyfile(evaluation.location / REPORT, options["json"])
        if options["html"]:
            options["html"].write_text(evaluation_html(evaluation), encoding="utf-8")
        unmet = missed(evaluation.figures, options["at_least"], options["at_most"])
        if unmet:
            raise CommandError(" ".join(unmet))
