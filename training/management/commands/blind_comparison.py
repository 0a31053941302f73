"""manage.py blind_comparison ONE OTHER: have two trained models answer what people then compare blind."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from preprocessing.errors import ChatbotError
from training.management.job_command import find_by_name_or_id
from training.models import BlindComparison, Bot, Dataset, TrainedModel
from training.services.blind_comparisons import blind_comparison_create, different_pairs
from training.services.blind_questions import (
    DEFAULT_QUESTIONS,
    MOST_QUESTIONS,
    questions_of_dataset,
    questions_of_log,
    questions_of_text,
)


class Command(BaseCommand):
    help = (
        "Ask two trained models the same questions and keep the answers; people then choose between them in "
        "the admin. Prints the comparison's id. Exit status 2: what is named does not exist or cannot answer."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("one", metavar="ONE", help="A trained model's name or id.")
        parser.add_argument("other", metavar="OTHER", help="The other one's.")
        asked = parser.add_mutually_exclusive_group(required=True)
        asked.add_argument("--questions", type=Path, metavar="FILE", help="Questions, one a line, in UTF-8.")
        asked.add_argument("--dataset", metavar="NAME", help="Held-out questions of this dataset.")
        asked.add_argument("--bot", metavar="NAME", help="The latest questions in this bot's log.")
        parser.add_argument(
            "--number",
            type=int,
            default=DEFAULT_QUESTIONS,
            metavar="N",
            help=f"How many of a dataset or a log: 1 to {MOST_QUESTIONS}. Default: {DEFAULT_QUESTIONS}.",
        )
        parser.add_argument("--name", metavar="TEXT", help="Default: blind, with the names of both.")
        parser.add_argument("--json", action="store_true", help="Print the comparison as JSON.")

    def handle(self, *, one: str, other: str, **options: Any) -> None:
        pair = [
            find_by_name_or_id(TrainedModel.objects.all(), name, "trained model") for name in (one, other)
        ]
        name = options["name"] or f"blind: {pair[0].name[:40]} and {pair[1].name[:40]}"
        try:
            made = blind_comparison_create(
                name=name, one=pair[0], other=pair[1], questions=asked_questions(options)
            )
        except ChatbotError as error:
            raise CommandError(str(error), returncode=2) from None
        told = as_json(made)
        self.stdout.write(json.dumps(told) if options["json"] else str(told["id"]))


def asked_questions(options: dict[str, Any]) -> list[str]:
    if options["dataset"]:
        dataset = find_by_name_or_id(Dataset.objects.all(), options["dataset"], "dataset")
        return questions_of_dataset(dataset, options["number"])
    if options["bot"]:
        return questions_of_log(
            find_by_name_or_id(Bot.objects.all(), options["bot"], "bot"), options["number"]
        )
    return questions_of_text(text_of(options["questions"]))


def text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise CommandError(f"{path} could not be read: {error.strerror}.", returncode=2) from None
    except UnicodeDecodeError:
        raise CommandError(f"{path} must be UTF-8. Save it so.", returncode=2) from None


def as_json(comparison: BlindComparison) -> dict[str, Any]:
    number, different = comparison.pairs.count(), different_pairs(comparison).count()
    return {
        "id": comparison.pk,
        "name": comparison.name,
        "one": comparison.one.name,
        "other": comparison.other.name,
        "questions": number,
        "equal": number - different,
    }
