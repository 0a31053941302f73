"""What answers for the bots now, as one more system on the page of an evaluation of the same questions."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from training.errors import CorruptReportError
from training.evaluation.measure import OWN
from training.models import Bot, Evaluation
from training.services.evaluations import open_report

Measures = Sequence[Mapping[str, Any]]
# More columns than that nobody compares.
MOST_ACTIVE = 3


def active_measures(evaluation: Evaluation, measures: Measures) -> list[dict[str, Any]]:
    """Return what is known of active trained models under the names that a report has."""
    known = {one["name"] for one in measures}
    return [
        {**one, "system": f"active: {active.trained_model}"}
        for active in active_evaluations(evaluation)
        for one in own_measures(active)
        if one["name"] in known
    ]


def active_evaluations(evaluation: Evaluation) -> Iterator[Evaluation]:
    """Yield the newest evaluations, on the same questions, of what answers for the bots now."""
    active = Bot.objects.exclude(active=None).exclude(active=evaluation.trained_model_id)
    for number in sorted(set(active.values_list("active", flat=True)))[:MOST_ACTIVE]:
        same = Evaluation.objects.filter(source=evaluation.source, dataset=evaluation.dataset_id)
        found = same.filter(trained_model=number).select_related("trained_model").order_by("-pk").first()
        if found is not None:
            yield found


def own_measures(evaluation: Evaluation) -> Measures:
    try:
        measures: Measures = open_report(evaluation)["measures"]
    except CorruptReportError:
        return []
    return [one for one in measures if one["system"] == OWN and not one["group"]]
