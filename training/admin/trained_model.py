"""Trained models: where they came from, activate for a bot, try a question and see why it is answered so."""

from typing import Any
from urllib.parse import urlencode

from csp.decorators import csp_update
from django import forms
from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.decorators import method_decorator

from answering.bundle import MODES
from answering.question import Question
from preprocessing.errors import ChatbotError
from training.admin.evaluate_page import NOTES, evaluate_form
from training.admin.service_admin import ServiceAdmin
from training.admin.start_job import start_job_page
from training.models import Bot, Job, TrainedModel
from training.services.bundles import DEEPEST_FIGURES
from training.services.evaluation_page import Card, headline_of
from training.services.evaluations import open_report
from training.services.explanation_report import attention_svg
from training.services.gate import LONGEST_NOTE
from training.services.gate_history import refusals
from training.services.job_settings import written
from training.services.products import trained_model_delete
from training.services.run_record import neighbours
from training.services.switching import bot_switch
from training.services.trying import ANSWERS, TriedBundle, answer_explained, tried_question

# One is made every night where a schedule says so.
MOST_REPORTS = 10


class ActivateForm(forms.Form):
    bot = forms.ModelChoiceField(queryset=Bot.objects.all(), empty_label=None)
    # Sent after a failed trial only, and needed then.
    because = forms.CharField(max_length=LONGEST_NOTE, required=False)

    def clean(self) -> dict[str, Any]:
        if "because" in self.data and not self.cleaned_data.get("because"):
            raise forms.ValidationError(f"Say why, in at most {LONGEST_NOTE} characters.")
        return self.cleaned_data


class TryForm(forms.Form):
    question = forms.CharField(
        max_length=1000, widget=forms.TextInput(attrs={"size": 60, "autocomplete": "off"})
    )
    mode = forms.ChoiceField(
        choices=[("", "as by default"), *((mode, mode) for mode in MODES)], required=False
    )
    # Which of the answers is explained.
    explain = forms.IntegerField(min_value=1, max_value=ANSWERS, required=False)

    def asked(self) -> tuple[str, str | None, int]:
        cleaned = self.cleaned_data
        return cleaned["question"], cleaned["mode"] or None, cleaned["explain"] or 1


@admin.register(TrainedModel)
class TrainedModelAdmin(ServiceAdmin):
    list_display = ("id", "name", "architecture", "dataset", "answers_for", "created_at")
    list_display_links = ("id", "name")
    list_filter = ("architecture",)
    fields = ("name", "architecture", "dataset", "job", "directory", "answers_for", "created_at")
    readonly_fields = fields
    views = {"activate/": "activate", "attention.svg": "attention", "evaluate/": "evaluate"}

    class Media:
        css = {"all": ["training/admin.css", "training/evaluation.css"]}

    @admin.display(description="answers for")
    def answers_for(self, trained_model: TrainedModel) -> str:
        return ", ".join(bot.name for bot in trained_model.active_for.all()) or "no bot"

    def page_context(self, request: HttpRequest, obj: TrainedModel) -> dict[str, Any]:
        # Trying changes nothing, so it is a plain GET of this page with a question.
        form = TryForm(request.GET if "question" in request.GET else None)
        return {
            "activate_form": ActivateForm(),
            "try_form": form,
            "trained_model": obj,
            "metrics": flattened(obj.metrics),
            "neighbours": neighbours_of(obj),
            "evaluations": obj.evaluations.all()[:MOST_REPORTS],
            "headline": newest_headline(obj),
            "may_evaluate": request.user.has_perm("training.add_job"),
            "may_activate": request.user.has_perm("training.change_bot"),
            "refusals": refusals(obj),
            **(trial_context(obj, form) if form.is_valid() else {}),
        }

    # A picture brings its own style, which the pages' policy would not let a browser apply.
    @method_decorator(csp_update({"style-src": ["'unsafe-inline'"]}))
    def attention(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Draw what an answer looked at; the page asks for it with the question that was tried."""
        trained_model, form = self.row(request, pk), TryForm(request.GET)
        if not form.is_valid():
            raise Http404("A question must be named.")
        text, mode, number = form.asked()
        try:
            question = Question(text=text, mode=mode, answers=ANSWERS)
            svg = attention_svg(answer_explained(TriedBundle.of(trained_model), question, number))
        except ChatbotError as error:
            raise Http404(str(error)) from None
        if svg is None:
            raise Http404("The networks of this bundle do not tell what they look at.")
        return HttpResponse(svg, content_type="image/svg+xml", headers={"Cache-Control": "no-cache"})

    def activate(self, request: HttpRequest, pk: int) -> HttpResponse:
        self.require(request, "training.change_bot")
        trained_model = self.row(request, pk)
        form = ActivateForm(request.POST)

        def work() -> str:
            if not form.is_valid():
                raise ChatbotError(" ".join(map(str, form.non_field_errors())) or "Choose a bot that exists.")
            bot = form.cleaned_data["bot"]
            why = form.cleaned_data["because"]
            bot_switch(bot=bot, trained_model=trained_model, override=why, user_id=request.user.pk)
            return f"Bot {bot} answers from {trained_model} now."

        return self.do_and_return(request, pk, work)

    def evaluate(self, request: HttpRequest, pk: int) -> HttpResponse:
        self.require(request, "training.add_job")
        trained_model = self.row(request, pk)
        return start_job_page(
            request,
            title=f"Evaluate {trained_model}",
            form_class=evaluate_form(trained_model),
            kind=Job.Kind.EVALUATE,
            fixed={"trained_model": trained_model.pk},
            back=self.page("change", pk),
            notes=NOTES,
        )

    def delete_by_service(self, obj: TrainedModel) -> None:
        trained_model_delete(trained_model=obj)


def trial_context(trained_model: TrainedModel, form: TryForm) -> dict[str, Any]:
    text, mode, number = form.asked()
    try:
        tried = tried_question(TriedBundle.of(trained_model), text, mode, number)
    except ChatbotError as error:
        return {"try_error": str(error)}
    asked = urlencode({"question": text, "mode": mode or ""})
    picture = reverse("admin:trainedmodel_attention", args=[trained_model.pk])
    return {"tried": tried, "asked": asked, "picture": f"{picture}?{asked}&explain={tried.explained}"}


def newest_headline(trained_model: TrainedModel) -> tuple[Card, ...]:
    """Return the main figures of the newest evaluation whose report can be read."""
    newest = trained_model.evaluations.first()
    try:
        return headline_of(open_report(newest)) if newest else ()
    except ChatbotError:
        return ()


def neighbours_of(trained_model: TrainedModel) -> list[tuple[str, str, str]]:
    """Return words with their nearest ones before and after the training."""
    run = trained_model.job.run_location if trained_model.job else None
    return [
        (word, ", ".join(moments["before"]), ", ".join(moments["after"]))
        for word, moments in neighbours(run).items()
    ]


def flattened(metrics: dict[str, Any], prefix: str = "", depth: int = 1) -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = []
    for name, value in metrics.items():
        label = f"{prefix}{name.replace('_', ' ')}"
        if not isinstance(value, dict):
            rows.append((label, figure(value)))
        elif depth < DEEPEST_FIGURES:
            rows += flattened(value, f"{label}: ", depth + 1)
    return rows


def figure(value: Any) -> str:
    """Return a figure with as many digits as say something.

    >>> [figure(value) for value in (60.21484971836799, 0.0000076293, 13538, "int8", None)]
    ['60.21', '7.6e-06', '13,538', 'int8', '–']
    """
    if isinstance(value, float):
        return (
            f"{value:,.2f}" if abs(value) >= 10 else f"{value:.4f}" if abs(value) >= 1e-3 else f"{value:.2g}"
        )
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return written(value)
