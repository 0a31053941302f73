"""manage.py ask "…": a question to a bot, answered in this process, without a server."""

import json
import logging
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from answering.bundle import MODES
from api.terminal_talk import WRONG_ARGUMENT, TalkError, lines_of, reply_to
from training.models.bot import DEFAULT_BOT

SETTINGS = ("bot", "model", "answers", "mode", "beam_size", "temperature", "seed", "explain")


class Command(BaseCommand):
    help = "Ask a bot a question in this process and print its answer."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("question", help="What is asked.")
        parser.add_argument("--bot", default=DEFAULT_BOT, help="Which bot is asked. Default: default.")
        parser.add_argument("--model", help="Ask this trained model instead of the bot's active one.")
        parser.add_argument("--answers", type=int, help="How many different answers, at most. Default: 1.")
        parser.add_argument(
            "--mode", choices=MODES, help="How to answer. Default: as the trained model does."
        )
        parser.add_argument("--beam-size", type=int, help="Width of the search; 1 is greedy.")
        parser.add_argument("--temperature", type=float, help="Draw answers by chance; above 1 bolder.")
        parser.add_argument("--seed", type=int, help="The same seed draws the same answers.")
        parser.add_argument("--explain", action="store_true", help="Tell where each answer comes from.")
        parser.add_argument("--json", action="store_true", help="Print the reply as the API gives it.")

    def handle(self, *, question: str, **options: Any) -> None:
        # The answer is what the terminal is for.
        logging.disable(logging.INFO)
        given = {name: options[name] for name in SETTINGS if options[name] is not None}
        try:
            reply = reply_to({**given, "message": question})
        except TalkError as error:
            status = 2 if error.code in WRONG_ARGUMENT else 1
            raise CommandError(str(error), returncode=status) from None
        finally:
            logging.disable(logging.NOTSET)
        if options["json"]:
            self.stdout.write(json.dumps(reply, ensure_ascii=False))
            return
        for line in lines_of(reply, is_explained=options["explain"]):
            self.stdout.write(line)
