"""manage.py activate MODEL: choose the trained model that a bot answers from."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from training.management.job_command import find_by_name_or_id
from training.models import Bot, TrainedModel
from training.models.bot import DEFAULT_BOT
from training.services.bots import bot_activate


class Command(BaseCommand):
    help = "Let a bot answer from a trained model."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("model", help="A trained model's name or id.")
        parser.add_argument("--bot", default=DEFAULT_BOT, help="The bot's name.")

    def handle(self, *, model: str, bot: str, **_: Any) -> None:
        trained_model = find_by_name_or_id(TrainedModel.objects.all(), model, "trained model")
        bot_activate(bot=find_by_name_or_id(Bot.objects.all(), bot, "bot"), trained_model=trained_model)
        self.stdout.write(f"Bot {bot} answers from {trained_model}.")
