"""manage.py prepare: database, secret key and first administrator; what `make run` does before it starts."""

from typing import Any

from django.core.management.base import BaseCommand

from chatbot.launch.preparation import ADMIN_NAME, password_file, prepare


class Command(BaseCommand):
    help = "Make or update the database, the secret key and the first administrator."

    def handle(self, **_: Any) -> None:
        password = prepare()
        if password:
            self.stdout.write(f"Administrator {ADMIN_NAME}, password {password} (kept in {password_file()}).")
