"""Trained models: where they came from, activate for a bot, try a question."""

from functools import lru_cache
from pathlib import Path
from time import perf_counter
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse

from answering.bundle import MODES
from answering.responder import Question, Responder
from preprocessing.errors import ChatbotError
from training.admin.service_admin import ServiceAdmin
from training.models import Bot, TrainedModel
from training.services.bots import bot_activate


class ActivateForm(forms.Form):
    bot = forms.ModelChoiceField(queryset=Bot.objects.all(), empty_label=None)


class TryForm(forms.Form):
    question = forms.CharField(
        max_length=1000, widget=forms.TextInput(attrs={"size": 60, "autocomplete": "off"})
    )
    mode = forms.ChoiceField(
        choices=[("", "as by default"), *((mode, mode) for mode in MODES)], required=False
    )


@admin.register(TrainedModel)
class TrainedModelAdmin(ServiceAdmin):
    list_display = ("id", "name", "architecture", "dataset", "answers_for", "created_at")
    list_display_links = ("id", "name")
    list_filter = ("architecture",)
    fields = ("name", "architecture", "dataset", "job", "directory", "answers_for", "created_at")
    readonly_fields = fields
    views = {"activate/": "activate"}

    class Media:
        css = {"all": ["training/admin.css"]}

    @admin.display(description="answers for")
    def answers_for(self, trained_model: TrainedModel) -> str:
        return ", ".join(bot.name for bot in trained_model.active_for.all()) or "no bot"

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        trained_model = self.get_object(request, object_id)
        context: dict[str, Any] = {"activate_form": ActivateForm()}
        if trained_model is not None:
            # Trying changes nothing, so it is a plain GET of this page with a question.
            try_form = TryForm(request.GET if "question" in request.GET else None)
            tried = answer_for_page(trained_model, try_form.cleaned_data) if try_form.is_valid() else None
            context |= {
                "try_form": try_form,
                "tried": tried,
                "trained_model": trained_model,
                "metrics": flattened(trained_model.metrics),
                "may_activate": request.user.has_perm("training.change_bot"),
            }
        return super().change_view(request, object_id, form_url, {**context, **(extra_context or {})})

    def activate(self, request: HttpRequest, pk: int) -> HttpResponse:
        self.require(request, "training.change_bot")
        trained_model = self.row(request, pk)
        form = ActivateForm(request.POST)

        def work() -> str:
            if not form.is_valid():
                raise ChatbotError("Choose a bot that exists.")
            bot_activate(bot=form.cleaned_data["bot"], trained_model=trained_model)
            return f"Bot {form.cleaned_data['bot']} answers from {trained_model} now."

        return self.do_and_return(request, pk, work)


def answer_for_page(trained_model: TrainedModel, asked: dict[str, Any]) -> dict[str, Any]:
    started = perf_counter()
    question = Question(text=asked["question"], mode=asked["mode"] or None, answers=3)
    try:
        reply = open_responder(trained_model.location).answer(question)
    except ChatbotError as error:
        return {"error": str(error)}
    return {"reply": reply, "milliseconds": round((perf_counter() - started) * 1000)}


@lru_cache(maxsize=2)
def open_responder(directory: Path) -> Responder:
    """Keep the last two: trying means asking several times. A bundle's folder never changes."""
    return Responder.open(directory)


def flattened(metrics: dict[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    rows: list[tuple[str, Any]] = []
    for name, value in metrics.items():
        label = f"{prefix}{name.replace('_', ' ')}"
        rows += flattened(value, f"{label}: ") if isinstance(value, dict) else [(label, value)]
    return rows
