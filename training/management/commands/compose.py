"""manage.py compose A B: parts of ready trained models become one trained model."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from answering.bundle import Bundle
from preprocessing.errors import ChatbotError
from training.management.job_command import find_by_name_or_id
from training.models import TrainedModel
from training.services.composing import trained_model_compose


class Command(BaseCommand):
    help = (
        "Join trained models: a generator, a reverse generator (train --reverse), a ranker (dual_encoder), a "
        "retriever. Of each kind the first one named gives it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("trained_models", nargs="+", help="Trained models, by name or id.")
        parser.add_argument("--name", help="How the new trained model is called.")
        parser.add_argument("--json", action="store_true", help="Print the trained model as JSON.")

    def handle(self, *, trained_models: list[str], name: str | None, **options: Any) -> None:
        rows = [
            find_by_name_or_id(TrainedModel.objects.all(), one, "trained model") for one in trained_models
        ]
        try:
            made = trained_model_compose(trained_models=rows, name=name)
        except ChatbotError as error:
            raise CommandError(str(error), returncode=2) from None
        manifest = Bundle.open(made.location).manifest
        roles = [part.role for part in manifest.parts]
        if options["json"]:
            content = {
                "id": made.pk,
                "name": made.name,
                "parts": roles,
                "default_mode": manifest.default_mode,
            }
            self.stdout.write(json.dumps(content))
            return
        why = made.metrics.get("modes", {}).get("why", "")
        told = (
            f"Trained model {made.pk}: {made} with {', '.join(roles)}; it answers by {manifest.default_mode}."
        )
        self.stdout.write(" ".join([told, why]).strip())
