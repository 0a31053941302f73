"""What the commands that ask word vectors share."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from preprocessing.errors import ChatbotError
from preprocessing.vector_file import read_vectors
from training.models import WordVectors as Row


class VectorCommand(BaseCommand):
    """Reads the vectors and prints words with their cosines."""

    def add_vector_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--vectors", metavar="FILE", help="A file, or the name of word vectors. Default: the newest ones."
        )
        parser.add_argument("-n", "--number", type=int, default=10, help="How many words. Default: 10.")
        parser.add_argument("--json", action="store_true", help="Print them as JSON.")

    def print_words(self, options: dict[str, Any], ask: Any) -> None:
        try:
            words = ask(read_vectors(vectors_path(options["vectors"])), options["number"])
        except ChatbotError as error:
            raise CommandError(str(error), returncode=2) from None
        if options["json"]:
            self.stdout.write(json.dumps(words, ensure_ascii=False))
            return
        for word, cosine in words:
            self.stdout.write(f"{cosine:.4f}  {word}")


def vectors_path(given: str | None) -> Path:
    row = Row.objects.filter(name=given).first() if given else Row.objects.first()
    if row is not None and not (given and Path(given).is_file()):
        return row.location
    if given is None:
        raise CommandError(
            "There are no word vectors yet. Make some in the admin, or name a file with --vectors.",
            returncode=2,
        )
    return Path(given)
