"""Which trained model a bot answers from, chosen over HTTP."""

from typing import Any

from api.asker import Asker
from api.errors import ApiError
from training.models import TrainedModel
from training.services.switching import bot_switch, bot_switch_back, pointers_of


def bot_activate_by_name(*, name: str, model: str, override: str, asker: Asker) -> dict[str, Any]:
    """Let a bot answer from the trained model of this name; with `override` also past the bot's gate.

    Raises:
        ApiError: one of the two does not exist, or the key is for another bot.
        ActivationError: the trained model does not answer or pass the gate; the bot goes on as before.
    """
    bot = asker.named_bot(name)
    trained_model = TrainedModel.objects.filter(name=model).first()
    if trained_model is None:
        raise ApiError("not_found", f"model: there is no trained model called {model}.")
    bot_switch(bot=bot, trained_model=trained_model, override=override, user_id=asker.user_id)
    return {"rc": 0, **pointers_of(bot)}


def bot_roll_back_by_name(*, name: str, asker: Asker) -> dict[str, Any]:
    """Let a bot answer from its trained model before this one.

    Raises:
        ApiError: the bot does not exist, or the key is for another one.
        ActivationError: there is none before, or it does not answer; the bot goes on as before.
    """
    bot = asker.named_bot(name)
    bot_switch_back(bot=bot)
    return {"rc": 0, **pointers_of(bot)}
