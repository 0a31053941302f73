"""manage.py analogy A B C: what is to C as B is to A."""

from argparse import ArgumentParser
from typing import Any

from preprocessing.vector_file import WordVectors
from training.management.vector_command import VectorCommand


class Command(VectorCommand):
    help = "Print what is to C as B is to A: analogy 巴黎 法国 伦敦 looks for 英国."

    def add_arguments(self, parser: ArgumentParser) -> None:
        for name in ("a", "b", "c"):
            parser.add_argument(name)
        self.add_vector_arguments(parser)

    def handle(self, *, a: str, b: str, c: str, **options: Any) -> None:
        def ask(vectors: WordVectors, number: int) -> list[tuple[str, float]]:
            return vectors.analogy(a, b, c, number)

        self.print_words(options, ask)
