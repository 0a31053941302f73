"""manage.py preprocess NAME PATH: a corpus becomes a dataset; --corpus A=1 --corpus B=8: several do."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import CommandError

from preprocessing.errors import ChatbotError
from training.management.job_command import JobCommand, add_parameter_arguments, given_parameters
from training.models import Dictionary, Job
from training.parameters import PreprocessParameters
from training.services.corpora import corpus_register
from training.services.defaults import default_preprocess_parameters
from training.services.dictionaries import dictionary_from_file
from training.services.preprocessing import corpus_named


class Command(JobCommand):
    help = "Make a dataset from a corpus: a file, folder, archive or database with conversations."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", nargs="?", help="How the corpus and the dataset are called.")
        parser.add_argument("path", nargs="?", help="The corpus' file, folder, archive or database address.")
        parser.add_argument(
            "--corpus",
            action="append",
            default=[],
            dest="weighted",
            metavar="NAME=WEIGHT",
            help="A known corpus and how often training sees its exchanges an epoch; can be repeated.",
        )
        parser.add_argument(
            "--dictionary",
            action="append",
            default=[],
            metavar="FILE",
            help="A file of added Chinese words, 'word freq pos' a line; several are allowed.",
        )
        add_parameter_arguments(parser, PreprocessParameters, None)
        self.add_job_arguments(parser)

    def handle(self, *, name: str | None, path: str | None, **options: Any) -> None:
        try:
            chosen = self.chosen_corpora(name, path, options)
            dictionaries = [self.dictionary(given) for given in options["dictionary"]]
        except ChatbotError as error:
            raise CommandError(str(error), returncode=2) from None
        except ValidationError as error:
            raise CommandError(" ".join(error.messages), returncode=2) from None
        given = given_parameters(options, PreprocessParameters)
        if dictionaries:
            given["dictionaries"] = [*given.get("dictionaries", "").split(","), *dictionaries]
        parameters = {**default_preprocess_parameters(), **given, **chosen}
        self.start_job(kind=Job.Kind.PREPROCESS, parameters=parameters, options=options)

    def chosen_corpora(self, name: str | None, path: str | None, options: dict[str, Any]) -> dict[str, Any]:
        """Return the parameters that say what is read; a path is registered as a corpus first."""
        if options["weighted"]:
            if path is not None:
                raise CommandError(
                    "Give a name and a path, or --corpus NAME=WEIGHT: one of the two.", returncode=2
                )
            corpora = dict(map(weighted_corpus, options["weighted"]))
            return {"name": name or "-".join(corpora), "corpora": corpora}
        name = name or settings.CONFIGURATION.corpus_name
        if name is not None and path is not None:
            corpus = corpus_register(
                name=name,
                path=path,
                format=options["format"] or "auto",
                columns=options["columns"] or "",
                query=options["query"] or "",
            )
            return {"name": name, "corpus": corpus.pk}
        if name is not None:
            return {"name": name, "corpus": corpus_named(name).pk}
        raise CommandError("Give a name and a path, or --corpus NAME=WEIGHT.", returncode=2)

    def dictionary(self, given: str) -> str:
        """Return a dictionary's name; a file becomes one."""
        if Dictionary.objects.filter(name=given).exists() and not Path(given).exists():
            return given
        kept, is_replaced = dictionary_from_file(path=Path(given))
        if is_replaced:
            self.stderr.write(f"Dictionary {kept.name} had other words; it has those of {given} now.")
        return kept.name


def weighted_corpus(given: str) -> tuple[str, float]:
    name, _, weight = given.partition("=")
    try:
        return corpus_named(name).name, float(weight or 1)
    except ValueError:
        raise CommandError(
            f"--corpus must be NAME=WEIGHT with a number, such as faq=8. Received {given}.", returncode=2
        ) from None
