"""manage.py train DATASET: a dataset becomes a trained model."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError

from preprocessing.errors import ChatbotError, SettingsError
from preprocessing.progress import StoppedError
from training.management.job_command import (
    JobCommand,
    add_parameter_arguments,
    find_by_name_or_id,
    given_parameters,
)
from training.models import Bot, Dataset, Job
from training.models.bot import DEFAULT_BOT
from training.parameters import TrainParameters
from training.services.defaults import default_train_parameters, with_given
from training.services.helping import help_with_training
from training.terminal import WorkBar


class Command(JobCommand):
    help = "Train a model on a dataset."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("dataset", help="A dataset's name (its newest) or id.")
        parser.add_argument("--bot", default=DEFAULT_BOT, help="The bot that the trained model is meant for.")
        parser.add_argument(
            "--activate", action="store_true", help="Let the bot answer from it as soon as it is ready."
        )
        parser.add_argument(
            "--worker-index",
            type=int,
            help="Which of --workers this machine is, from 0, where its addresses do not tell.",
        )
        add_parameter_arguments(parser, TrainParameters, settings.CONFIGURATION.default_hyperparameters())
        self.add_job_arguments(parser)

    def handle(self, *, dataset: str, **options: Any) -> None:
        found = find_by_name_or_id(Dataset.objects.all(), dataset, "dataset")
        if options["worker_index"] is not None and not options["workers"]:
            raise CommandError("--worker-index needs --workers: it is a place in their list.", returncode=2)
        if options["workers"] and self.is_helper(found, options["workers"], options["worker_index"]):
            return
        find_by_name_or_id(Bot.objects.all(), options["bot"], "bot")
        given = given_parameters(options, TrainParameters)
        parameters = {**with_given(default_train_parameters(), given), "dataset": found.pk}
        self.start_job(kind=Job.Kind.TRAIN, parameters=parameters, options=options)

    def is_helper(self, dataset: Dataset, workers: str, worker_index: int | None) -> bool:
        """Do this machine's share of a training that the first worker keeps; False where it is the first."""
        try:
            with WorkBar("Helping to train") as bar:
                return help_with_training(dataset.location, workers, worker_index, bar)
        except StoppedError as error:
            raise CommandError(str(error), returncode=130) from None
        except SettingsError as error:
            raise CommandError(str(error), returncode=2) from None
        except ChatbotError as error:
            raise CommandError(str(error)) from None
