"""One keeper a bot, in this process: which trained model answers now."""

import threading
from functools import lru_cache

from django.conf import settings
from django.db import close_old_connections

from answering.errors import BundleError
from answering.keeper import POLL_SECONDS, BundleReference, Loaded, ResponderKeeper
from answering.responder import Responder
from api.errors import ApiError
from training.models import Bot, TrainedModel

_keepers: dict[str, ResponderKeeper] = {}
_lock = threading.Lock()


def loaded_for(bot_name: str) -> Loaded | None:
    """Return what answers for a bot that exists; None where it has no trained model."""
    keeper = _keepers.get(bot_name) or make_keeper(bot_name)
    keeper.start()
    return keeper.current()


def is_refused(bot_name: str) -> bool:
    """Whether the trained model that a bot wants was tried here and cannot be loaded."""
    keeper = _keepers.get(bot_name)
    return keeper is not None and keeper.has_refused


def loaded_model(name: str) -> Loaded:
    """Return a ready trained model by its name, whether or not a bot answers from it.

    Raises:
        ApiError: there is none.
    """
    row = TrainedModel.objects.filter(name=name).first()
    if row is None:
        raise ApiError("not_found", f"model: there is no trained model called {name}.")
    for keeper in list(_keepers.values()):
        loaded = keeper.current()
        if loaded is not None and loaded.reference == reference_of(row):
            return loaded
    return open_model(reference_of(row))


@lru_cache(maxsize=2)
def open_model(reference: BundleReference) -> Loaded:
    """Load what was asked for by name; the last two are kept, since loading takes longer than answering."""
    try:
        return Loaded(reference, Responder.open(reference.directory))
    except BundleError as error:
        raise ApiError("conflict", f"model: {reference.name} cannot answer. {error}") from None


def reference_of(row: TrainedModel) -> BundleReference:
    return BundleReference(row.name, row.location, row.pk)


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
    return reference_of(bot.active)


def warm_up() -> None:
    """Load every bot's trained model before the first question; for a web server's start."""
    for name in Bot.objects.values_list("name", flat=True):
        loaded_for(name)


def forget_all() -> None:
    """Stop every keeper: for tests, whose database goes away."""
    with _lock:
        keepers = list(_keepers.values())
        _keepers.clear()
    open_model.cache_clear()
    for keeper in keepers:
        keeper.stop()
