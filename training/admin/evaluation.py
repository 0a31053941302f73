"""Evaluations: how good trained models are; their reports, also as files, and two of them side by side."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse

from preprocessing.errors import ChatbotError
from training.admin.service_admin import ServiceAdmin
from training.models import Evaluation
from training.services.evaluation_comparison import compared
from training.services.evaluation_page import evaluation_html, page_of_evaluation
from training.services.evaluations import REPORT, evaluation_delete, read_file

# Of all of a report, so many figures fit into the list.
LISTED = ("recall@1 of 10", "perplexity", "distinct-2", "fallbacks")
PLACED = "attachment; filename={}"


@admin.action(description="Compare two evaluations", permissions=["view"])
def compare_selected(model_admin: Any, request: HttpRequest, chosen: Any) -> HttpResponse | None:
    numbers = list(chosen.order_by("pk").values_list("pk", flat=True))
    if len(numbers) != 2:
        messages.error(request, f"Two evaluations are compared. You chose {len(numbers)}.")
        return None
    return redirect(reverse("admin:evaluation_compare", args=numbers))


@admin.register(Evaluation)
class EvaluationAdmin(ServiceAdmin):
    list_display = ("id", "trained_model", "source", "main_figures", "created_at")
    list_display_links = ("id", "trained_model")
    list_filter = ("trained_model__architecture", "source")
    list_select_related = ("trained_model",)
    search_fields = ("trained_model__name", "source")
    fields = ("trained_model", "source", "dataset", "job", "created_at")
    readonly_fields = fields
    actions = (compare_selected,)
    views = {"report.html": "html", "report.json": "json"}
    deletes_selected = True

    class Media:
        css = {"all": ["training/admin.css", "training/evaluation.css"]}

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.compare)
        return [path("compare/<int:one>/<int:other>/", view, name="evaluation_compare"), *super().get_urls()]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # A report goes with its trained model: whoever may delete that may delete it too.
        names = ("evaluation", "trainedmodel")
        return any(request.user.has_perm(f"training.delete_{name}") for name in names)

    @admin.display(description="figures")
    def main_figures(self, evaluation: Evaluation) -> str:
        known = {name: evaluation.figures.get(name) for name in LISTED}
        return ", ".join(f"{name} {value:.3g}" for name, value in known.items() if value is not None)

    def page_context(self, request: HttpRequest, obj: Evaluation) -> dict[str, Any]:
        return report_context(obj)

    def html(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.file(request, pk, "html", evaluation_html, "text/html; charset=utf-8")

    def json(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.file(request, pk, "json", report_text, "application/json")

    def file(self, request: HttpRequest, pk: int, kind: str, write: Any, content_type: str) -> HttpResponse:
        evaluation = self.row(request, pk)
        try:
            content = write(evaluation)
        except ChatbotError as error:
            messages.error(request, str(error))
            return redirect(self.page("change", pk))
        name = f"evaluation-{pk}.{kind}"
        return HttpResponse(
            content, content_type=content_type, headers={"Content-Disposition": PLACED.format(name)}
        )

    def compare(self, request: HttpRequest, one: int, other: int) -> HttpResponse:
        if not request.user.has_perm("training.view_evaluation"):
            raise PermissionDenied
        try:
            found = compared(self.row(request, one), self.row(request, other))
        except ChatbotError as error:
            messages.error(request, str(error))
            return redirect(self.page("changelist"))
        context = {**self.admin_site.each_context(request), "title": "Compare evaluations", "compared": found}
        return render(request, "training/compare_evaluations.html", context)

    def delete_by_service(self, obj: Evaluation) -> None:
        evaluation_delete(evaluation=obj)


def report_text(evaluation: Evaluation) -> str:
    return read_file(evaluation.location / REPORT)


def report_context(evaluation: Evaluation) -> dict[str, Any]:
    try:
        report, page = page_of_evaluation(evaluation)
    except ChatbotError as error:
        return {"report_error": str(error)}
    other = newest_beside(evaluation)
    beside = reverse("admin:evaluation_compare", args=[other.pk, evaluation.pk]) if other else None
    return {"report": report, "page": page, "beside": beside}


def newest_beside(evaluation: Evaluation) -> Evaluation | None:
    """Return the newest evaluation of another trained model on the same questions."""
    same = Evaluation.objects.filter(source=evaluation.source, dataset=evaluation.dataset)
    return same.exclude(trained_model=evaluation.trained_model).order_by("-pk").first()
