"""The gate's rule on recall@1: a new trained model must not find the true answer much more seldom."""

from collections.abc import Iterator

from training.models import Bot, Evaluation, TrainedModel
from training.services.gate_rule import Rule

MEASURE = "recall@1 of 10"
NOTHING = "recall@1 of 10 is not measured: "


def recall_rule(bot: Bot, trained_model: TrainedModel | None) -> Rule:
    """Compare the newest evaluations of a trained model and the active one on the same questions."""
    if bot.active is None or bot.active == trained_model:
        return Rule("recall", None, f"{NOTHING}there is no other trained model to compare with.")
    pair = newest_pair(trained_model, bot.active) if trained_model else None
    if pair is None:
        return Rule("recall", None, f"{NOTHING}the two were not evaluated on the same questions.")
    new, now = (recall_of(evaluation) or 0.0 for evaluation in pair)
    said = f"{MEASURE} on {pair[0].source} is {new:.3f}, that of {bot.active} {now:.3f}."
    if bot.most_recall_lost is None:
        return Rule("recall", None, f"{said} The bot's rule on it is off.")
    # Figures have passed through JSON: a hair's breadth is no loss.
    held = now - new <= bot.most_recall_lost + 1e-9
    return Rule("recall", held, f"{said} It may be lower by {bot.most_recall_lost:g} at most.")


def newest_pair(one: TrainedModel, other: TrainedModel) -> tuple[Evaluation, Evaluation] | None:
    """Return the newest evaluations of both that asked the same questions."""
    newest = {asked_in(evaluation): evaluation for evaluation in reversed(list(measured(other)))}
    for evaluation in measured(one):
        if asked_in(evaluation) in newest:
            return evaluation, newest[asked_in(evaluation)]
    return None


def measured(trained_model: TrainedModel) -> Iterator[Evaluation]:
    """Yield those that have the figure, newest first."""
    evaluations = Evaluation.objects.filter(trained_model=trained_model).order_by("-pk")
    return (evaluation for evaluation in evaluations if recall_of(evaluation) is not None)


def asked_in(evaluation: Evaluation) -> tuple[int | None, str]:
    return evaluation.dataset_id, evaluation.source


def recall_of(evaluation: Evaluation) -> float | None:
    figure = evaluation.figures.get(MEASURE)
    return float(figure) if isinstance(figure, int | float) else None
