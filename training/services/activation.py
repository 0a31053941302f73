"""What a job or an import made becomes a bot's, where that is wanted and the bot's gate lets it.

Asking takes seconds, so it is done before the transaction in which a job succeeds.
"""

from dataclasses import dataclass
from pathlib import Path

from preprocessing.errors import ChatbotError
from training.errors import ActivationError
from training.models import Bot, TrainedModel
from training.services.bots import bot_activate_instead
from training.services.gate import Findings, broken_rules, gate_findings, gate_trial_record


@dataclass(frozen=True)
class Activation:
    """An activation that is wanted, with what the bot's gate found, or why it could find nothing."""

    bot: Bot
    findings: Findings | None
    trouble: str = ""


def activation_plan(*, name: str, directory: Path, wanted: bool) -> Activation | None:
    """Try a bundle where the bot shall answer from it: on demand, or where the bot has nothing else.

    Its trained model needs no row yet; its golden questions are asked, which takes a while.
    """
    bot = Bot.objects.filter(name=name).first()
    if bot is None or not (wanted or bot.active_id is None):
        return None
    try:
        return Activation(bot, gate_findings(bot=bot, directory=directory))
    except ChatbotError as error:
        return Activation(bot, None, str(error))


def activation_do(*, planned: Activation | None, trained_model: TrainedModel) -> str:
    """Activate what was planned and passed; return why the bot goes on as before, or nothing."""
    if planned is None:
        return ""
    if planned.findings is None:
        return refusal(planned.bot, trained_model, planned.trouble)
    try:
        gate_trial_record(bot=planned.bot, trained_model=trained_model, findings=planned.findings)
        if not planned.findings.passed:
            return refusal(planned.bot, trained_model, broken_rules(planned.findings.content))
        bot_activate_instead(
            bot=planned.bot, trained_model=trained_model, instead_of=planned.findings.compared_with
        )
    except ActivationError as error:
        return f"Not activated. {error}"
    return ""


def refusal(bot: Bot, trained_model: TrainedModel, why: str) -> str:
    return f"Not activated: bot {bot} goes on as before. {trained_model} did not pass its gate. {why}"


def bot_activate_if_wanted(*, name: str, trained_model: TrainedModel, wanted: bool) -> str:
    """Activate a trained model that has its row: on demand, or where the bot has nothing to answer from.

    Returns why the bot goes on as before although it was to answer from it; else nothing.
    """
    planned = activation_plan(name=name, directory=trained_model.location, wanted=wanted)
    return activation_do(planned=planned, trained_model=trained_model)
