"""Datasets: what preprocessing made, and the button that trains on one."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html

from training.admin.parameter_form import form_class
from training.admin.service_admin import ServiceAdmin
from training.admin.start_job import start_job_page
from training.models import Dataset, Job
from training.parameters import TrainParameters
from training.services.defaults import default_train_parameters
from training.services.products import dataset_delete


@admin.register(Dataset)
class DatasetAdmin(ServiceAdmin):
    list_display = ("id", "name", "exchanges", "vocabulary_size", "max_length", "created_at", "train_link")
    list_display_links = ("id", "name")
    list_filter = ("name",)
    fields = (
        "name",
        "corpus",
        "job",
        "exchanges",
        "vocabulary_size",
        "max_length",
        "splits",
        "languages",
        "dropped",
        "cut",
        "directory",
        "created_at",
    )
    readonly_fields = fields
    views = {"train/": "train"}

    @admin.display(description="")
    def train_link(self, dataset: Dataset) -> str:
        return format_html('<a class="button" href="{}">Train</a>', self.button("train", dataset.pk))

    @admin.display
    def splits(self, dataset: Dataset) -> str:
        return as_words(dataset.summary.get("splits", {}))

    @admin.display
    def languages(self, dataset: Dataset) -> str:
        shares = dataset.summary.get("languages", {})
        return ", ".join(f"{language} {share:.0%}" for language, share in shares.items())

    @admin.display
    def dropped(self, dataset: Dataset) -> str:
        return as_words(dataset.summary.get("counts", {}).get("dropped", {})) or "nothing"

    @admin.display
    def cut(self, dataset: Dataset) -> str:
        return as_words(dataset.summary.get("counts", {}).get("cut", {}))

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
        )

    def delete_by_service(self, obj: Dataset) -> None:
        dataset_delete(dataset=obj)


def as_words(counts: dict[str, Any]) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {number:,}" for name, number in counts.items())
