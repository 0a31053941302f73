"""Blind comparisons: two trained models answered the same questions, and people choose blindly."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.html import format_html

from preprocessing.errors import ChatbotError
from training.admin.blind_choice_page import choose_page
from training.admin.blind_comparison_form import BlindComparisonForm
from training.admin.blind_result_page import export_result, result_page
from training.admin.service_admin import ServiceAdmin
from training.models import BlindComparison
from training.services.blind_comparisons import blind_comparison_create, different_pairs
from training.services.blind_results import blind_state, chosen_by_people

LOOK, CHOOSE = "training.view_blindchoice", "training.add_blindchoice"


@admin.register(BlindComparison)
class BlindComparisonAdmin(ServiceAdmin):
    list_display = (
        "name",
        "one",
        "other",
        "number_of_pairs",
        "people",
        "state",
        "choose_link",
        "result_link",
    )
    list_select_related = ("one", "other")
    # What is shown of a row is counted for each.
    list_per_page = 25
    search_fields = ("name", "one__name", "other__name")
    fields = ("name", "one", "other", "number_of_pairs", "people", "state", "created_by", "created_at")
    readonly_fields = fields
    views = {"choose/": "choose", "result/": "result", "result.<slug:kind>": "export"}
    deletes_selected = True

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("training.add_blindcomparison"))

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # Who may choose must find what there is to choose.
        return super().has_view_permission(request, obj) or bool(request.user.has_perm(LOOK))

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        needed = {"choose_link": CHOOSE, "result_link": LOOK}
        return tuple(
            name for name in self.list_display if name not in needed or request.user.has_perm(needed[name])
        )

    @admin.display(description="pairs")
    def number_of_pairs(self, comparison: BlindComparison) -> str:
        different = different_pairs(comparison).count()
        return f"{different} to choose, {comparison.pairs.count() - different} equal"

    @admin.display(description="people")
    def people(self, comparison: BlindComparison) -> int:
        return len(chosen_by_people(comparison))

    @admin.display(description="state")
    def state(self, comparison: BlindComparison) -> str:
        return blind_state(comparison)

    @admin.display(description="")
    def choose_link(self, comparison: BlindComparison) -> str:
        return format_html('<a class="button" href="{}">Choose</a>', self.button("choose", comparison.pk))

    @admin.display(description="")
    def result_link(self, comparison: BlindComparison) -> str:
        return format_html('<a class="button" href="{}">Result</a>', self.button("result", comparison.pk))

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Ask both at once: 200 questions take seconds."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = BlindComparisonForm(request.POST or None, user=request.user)
        if request.method == "POST" and form.is_valid():
            try:
                comparison = create(form, request.user)
            except ChatbotError as error:
                named = getattr(error, "setting", "")
                form.add_error(named if named in form.fields else None, str(error))
            else:
                tell_how_many(request, comparison)
                return redirect(self.page("change", comparison.pk))
        context = {**admin.site.each_context(request), "title": "Add blind comparison", "form": form}
        return render(request, "training/add_blind_comparison.html", context)

    def choose(self, request: HttpRequest, pk: int) -> HttpResponse:
        self.require(request, LOOK)
        self.require(request, CHOOSE)
        return choose_page(request, self.row(request, pk))

    def result(self, request: HttpRequest, pk: int) -> HttpResponse:
        self.require(request, LOOK)
        return result_page(request, self.row(request, pk))

    def export(self, request: HttpRequest, pk: int, kind: str) -> HttpResponse:
        self.require(request, LOOK)
        return export_result(request, self.row(request, pk), kind)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> tuple[Any, Any, Any, Any]:
        """Count the pairs and choices that go with it, instead of listing hundreds."""
        _, counts, missing, protected = super().get_deleted_objects(objs, request)
        return [str(comparison) for comparison in objs], counts, missing, protected


def create(form: BlindComparisonForm, user: Any) -> BlindComparison:
    chosen = form.cleaned_data
    return blind_comparison_create(
        name=chosen["name"], one=chosen["one"], other=chosen["other"], questions=form.asked(), by=user
    )


def tell_how_many(request: HttpRequest, comparison: BlindComparison) -> None:
    number, different = comparison.pairs.count(), different_pairs(comparison).count()
    if different:
        told = f"Pairs to choose: {different}. Equal answers, shown to nobody: {number - different}."
        messages.success(request, told)
    else:
        messages.warning(request, "There is nothing to choose: both gave the same answer to each question.")
