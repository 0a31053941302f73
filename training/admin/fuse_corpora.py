"""Several corpora in one dataset: the corpus list's action leads to a form with a weight for each."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from training.admin.parameter_form import form_class
from training.admin.start_job import start_job_page
from training.models import Corpus, Job
from training.models.corpus import NAME_VALIDATOR
from training.parameters import PreprocessParameters
from training.services.defaults import default_preprocess_parameters

MAX_WEIGHT = 1000
# Said by each corpus' own row.
OF_ONE_CORPUS = ("corpus", "corpora", "name", "format", "columns", "query")


@admin.action(description="Make one dataset of the selected corpora", permissions=["view"])
def fuse_corpora(model_admin: Any, request: HttpRequest, chosen: Any) -> HttpResponse:
    numbers = ",".join(str(pk) for pk in chosen.values_list("pk", flat=True))
    return redirect(f"{reverse('admin:corpus_fuse')}?corpora={numbers}")


def fuse_page(request: HttpRequest) -> HttpResponse:
    """Show name, weights and the ordinary parameters; a good form queues one preprocess job."""
    if not (request.user.has_perm("training.add_job") and request.user.has_perm("training.view_corpus")):
        raise PermissionDenied
    numbers = [part for part in request.GET.get("corpora", "").split(",") if part.isdecimal()]
    corpora = list(Corpus.objects.filter(pk__in=numbers[:100]))
    return start_job_page(
        request,
        title="Make one dataset of several corpora",
        form_class=fusion_form(corpora),
        kind=Job.Kind.PREPROCESS,
        fixed={},
        back=reverse("admin:training_corpus_changelist"),
    )


def fusion_form(corpora: list[Corpus]) -> type[forms.Form]:
    parameters = form_class(PreprocessParameters, default_preprocess_parameters(), without=OF_ONE_CORPUS)
    name = "-".join(corpus.name for corpus in corpora)[:64]
    weights: dict[str, forms.Field] = {
        "name": forms.CharField(max_length=64, initial=name, validators=[NAME_VALIDATOR])
    }
    for corpus in corpora:
        weights[f"weight_{corpus.pk}"] = forms.FloatField(
            label=f"Weight of {corpus.name}",
            initial=1,
            min_value=0.001,
            max_value=MAX_WEIGHT,
            help_text="How often training sees each of its exchanges an epoch.",
            widget=forms.NumberInput(attrs={"step": "any"}),
        )

    def clean(form: Any) -> dict[str, Any]:
        """Put the weights together under the corpora's names."""
        cleaned: dict[str, Any] = forms.Form.clean(form) or {}
        found = {corpus.name: cleaned.pop(f"weight_{corpus.pk}", None) for corpus in corpora}
        if not found:
            form.add_error(None, "Choose at least one corpus in the list of corpora.")
        return {**cleaned, "corpora": {name: weight for name, weight in found.items() if weight}}

    fields = {**weights, **parameters.base_fields}
    return type("FusionForm", (parameters,), {**fields, "clean": clean, "field_order": list(fields)})
