"""manage.py create_api_key NAME: a key for a program; shown once."""

import json
from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from api.models import SCOPES, ApiKey
from training.models import Bot


class Command(BaseCommand):
    help = "Make an API key and print it; it cannot be shown again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="What will use the key.")
        parser.add_argument("--user", default="admin", help="Whose key it is. Default: admin.")
        parser.add_argument("--bot", help="The only bot that it may ask.")
        parser.add_argument(
            "--scope",
            action="append",
            choices=SCOPES,
            dest="scopes",
            help="What it may do; can be named several times. Default: ask.",
        )
        parser.add_argument("--expires-days", type=int, help="After how many days it ends. Default: never.")
        parser.add_argument("--json", action="store_true", help="Print it as JSON.")

    def handle(
        self, *, name: str, user: str, bot: str | None, expires_days: int | None, **options: Any
    ) -> None:
        owner = get_user_model()._default_manager.filter(username=user).first()
        if owner is None:
            raise CommandError(f"A key must belong to a user who exists. Received {user}.", returncode=2)
        only_bot = Bot.objects.filter(name=bot).first()
        if bot and only_bot is None:
            raise CommandError(f"A bot must exist. Received {bot}.", returncode=2)
        if expires_days is not None and not 0 < expires_days <= 36_500:
            raise CommandError(
                f"--expires-days must be from 1 to 36500. Received {expires_days}.", returncode=2
            )
        expires_at = timezone.now() + timedelta(days=expires_days) if expires_days else None
        api_key = ApiKey(
            owner=owner,
            name=name[:100],
            bot=only_bot,
            scopes=options["scopes"] or [],
            expires_at=expires_at,
        )
        key = api_key.set_new_key()
        api_key.save()
        self.stdout.write(json.dumps({"key": key, "prefix": api_key.prefix}) if options["json"] else key)
