"""What earlier trials of a bot's gate found, for pages to show."""

from collections.abc import Iterable

from training.models import Bot, GateTrial, GoldenQuestion, TrainedModel
from training.services.gate import broken_rules

SHOWN_TRIALS = 5


def last_outcomes(questions: Iterable[GoldenQuestion]) -> dict[int, str]:
    """Return how golden questions went when they were asked last, by id; without those changed since."""
    questions = list(questions)
    trials = {bot_id: newest_trial(bot_id) for bot_id in {golden.bot_id for golden in questions}}
    found = {}
    for golden in questions:
        trial = trials[golden.bot_id]
        if trial is None or trial.at < golden.changed_at:
            continue
        rows = trial.findings.get("golden", ())
        outcome = next((row["outcome"] for row in rows if row["id"] == golden.pk), None)
        if outcome:
            found[golden.pk] = f"{outcome} ({trial.trained_model})"
    return found


def newest_trial(bot_id: int) -> GateTrial | None:
    return GateTrial.objects.filter(bot_id=bot_id).select_related("trained_model").first()


def last_trials(bot: Bot) -> list[GateTrial]:
    return list(GateTrial.objects.filter(bot=bot).select_related("trained_model")[:SHOWN_TRIALS])


def refusals(trained_model: TrainedModel) -> list[tuple[GateTrial, str]]:
    """Return the last trials that keep a trained model from bots, each with the rules that do not hold."""
    others = Bot.objects.exclude(active=trained_model)
    newest = [bot.gate_trials.filter(trained_model=trained_model).first() for bot in others]
    return [(trial, broken_rules(trial.findings)) for trial in newest if trial and not trial.passed]
