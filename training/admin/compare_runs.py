"""Several trainings on one page: the job list's action, or a job's own link, leads there."""

from typing import Any
from urllib.parse import urlencode

from csp.decorators import csp_update
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from training.models import Job
from training.services.run_chart import run_chart_svg
from training.services.run_comparison import (
    MOST_RUNS,
    ComparedRun,
    compared_runs,
    dataset_of,
    differences,
    end_figures,
)


@admin.action(description="Compare the selected trainings", permissions=["view"])
def compare_selected(model_admin: Any, request: HttpRequest, chosen: Any) -> HttpResponse | None:
    trainings = list(chosen.filter(kind=Job.Kind.TRAIN).order_by("-pk").values_list("pk", flat=True))
    if not trainings:
        messages.error(request, "Only trainings can be compared. Choose jobs of the kind train.")
        return None
    if len(trainings) > MOST_RUNS:
        messages.warning(request, f"{MOST_RUNS} trainings are compared at most: these are the newest ones.")
    return redirect(comparison_address(trainings[:MOST_RUNS]))


def comparison_address(job_ids: list[int], name: str = "job_compare", **more: str) -> str:
    numbers = ",".join(map(str, sorted(job_ids)))
    return f"{reverse(f'admin:{name}')}?{urlencode({'jobs': numbers, **more}, safe=',')}"


def address_beside_others(job: Job) -> str | None:
    """Return where a training is compared with the newest others on its dataset, if there are any."""
    others = Job.objects.filter(kind=Job.Kind.TRAIN, parameters__dataset=dataset_of(job)).exclude(pk=job.pk)
    numbers = list(others.values_list("pk", flat=True)[: MOST_RUNS - 1])
    return comparison_address([job.pk, *numbers]) if numbers else None


def compare_page(request: HttpRequest) -> HttpResponse:
    runs = chosen_runs(request)
    numbers = [run.job.pk for run in runs]
    by_minutes = request.GET.get("across") == "minutes"
    different = differences(runs)
    context = {
        **admin.site.each_context(request),
        "title": "Compare trainings",
        "runs": runs,
        "tables": [table for table in (different, end_figures(runs)) if table.rows],
        "differ": bool(different.rows),
        "chart": comparison_address(
            numbers, "job_compare_chart", across="minutes" if by_minutes else "steps"
        ),
        "by_minutes": by_minutes,
        "over_steps": comparison_address(numbers),
        "over_minutes": comparison_address(numbers, across="minutes"),
        "have_minutes": any(run.curves.have_minutes for run in runs),
    }
    return render(request, "training/compare_runs.html", context)


# A picture brings its own style, which the pages' policy would not let a browser apply.
@csp_update({"style-src": ["'unsafe-inline'"]})
def compare_chart(request: HttpRequest) -> HttpResponse:
    svg = run_chart_svg(chosen_runs(request), by_minutes=request.GET.get("across") == "minutes")
    return HttpResponse(svg, content_type="image/svg+xml", headers={"Cache-Control": "no-cache"})


def chosen_runs(request: HttpRequest) -> list[ComparedRun]:
    if not request.user.has_perm("training.view_job"):
        raise PermissionDenied
    numbers = [part for part in request.GET.get("jobs", "").split(",") if part.isdecimal() and len(part) < 19]
    return compared_runs([int(part) for part in numbers[:MOST_RUNS]])
