"""manage.py blind_result ID: what people preferred in a blind comparison so far."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from training.management.job_command import find_by_name_or_id
from training.models import BlindComparison
from training.services.blind_export import blind_result_json
from training.services.blind_results import BlindResult, blind_result
from training.services.blind_sentences import blind_sentences, choice_names, rate_in_words


class Command(BaseCommand):
    help = (
        "Print win rates with 95 % intervals, the sign test and how far people agree; as JSON with every "
        "pair and who chose what. Exit status 2: there is no such comparison."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("comparison", metavar="ID", help="A blind comparison's id or name.")
        parser.add_argument("--json", action="store_true", help="Print everything as JSON.")

    def handle(self, *, comparison: str, **options: Any) -> None:
        found = comparison_of(comparison)
        result = blind_result(found)
        told = blind_result_json(result) if options["json"] else in_words(result)
        self.stdout.write(told.rstrip("\n"))


def comparison_of(wanted: str) -> BlindComparison:
    """Find it by its id first: names are written by people, and a number may be one."""
    found: BlindComparison | None = (
        BlindComparison.objects.filter(pk=int(wanted)).first()
        if wanted.isascii() and wanted.isdecimal() and len(wanted) < 19
        else None
    )
    return found or find_by_name_or_id(BlindComparison.objects.all(), wanted, "blind comparison")


def in_words(result: BlindResult) -> str:
    names, rates = choice_names(result), result.rates or {}
    won = [f"{names[choice]} won {rate_in_words(rate)}" for choice, rate in rates.items()]
    return "\n".join([result.comparison.name, *won, *blind_sentences(result)])
