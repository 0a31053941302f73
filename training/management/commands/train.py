"""manage.py train DATASET: a dataset becomes a trained model."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings

from training.management.job_command import (
    JobCommand,
    add_parameter_arguments,
    find_by_name_or_id,
    given_parameters,
)
from training.models import Bot, Dataset, Job
from training.models.bot import DEFAULT_BOT
from training.parameters import TrainParameters
from training.services.defaults import default_train_parameters


class Command(JobCommand):
    help = "Train a model on a dataset."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("dataset", help="A dataset's name (its newest) or id.")
        parser.add_argument("--bot", default=DEFAULT_BOT, help="The bot that the trained model is meant for.")
        parser.add_argument(
            "--activate", action="store_true", help="Let the bot answer from it as soon as it is ready."
        )
        add_parameter_arguments(parser, TrainParameters, settings.CONFIGURATION.default_hyperparameters())
        self.add_job_arguments(parser)

    def handle(self, *, dataset: str, **options: Any) -> None:
        found = find_by_name_or_id(Dataset.objects.all(), dataset, "dataset")
        find_by_name_or_id(Bot.objects.all(), options["bot"], "bot")
        parameters = {
            **default_train_parameters(),
            **given_parameters(options, TrainParameters),
            "dataset": found.pk,
        }
        self.start_job(kind=Job.Kind.TRAIN, parameters=parameters, options=options)
