"""manage.py word2vec -train CORPUS -output FILE: the original tool's switches, meaning and defaults."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from preprocessing.dataset import INFORMATION
from preprocessing.errors import ChatbotError, WordVectorsError
from preprocessing.progress import StoppedError
from preprocessing.word_vectors import (
    Sentences,
    TextSentences,
    Word2VecSettings,
    sentences_of_dataset,
    train_word_vectors,
)
from training.management.job_command import find_by_name_or_id
from training.models import Dataset
from training.terminal import WorkBar

DEFAULTS = Word2VecSettings()
ALPHA_DEFAULT = "0.05 for CBOW, else 0.025"
# The original's switch, the setting, its type, what it does.
SWITCHES = (
    ("size", "size", int, "Numbers a word."),
    ("window", "window", int, "Words to each side that count as neighbours."),
    ("sample", "sample", float, "Words more frequent than this share are left out at times; 0 for none."),
    ("hs", "hs", int, "1: hierarchical softmax."),
    ("negative", "negative", int, "Words that are drawn against each right one; 0 for none."),
    ("threads", "threads", int, "Threads, at most as many as there are cores."),
    ("iter", "iterations", int, "Passes over the text."),
    ("min-count", "min_count", int, "Rarer words get no vector."),
    ("alpha", "alpha", float, "Learning rate at the start."),
    ("binary", "binary", int, "1: the binary format; 0: text."),
    ("cbow", "cbow", int, "1: CBOW; 0: skip-gram."),
    ("seed", "seed", int, "Where chance begins; with -threads 1 the same seed gives the same file."),
)


class Command(BaseCommand):
    help = "Train word vectors in this process, as the original word2vec tool does, with its switches."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "-train",
            required=True,
            metavar="CORPUS",
            help="A text file with words apart by spaces, or a dataset by its name, id or folder: of that "
            "one the training texts are read, cut as its settings say.",
        )
        parser.add_argument(
            "-output",
            required=True,
            type=Path,
            metavar="FILE",
            help="Where the vectors go, from the current folder as with the original tool. nearest and "
            "analogy take a file by --vectors FILE.",
        )
        for switch, field, kind, told in SWITCHES:
            default = getattr(DEFAULTS, field)
            shown = ALPHA_DEFAULT if default is None else default
            parser.add_argument(
                f"-{switch}",
                dest=field,
                type=kind,
                default=default,
                metavar="N",
                help=f"{told} Default: {shown}.",
            )
        parser.add_argument("--json", action="store_true", help="Print the figures as JSON.")

    def handle(self, *, train: str, output: Path, **options: Any) -> None:
        fields = {field: options[field] for _, field, _, _ in SWITCHES}
        try:
            refuse_same_file(train, output)
            with WorkBar("word2vec") as monitor:
                settings = Word2VecSettings(**fields)
                summary = train_word_vectors(sentences_named(train), settings, output, monitor)
        except StoppedError:
            raise CommandError("Stopped; no file was written.", returncode=130) from None
        except ChatbotError as error:
            raise CommandError(str(error), returncode=2) from None
        if options["json"]:
            self.stdout.write(json.dumps({**asdict(summary), "output": str(output)}))
        else:
            self.stdout.write(
                f"{output}: {summary.words:,} words, {summary.size} numbers each, from {summary.tokens:,} "
                f"words of text in {summary.seconds:.1f} s ({summary.words_per_second:,.0f} words/s)."
            )


def refuse_same_file(train: str, output: Path) -> None:
    if Path(train).is_file() and output.is_file() and output.samefile(train):
        raise WordVectorsError(f"-output must be another file than the corpus. Received {output} for both.")


def sentences_named(train: str) -> Sentences:
    """Return the texts of a file, of a dataset's folder, or of the dataset of that name or id."""
    path = Path(train)
    if (path / INFORMATION).is_file():
        return sentences_of_dataset(path)
    if path.is_file() or not (train.isdigit() or Dataset.objects.filter(name=train).exists()):
        return TextSentences(path)
    return sentences_of_dataset(find_by_name_or_id(Dataset.objects.all(), train, "dataset").location)
