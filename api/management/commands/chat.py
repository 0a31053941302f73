"""manage.py chat: a conversation with a bot in the terminal."""

import contextlib
import logging
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from api.terminal_talk import Conversation, TalkError
from training.models.bot import DEFAULT_BOT

PROMPT = "> "


class Command(BaseCommand):
    help = "Talk with a bot; /help lists what can be said to the program itself."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--bot", default=DEFAULT_BOT, help="Which bot is asked. Default: default.")
        parser.add_argument("--model", default="", help="Ask this trained model instead of the active one.")

    def handle(self, *, bot: str, model: str, **_: Any) -> None:
        # Its being imported is what gives `input` a history and editing.
        with contextlib.suppress(ImportError):
            import readline  # noqa: F401
        logging.disable(logging.INFO)
        try:
            self.talk(self.begun(bot, model))
        except KeyboardInterrupt:
            self.stdout.write("")
        finally:
            logging.disable(logging.NOTSET)

    def begun(self, bot: str, model: str) -> Conversation:
        conversation = Conversation()
        try:
            list(conversation.on_bot(bot))
            list(conversation.on_model(model))
        except TalkError as error:
            raise CommandError(str(error), returncode=2) from None
        return conversation

    def talk(self, conversation: Conversation) -> None:
        is_terminal = sys.stdin.isatty()
        if is_terminal:
            self.stdout.write(f"Bot {conversation.bot} listens. /help lists the commands, Ctrl-D ends.")
        while not conversation.is_over:
            try:
                line = input(PROMPT if is_terminal else "")
            except EOFError:
                if is_terminal:
                    self.stdout.write("")
                return
            except UnicodeDecodeError as error:
                self.stderr.write(f"A line must be {error.encoding} text; this one is not.")
                continue
            self.answer(conversation, line)

    def answer(self, conversation: Conversation, line: str) -> None:
        try:
            for said in conversation.lines_after(line):
                self.stdout.write(said)
        except TalkError as error:
            self.stderr.write(str(error))
