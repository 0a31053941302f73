"""One keeper a bot, in this process: which trained model answers now."""

import threading

from django.conf import settings
from django.db import close_old_connections

from answering.keeper import POLL_SECONDS, BundleReference, Loaded, ResponderKeeper
from training.models import Bot

_keepers: dict[str, ResponderKeeper] = {}
_lock = threading.Lock()


def loaded_for(bot_name: str) -> Loaded | None:
    """Return what answers for a bot that exists; None where it has no trained model."""
    keeper = _keepers.get(bot_name) or make_keeper(bot_name)
    keeper.start()
    return keeper.current()


def make_keeper(bot_name: str) -> ResponderKeeper:
    with _lock:
        return _keepers.setdefault(
            bot_name, ResponderKeeper(lambda: find_bundle(bot_name), poll_seconds=poll_seconds())
        )


def poll_seconds() -> float:
    return float(getattr(settings, "RESPONDER_POLL_SECONDS", POLL_SECONDS))


def find_bundle(bot_name: str) -> BundleReference | None:
    """Return what the bot's row points to now."""
    bot = Bot.objects.select_related("active").filter(name=bot_name).first()
    if threading.current_thread() is not threading.main_thread():
        close_old_connections()
    if bot is None or bot.active is None:
        return None
    return BundleReference(bot.active.name, bot.active.location)


def warm_up() -> None:
    """Load every bot's trained model before the first question; for a web server's start."""
    for name in Bot.objects.values_list("name", flat=True):
        loaded_for(name)


def forget_all() -> None:
    """Stop every keeper: for tests, whose database goes away."""
    with _lock:
        keepers = list(_keepers.values())
        _keepers.clear()
    for keeper in keepers:
        keeper.stop()
