"""Which trained model a bot answers from."""

from django.db import transaction
from django.utils import timezone

from training.errors import ActivationError
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


def bot_activate_instead(*, bot: Bot, trained_model: TrainedModel, instead_of: int | None) -> None:
    """Let the bot answer from `trained_model` where it still answers from the one with the id `instead_of`.

    Raises:
        ActivationError: it answers from another one by now, with which nothing was compared.
    """
    moved = Bot.objects.filter(pk=bot.pk, active=instead_of).update(
        active=trained_model, previous=instead_of, activated_at=timezone.now()
    )
    if not moved:
        raise ActivationError(
            f"Bot {bot} must answer from the same trained model until another one was compared with it; it "
            f"answers from another one since a moment ago, and goes on with that. Try {trained_model} again."
        )
