"""manage.py select_corpus FROM NAME --include love: the exchanges that match become a corpus of their own."""

import json
from argparse import ArgumentParser
from typing import IO, Any, cast

from django.core.management.base import CommandError
from rich.console import Console
from rich.text import Text

from preprocessing.conversations import Turn
from preprocessing.errors import ChatbotError
from preprocessing.selection import record_of
from training.management.commands.describe_dataset import plain
from training.management.job_command import JobCommand, add_parameter_arguments, given_parameters
from training.models import Job
from training.select_parameters import SelectParameters
from training.services.corpora import free_name
from training.services.preprocessing import corpus_named
from training.services.selection import Preview, preview_corpus, require_free_name

LONGEST_TEXT = 300
# An option that can be repeated, the field that it fills, what it says.
REPEATED = (
    ("--include", "include", "A keyword or regular expression of which one must be there."),
    ("--exclude", "exclude", "A keyword or regular expression of which none may be there."),
    ("--speaker", "speakers", "Who gives the answer, by the name that the corpus has."),
)


class Command(JobCommand):
    help = "Make a corpus of the exchanges of another corpus that match; --preview shows the first 20."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("source", metavar="FROM", help="The corpus to select from, by its name.")
        parser.add_argument("name", nargs="?", metavar="NAME", help="How the new corpus is called.")
        for option, field, told in REPEATED:
            parser.add_argument(
                option, dest=field, action="append", metavar="TEXT", help=f"{told} Can be repeated."
            )
        add_parameter_arguments(parser, SelectParameters, None)
        parser.add_argument("--preview", action="store_true", help="Print the first 20; write nothing.")
        self.add_job_arguments(parser)

    def handle(self, *, source: str, name: str | None, **options: Any) -> None:
        if name is None and not options["preview"]:
            raise CommandError("Give the new corpus a name, or --preview.", returncode=2)
        try:
            corpus = corpus_named(source)
            parameters = {
                **given_parameters(options, SelectParameters),
                "name": name or free_name(source),
                "corpus": corpus.pk,
            }
            if not options["preview"]:
                require_free_name(parameters["name"])
                return self.start_job(kind=Job.Kind.SELECT, parameters=parameters, options=options)
            preview = preview_corpus(corpus, SelectParameters.from_json(parameters).selection())
        except ChatbotError as error:
            raise CommandError(str(error), returncode=2) from None
        self.print_preview(preview, as_json=options["json"])

    def print_preview(self, preview: Preview, *, as_json: bool) -> None:
        if as_json:
            records = [record_of([exchange]) for exchange in preview.exchanges]
            told = {"exchanges": records, "looked_at": preview.look.exchanges, "is_whole": preview.is_whole}
            self.stdout.write(json.dumps(told, ensure_ascii=False))
            return
        console = Console(file=cast(IO[str], self.stdout), highlight=False)
        for exchange in preview.exchanges:
            console.print(plain(f"{exchange.source} {exchange.place}", "dim"))
            console.print(said("Q", exchange.question), said("A", exchange.answer), sep="\n")
        console.print(plain(preview.in_words))


def said(side: str, turn: Turn) -> Text:
    speaker = f" {turn.speaker}:" if turn.speaker and turn.speaker not in ("question", "answer") else ""
    text = turn.text if len(turn.text) <= LONGEST_TEXT else f"{turn.text[:LONGEST_TEXT]}…"
    return plain(f"  {side}{speaker} {text}")
