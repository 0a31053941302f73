"""manage.py activate MODEL: choose the trained model that a bot answers from."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from preprocessing.errors import ChatbotError
from training.management.job_command import find_by_name_or_id
from training.management.switch_command import SwitchCommand
from training.models import Bot, TrainedModel
from training.services.switching import bot_switch


class Command(SwitchCommand):
    help = "Let a bot answer from a trained model that has shown that it answers, and passes the bot's gate."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("model", help="A trained model's name or id.")
        self.add_bot_arguments(parser)
        parser.add_argument(
            "--override",
            metavar="WHY",
            help="Why it shall answer also where it does not pass the bot's gate; kept in the gate trial.",
        )

    def handle(self, *, model: str, bot: str, json: bool, override: str | None, **_: Any) -> None:
        if override is not None and not override.strip():
            raise CommandError("--override must say why. It is empty.", returncode=2)
        trained_model = find_by_name_or_id(TrainedModel.objects.all(), model, "trained model")
        found = find_by_name_or_id(Bot.objects.all(), bot, "bot")
        try:
            bot_switch(bot=found, trained_model=trained_model, override=override or "")
        except ChatbotError as error:
            raise CommandError(str(error)) from None
        self.tell(found, as_json=json)
