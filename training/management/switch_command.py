"""What the commands share that choose the trained model a bot answers from."""

import json
from argparse import ArgumentParser

from django.core.management.base import BaseCommand

from training.models import Bot
from training.models.bot import DEFAULT_BOT
from training.services.switching import pointers_of


class SwitchCommand(BaseCommand):
    def add_bot_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--bot", default=DEFAULT_BOT, help="The bot's name. Default: default.")
        parser.add_argument(
            "--json", action="store_true", help="Print the bot, its trained model and the one before as JSON."
        )

    def tell(self, bot: Bot, *, as_json: bool) -> None:
        pointers = pointers_of(bot)
        told = f"Bot {pointers['bot']} answers from {pointers['model']}."
        self.stdout.write(json.dumps(pointers) if as_json else told)
