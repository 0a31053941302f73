"""Another trained model for a bot, by hand: it is asked in a process of its own before it takes over."""

from django.db import transaction

from answering.errors import BundleError
from training.errors import ActivationError
from training.models import Bot, TrainedModel
from training.services.bots import bot_activate
from training.services.bundles import try_bundle


def bot_switch(*, bot: Bot, trained_model: TrainedModel) -> None:
    """Let the bot answer from `trained_model`, which shows first that it answers; takes a second or more.

    Raises:
        ActivationError: it does not; the bot goes on as before.
    """
    try:
        try_bundle(trained_model.location)
    except BundleError as error:
        raise ActivationError(
            f"Bot {bot} goes on as before; {trained_model} cannot answer. {error}"
        ) from None
    with transaction.atomic():
        # Meanwhile somebody may have deleted it.
        if not TrainedModel.objects.select_for_update().filter(pk=trained_model.pk).exists():
            raise ActivationError(f"Bot {bot} goes on as before; {trained_model} was deleted meanwhile.")
        bot_activate(bot=bot, trained_model=trained_model)


def bot_switch_back(*, bot: Bot) -> TrainedModel:
    """Let the bot answer from the trained model before this one, which shows first that it still answers.

    Raises:
        ActivationError: there is none before, or it does not answer; the bot goes on as before.
    """
    previous = Bot.objects.select_related("previous").get(pk=bot.pk).previous
    if previous is None:
        raise ActivationError(
            f"Bot {bot} must have answered from another trained model before; there is none to go back to."
        )
    bot_switch(bot=bot, trained_model=previous)
    return previous


def pointers_of(bot: Bot) -> dict[str, str | None]:
    """Return which trained models a bot's row points to now, by name."""
    row = Bot.objects.select_related("active", "previous").get(pk=bot.pk)
    return {
        "bot": row.name,
        "model": row.active.name if row.active else None,
        "previous": row.previous.name if row.previous else None,
    }
