"""manage.py preprocess NAME PATH: a corpus becomes a dataset."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import CommandError

from preprocessing.errors import CorpusError
from training.management.job_command import JobCommand, add_parameter_arguments, given_parameters
from training.models import Job
from training.parameters import PreprocessParameters
from training.services.corpora import corpus_register
from training.services.defaults import default_preprocess_parameters


class Command(JobCommand):
    help = "Make a dataset from a corpus: a file or a folder with conversations."

    def add_arguments(self, parser: ArgumentParser) -> None:
        configured = settings.CONFIGURATION.corpus_name
        parser.add_argument(
            "name",
            nargs="?" if configured else None,
            default=configured,
            help="How the corpus and the dataset are called.",
        )
        parser.add_argument("path", type=Path, help="The corpus' file or folder.")
        add_parameter_arguments(parser, PreprocessParameters, None)
        self.add_job_arguments(parser)

    def handle(self, *, name: str, path: Path, **options: Any) -> None:
        try:
            corpus = corpus_register(name=name, path=path, format=options["format"] or "auto")
        except CorpusError as error:
            raise CommandError(str(error), returncode=2) from None
        except ValidationError as error:
            raise CommandError(" ".join(error.messages), returncode=2) from None
        parameters = {
            **default_preprocess_parameters(),
            **given_parameters(options, PreprocessParameters),
            "corpus": corpus.pk,
            "name": name,
        }
        self.start_job(kind=Job.Kind.PREPROCESS, parameters=parameters, options=options)
