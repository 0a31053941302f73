"""Which trained model a bot answers from."""

from django.db import transaction
from django.utils import timezone

from training.models import Bot, TrainedModel


@transaction.atomic
def bot_activate(*, bot: Bot, trained_model: TrainedModel) -> None:
    """Let the bot answer from `trained_model` and remember the one before it."""
    locked = Bot.objects.select_for_update().get(pk=bot.pk)
    if locked.active_id == trained_model.pk:
        return
    Bot.objects.filter(pk=bot.pk).update(
        active=trained_model, previous=locked.active, activated_at=timezone.now()
    )


def bot_activate_if_wanted(*, name: str, trained_model: TrainedModel, wanted: bool) -> bool:
    """Activate what a job made: where it was asked to, or where the bot has nothing to answer from."""
    bot = Bot.objects.filter(name=name).first()
    if bot is None or not (wanted or bot.active_id is None):
        return False
    bot_activate(bot=bot, trained_model=trained_model)
    return True
