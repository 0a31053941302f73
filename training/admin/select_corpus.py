"""A corpus out of a corpus: a form that shows the first exchanges that match, then queues the job."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from preprocessing.errors import ChatbotError
from training.admin.parameter_form import form_class, given_values
from training.models import Corpus, Job
from training.models.corpus import NAME_VALIDATOR
from training.select_parameters import SelectParameters
from training.services.corpora import free_name
from training.services.jobs import job_queue
from training.services.selection import preview_corpus, require_free_name

# What a person lists one a line, and what stands elsewhere on the form.
WRITTEN_HERE = ("corpus", "name", "include", "exclude", "speakers")


class LinesField(forms.CharField):
    """Texts, one a line: a regular expression may hold a comma."""

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, widget=forms.Textarea(attrs={"rows": 3, "cols": 60}), **options)

    def to_python(self, value: Any) -> Any:
        return (super().to_python(value) or "").splitlines()


def select_page(request: HttpRequest, corpus: Corpus, *, back: str) -> HttpResponse:
    """Show what matches, or queue the job. A preview is posted too: logs of addresses see no keyword."""
    form = select_form(corpus)(request.POST or None)
    context: dict[str, Any] = {"title": f"Select from {corpus.name}", "form": form, "back": back}
    if request.method == "POST" and form.is_valid():
        given = {**given_values(form), "corpus": corpus.pk}
        try:
            if "make" in request.POST:
                return queue_job(request, given)
            context["preview"] = preview_corpus(corpus, SelectParameters.from_json(given).selection())
        except ChatbotError as error:
            form.add_error(None, str(error))
    return render(request, "training/select_corpus.html", {**admin.site.each_context(request), **context})


def queue_job(request: HttpRequest, parameters: dict[str, Any]) -> HttpResponse:
    require_free_name(parameters["name"])
    job = job_queue(kind=Job.Kind.SELECT, parameters=parameters, created_by=request.user)
    messages.success(request, f"Job {job.pk} is queued.")
    return redirect(reverse("admin:training_job_change", args=[job.pk]))


def select_form(corpus: Corpus) -> type[forms.Form]:
    parameters = form_class(SelectParameters, {}, without=WRITTEN_HERE)
    fields: dict[str, forms.Field] = {
        "include": LinesField(
            help_text="One a line; one of them must be there. Whole words, in Chinese anywhere."
        ),
        "exclude": LinesField(help_text="One a line; none of them may be there."),
        "speakers": LinesField(help_text="One a line: who gives the answer, by the names in the corpus."),
        **parameters.base_fields,
        "name": forms.CharField(
            max_length=64,
            initial=free_name(f"{corpus.name[:50]}-selected"),
            validators=[NAME_VALIDATOR],
            label="Name of the new corpus",
        ),
    }
    return type("SelectForm", (parameters,), {**fields, "field_order": [*fields]})
