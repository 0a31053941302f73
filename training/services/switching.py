"""Another trained model for a bot, by hand: it is asked in a process of its own before it takes over."""

from django.db import transaction

from answering.errors import BundleError
from training.errors import ActivationError, GateError
from training.models import Bot, GateTrial, TrainedModel
from training.services.bots import bot_activate, bot_activate_instead
from training.services.bundles import try_bundle
from training.services.gate import (
    Findings,
    bot_as_it_is,
    broken_rules,
    checked_note,
    gate_findings,
    gate_trial_record,
)


def bot_switch(
    *, bot: Bot, trained_model: TrainedModel, override: str = "", user_id: int | None = None
) -> None:
    """Let the bot answer from `trained_model`, which shows first that it answers, and passes the bot's gate.

    Takes a second or more, and longer where there are golden questions.

    Args:
        override: why it shall answer although it does not pass; kept in its trial together with who said so.

    Raises:
        GateError: it does not pass; the bot goes on as before.
        ActivationError: it does not answer, or the bot answers from yet another one by now.
        SettingsError: the reason cannot be kept.
    """
    note = checked_note(override)
    require_answers(bot, trained_model)
    if bot_as_it_is(bot).active == trained_model:
        return
    try:
        findings = gate_findings(bot=bot, directory=trained_model.location, trained_model=trained_model)
    except BundleError as error:
        raise cannot_answer(bot, trained_model, error) from None
    if not findings.passed and not note:
        trial = gate_trial_record(bot=bot, trained_model=trained_model, findings=findings)
        raise refusal(trial)
    with transaction.atomic():
        record_override(bot, trained_model, findings, note, user_id)
        bot_activate_instead(bot=bot, trained_model=trained_model, instead_of=findings.compared_with)


def record_override(
    bot: Bot, trained_model: TrainedModel, findings: Findings, note: str, user_id: int | None
) -> None:
    """Keep the trial; the reason, and who gave it, only where one was needed."""
    gate_trial_record(
        bot=bot,
        trained_model=trained_model,
        findings=findings,
        note="" if findings.passed else note,
        overridden_by_id=None if findings.passed else user_id,
    )


def refusal(trial: GateTrial) -> GateError:
    return GateError(
        f"Bot {trial.bot} goes on as before; {trial.trained_model} did not pass its gate. "
        f"{broken_rules(trial.findings)} Gate trial {trial.pk} has the answers. To activate it all the same, "
        "give a reason."
    )


def require_answers(bot: Bot, trained_model: TrainedModel) -> None:
    try:
        try_bundle(trained_model.location)
    except BundleError as error:
        raise cannot_answer(bot, trained_model, error) from None


def cannot_answer(bot: Bot, trained_model: TrainedModel, error: BundleError) -> ActivationError:
    return ActivationError(f"Bot {bot} goes on as before; {trained_model} cannot answer. {error}")


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
    require_answers(bot, previous)
    # The gate is not asked: people go back where what answers now does harm, and to what has answered before.
    with transaction.atomic():
        # Meanwhile somebody may have deleted it.
        if not TrainedModel.objects.select_for_update().filter(pk=previous.pk).exists():
            raise ActivationError(f"Bot {bot} goes on as before; {previous} was deleted meanwhile.")
        bot_activate(bot=bot, trained_model=previous)
    return previous


def pointers_of(bot: Bot) -> dict[str, str | None]:
    """Return which trained models a bot's row points to now, by name."""
    row = Bot.objects.select_related("active", "previous").get(pk=bot.pk)
    return {
        "bot": row.name,
        "model": row.active.name if row.active else None,
        "previous": row.previous.name if row.previous else None,
    }
