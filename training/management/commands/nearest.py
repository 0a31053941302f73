"""manage.py nearest WORD: the words whose vectors are closest."""

from argparse import ArgumentParser
from typing import Any

from preprocessing.vector_file import WordVectors
from training.management.vector_command import VectorCommand


class Command(VectorCommand):
    help = "Print the words that are used most like a word."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("word")
        self.add_vector_arguments(parser)

    def handle(self, *, word: str, **options: Any) -> None:
        def ask(vectors: WordVectors, number: int) -> list[tuple[str, float]]:
            return vectors.nearest(word, number)

        self.print_words(options, ask)
