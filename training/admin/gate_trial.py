"""Gate trials: what was found about trained models before bots answered from them; to read only."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html

from training.admin.service_admin import ServiceAdmin
from training.models import GateTrial
from training.services.gate import outcome


@admin.register(GateTrial)
class GateTrialAdmin(ServiceAdmin):
    list_display = ("id", "trained_model", "bot", "result", "golden", "note", "overridden_by", "at")
    list_display_links = ("id", "trained_model")
    list_filter = ("bot", "passed")
    list_select_related = ("bot", "trained_model", "overridden_by")
    search_fields = ("trained_model__name", "note")
    list_per_page = 50
    fields = ("bot", "trained_model", "result", "note", "overridden_by", "at")
    readonly_fields = fields

    class Media:
        css = {"all": ["training/admin.css"]}

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # What was found goes with its bot or trained model: whoever may delete those may delete it too.
        names = ("gatetrial", "trainedmodel", "bot")
        return any(request.user.has_perm(f"training.delete_{name}") for name in names)

    @admin.display(description="gate")
    def result(self, trial: GateTrial) -> str:
        state = "succeeded" if trial.passed else "failed"
        said = "passed" if trial.passed else "overridden" if trial.note else "failed"
        return format_html('<span class="job-state {}">{}</span>', state, said)

    @admin.display(description="golden questions")
    def golden(self, trial: GateTrial) -> str:
        return outcome(trial)

    def page_context(self, request: HttpRequest, obj: GateTrial) -> dict[str, Any]:
        return {"trial": obj, "golden": outcome(obj)}
