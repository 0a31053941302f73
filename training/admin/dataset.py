"""Datasets: what preprocessing made, its report, and the button that trains on one."""

from typing import Any

from csp.decorators import csp_update
from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.decorators import method_decorator
from django.utils.html import format_html

from preprocessing.errors import ChatbotError
from training.admin.parameter_form import form_class
from training.admin.service_admin import ServiceAdmin
from training.admin.start_job import start_job_page
from training.models import Dataset, Job
from training.parameters import TrainParameters, WordVectorParameters
from training.presets import preset_notes
from training.services.dataset_report import dataset_report
from training.services.defaults import default_train_parameters
from training.services.products import dataset_delete
from training.services.report_parts import Picture


@admin.register(Dataset)
class DatasetAdmin(ServiceAdmin):
    list_display = ("id", "name", "exchanges", "vocabulary_size", "max_length", "created_at", "train_link")
    list_display_links = ("id", "name")
    list_filter = ("name",)
    fields = (
        "name",
        "made_from",
        "job",
        "exchanges",
        "vocabulary_size",
        "max_length",
        "directory",
        "created_at",
    )
    readonly_fields = fields
    views = {
        "train/": "train",
        "word-vectors/": "word_vectors",
        "picture/<slug:name>.svg": "picture",
    }

    class Media:
        css = {"all": ["training/admin.css"]}

    @admin.display(description="")
    def train_link(self, dataset: Dataset) -> str:
        return format_html('<a class="button" href="{}">Train</a>', self.button("train", dataset.pk))

    @admin.display(description="corpora")
    def made_from(self, dataset: Dataset) -> str:
        weights = dataset.summary.get("counts", {}).get("sources", {})
        return ", ".join(
            f"{name} (weight {source['weight']:g}, {source['exchanges']:,} exchanges)"
            for name, source in weights.items()
        ) or ", ".join(map(str, dataset.corpora.all()))

    def page_context(self, request: HttpRequest, obj: Dataset) -> dict[str, Any]:
        return report_context(obj)

    # A picture brings its own style, which the pages' policy would not let a browser apply.
    @method_decorator(csp_update({"style-src": ["'unsafe-inline'"]}))
    def picture(self, request: HttpRequest, pk: int, name: str) -> HttpResponse:
        found = picture_of(self.row(request, pk), name)
        return HttpResponse(found.svg, content_type="image/svg+xml", headers={"Cache-Control": "no-cache"})

    def train(self, request: HttpRequest, pk: int) -> HttpResponse:
        self.require(request, "training.add_job")
        dataset = self.row(request, pk)
        return start_job_page(
            request,
            title=f"Train on {dataset}",
            form_class=form_class(TrainParameters, default_train_parameters(), without=("dataset",)),
            kind=Job.Kind.TRAIN,
            fixed={"dataset": dataset.pk},
            back=self.page("change", pk),
            notes=preset_notes(dataset.summary.get("splits", {}).get("train", dataset.exchanges)),
        )

    def word_vectors(self, request: HttpRequest, pk: int) -> HttpResponse:
        self.require(request, "training.add_job")
        dataset = self.row(request, pk)
        return start_job_page(
            request,
            title=f"Word vectors from {dataset}",
            form_class=form_class(WordVectorParameters, {}, without=("dataset",)),
            kind=Job.Kind.WORD_VECTORS,
            fixed={"dataset": dataset.pk},
            back=self.page("change", pk),
        )

    def delete_by_service(self, obj: Dataset) -> None:
        dataset_delete(dataset=obj)


def report_context(dataset: Dataset) -> dict[str, Any]:
    try:
        return {"report": dataset_report(dataset.location)}
    except ChatbotError as error:
        return {"report_error": str(error)}


def picture_of(dataset: Dataset, name: str) -> Picture:
    try:
        found = dataset_report(dataset.location).picture(name)
    except ChatbotError as error:
        raise Http404(str(error)) from None
    if found is None:
        raise Http404(f"{dataset} has no picture called {name}.")
    return found
