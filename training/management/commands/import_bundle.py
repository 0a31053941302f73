"""manage.py import_bundle FILE: a bundle from another machine becomes a trained model, after every check."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from answering.bundle import Bundle
from preprocessing.errors import ChatbotError
from training.management.job_command import find_by_name_or_id
from training.models import Bot, TrainedModel
from training.models.bot import DEFAULT_BOT
from training.services.activation import bot_activate_if_wanted
from training.services.bundles import bundle_import


class Command(BaseCommand):
    help = "Take in a bundle that manage.py export wrote: a .zip or a folder. It is checked and asked first."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="The .zip, or the bundle's folder.")
        parser.add_argument("--name", help="How the trained model is called. Default: like its file.")
        parser.add_argument("--bot", default=DEFAULT_BOT, help="The bot that it is meant for.")
        parser.add_argument(
            "--activate",
            action="store_true",
            help="Let the bot answer from it, also where it has another one.",
        )
        parser.add_argument("--json", action="store_true", help="Print the trained model as JSON.")

    def handle(self, *, file: Path, name: str | None, bot: str, activate: bool, json: bool, **_: Any) -> None:
        meant_for = find_by_name_or_id(Bot.objects.all(), bot, "bot")
        try:
            trained_model = bundle_import(path=file.expanduser(), name=name)
        except ChatbotError as error:
            raise CommandError(str(error), returncode=2) from None
        # One that asks instead of answering is no bot's, unless somebody says so.
        if activate or not asks(trained_model):
            why_not = bot_activate_if_wanted(
                name=meant_for.name, trained_model=trained_model, wanted=activate
            )
            if why_not:
                self.stderr.write(why_not)
        self.stdout.write(as_json(trained_model) if json else as_words(trained_model))


def asks(trained_model: TrainedModel) -> bool:
    return Bundle.open(trained_model.location).part("reverse_generator") is not None


def as_json(trained_model: TrainedModel) -> str:
    return json.dumps(
        {
            "id": trained_model.pk,
            "name": trained_model.name,
            "architecture": trained_model.architecture,
            "directory": trained_model.directory,
            "bots": [bot.name for bot in trained_model.active_for.all()],
        }
    )


def as_words(trained_model: TrainedModel) -> str:
    bots = ", ".join(bot.name for bot in trained_model.active_for.all())
    told = f"Bot {bots} answers from it." if bots else f"Activate it with: manage.py activate {trained_model}"
    return f"Trained model {trained_model.pk}: {trained_model} ({trained_model.architecture}). {told}"
