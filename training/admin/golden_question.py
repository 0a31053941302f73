"""Golden questions: written here or brought in as a table, and asked at a click."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse

from preprocessing.errors import ChatbotError, SettingsError
from training.admin.golden_question_csv import GOLDEN_QUESTION_PAGES
from training.admin.service_admin import ServiceAdmin
from training.models import Bot, GoldenQuestion
from training.services.gate import golden_questions_try, outcome
from training.services.gate_history import last_outcomes
from training.services.golden_questions import golden_question_check, golden_question_save

if TYPE_CHECKING:
    GoldenQuestionModelForm = forms.ModelForm[GoldenQuestion]
else:
    # Generic for type checkers only.
    GoldenQuestionModelForm = forms.ModelForm


class GoldenQuestionForm(GoldenQuestionModelForm):
    class Meta:
        model = GoldenQuestion
        fields = ("bot", "question", "acceptable", "must_occur", "must_not_occur", "is_on")

    def _post_clean(self) -> None:
        """Let the service's check mark the fields that it speaks of."""
        super()._post_clean()  # type: ignore[misc]  # not in the stubs
        if self.errors:
            return
        try:
            golden_question_check(self.instance)
        except SettingsError as error:
            self.add_error(error.setting or None, str(error))


@admin.register(GoldenQuestion)
class GoldenQuestionAdmin(ServiceAdmin):
    form = GoldenQuestionForm
    list_display = ("__str__", "expected", "bot", "is_on", "last_outcome", "changed_at", "created_by")
    list_filter = ("bot", "is_on")
    list_select_related = ("bot", "created_by")
    search_fields = ("question", "acceptable", "must_occur", "must_not_occur")
    fields = ("bot", "question", "acceptable", "must_occur", "must_not_occur", "is_on")
    deletes_selected = True

    class Media:
        css = {"all": ["training/admin.css"]}

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            *GOLDEN_QUESTION_PAGES.urls(view),
            path("try/<int:bot_id>/", view(self.try_bot), name="golden_questions_try"),
            *super().get_urls(),
        ]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("training.add_goldenquestion"))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.has_perm("training.change_goldenquestion"))

    @admin.display(description="expected")
    def expected(self, golden: GoldenQuestion) -> str:
        acceptable = " | ".join(golden.acceptable_answers)
        words = [*golden.wanted_words, *(f"not: {word}" for word in golden.unwanted_words)]
        text = "; ".join(filter(None, [acceptable, ", ".join(words)]))
        return text if len(text) <= 80 else f"{text[:80]}…"

    @admin.display(description="last outcome")
    def last_outcome(self, golden: GoldenQuestion) -> str:
        return getattr(golden, "shown_outcome", "")

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Give each row that is shown its outcome, all bots' in one go."""
        shown = super().get_changelist_instance(request)
        rows = list(shown.result_list)
        outcomes = last_outcomes(rows)
        for row in rows:
            row.shown_outcome = outcomes.get(row.pk, "not asked yet")
        return shown

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        bots = Bot.objects.filter(golden_questions__is_on=True, active__isnull=False).distinct()
        may_try = request.user.has_perm("training.add_gatetrial")
        context = {"bots_to_try": bots if may_try else (), **(extra_context or {})}
        return super().changelist_view(request, context)

    def try_bot(self, request: HttpRequest, bot_id: int) -> HttpResponse:
        """Ask what answers for a bot now, and lead to what was found."""
        self.require(request, "training.add_gatetrial")
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        bot = get_object_or_404(Bot, pk=bot_id)
        try:
            trial = golden_questions_try(bot=bot)
        except ChatbotError as error:
            messages.error(request, str(error))
            return redirect(self.page("changelist"))
        messages.success(request, f"{trial.trained_model}: {outcome(trial)}")
        return redirect(reverse("admin:training_gatetrial_change", args=[trial.pk]))

    def save_model(self, request: HttpRequest, obj: GoldenQuestion, form: Any, change: bool) -> None:
        if not change:
            obj.created_by_id = request.user.pk
        golden_question_save(golden=obj)
