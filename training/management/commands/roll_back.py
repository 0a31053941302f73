"""manage.py roll_back: let a bot answer from the trained model that answered before."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from preprocessing.errors import ChatbotError
from training.management.job_command import find_by_name_or_id
from training.management.switch_command import SwitchCommand
from training.models import Bot
from training.services.switching import bot_switch_back


class Command(SwitchCommand):
    help = "Let a bot answer from its trained model before this one; a second time goes forward again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        self.add_bot_arguments(parser)

    def handle(self, *, bot: str, json: bool, **_: Any) -> None:
        found = find_by_name_or_id(Bot.objects.all(), bot, "bot")
        try:
            bot_switch_back(bot=found)
        except ChatbotError as error:
            raise CommandError(str(error)) from None
        self.tell(found, as_json=json)
