"""Corpora: uploaded, or named by a path below a configured root."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.html import format_html

from preprocessing.errors import ChatbotError
from training.admin.fuse_corpora import fuse_corpora, fuse_page
from training.admin.parameter_form import form_class
from training.admin.select_corpus import select_page
from training.admin.service_admin import ServiceAdmin
from training.admin.start_job import start_job_page
from training.models import Corpus, Job
from training.models.corpus import NAME_VALIDATOR
from training.parameters import PreprocessParameters
from training.services.corpora import (
    checked_root_path,
    corpora_directory,
    corpus_delete,
    corpus_read_as,
    corpus_register,
    corpus_upload,
    free_name,
)
from training.services.defaults import default_preprocess_parameters


class SeveralFilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class SeveralFilesField(forms.FileField):
    """One or more uploaded files."""

    def __init__(self, **options: Any) -> None:
        super().__init__(widget=SeveralFilesInput(), **options)

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        given = data if isinstance(data, list | tuple) else [data]
        return [super(SeveralFilesField, self).clean(file, initial) for file in given if file]


if TYPE_CHECKING:
    CorpusModelForm = forms.ModelForm[Corpus]
else:
    # Generic for type checkers only.
    CorpusModelForm = forms.ModelForm


class CorpusForm(CorpusModelForm):
    name = forms.CharField(
        required=False,
        max_length=64,
        validators=[NAME_VALIDATOR],
        help_text="Letters, digits, dots, dashes or underscores; empty takes the first file's name.",
    )
    files = SeveralFilesField(  # type: ignore[assignment]  # a form has an attribute of this name
        required=False,
        help_text="One or several files, such as movie_lines.txt and movie_conversations.txt together.",
    )
    path = forms.CharField(
        required=False,
        max_length=1000,
        help_text="Or the path of a file or folder on the server, below a configured root.",
    )

    class Meta:
        model = Corpus
        fields = ("name", "format", "columns", "query")

    def clean(self) -> dict[str, Any]:
        """Keep the files or check the path here, so that what is wrong with them is said at the form."""
        cleaned = super().clean() or {}
        files, path = cleaned.get("files"), cleaned.get("path")
        if bool(files) == bool(path):
            raise ValidationError("Choose files to upload, or name a path: one of the two.")
        if self.errors:
            return cleaned
        cleaned["name"] = cleaned["name"] or free_name(files[0].name if files else path or "")
        reading = {name: cleaned[name] for name in ("format", "columns", "query")}
        try:
            if files:
                self.made = corpus_upload(name=cleaned["name"], files=files, **reading)
            else:
                location = checked_root_path(path or "")
                self.made = corpus_register(name=cleaned["name"], path=location, **reading)
        except ChatbotError as error:
            raise ValidationError(str(error)) from None
        return cleaned

    def _post_clean(self) -> None:
        """Take the row that the service made; the model's own checks ran before, on the name field."""
        if not self.errors:
            self.instance = self.made
        else:
            super()._post_clean()  # type: ignore[misc]  # not in the stubs

    def save(self, commit: bool = True) -> Corpus:
        return self.made

    def save_m2m(self) -> None:
        pass


@admin.register(Corpus)
class CorpusAdmin(ServiceAdmin):
    list_display = ("name", "format", "shown_path", "created_at", "preprocess_link", "select_link")
    fields = ("name", "format", "shown_path", "columns", "query", "uploaded", "job", "created_at")
    actions = (fuse_corpora,)
    views = {"preprocess/": "preprocess", "select/": "select"}

    def get_urls(self) -> list[URLPattern]:
        return [path("fuse/", self.admin_site.admin_view(fuse_page), name="corpus_fuse"), *super().get_urls()]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("training.add_corpus"))

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **options: Any) -> Any:
        return CorpusForm if obj is None else super().get_form(request, obj, change, **options)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("name", "files", "path", "format", "columns", "query") if obj is None else self.fields

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: Any = None) -> HttpResponse:
        """Go on to the form that makes a dataset: that is what a corpus is added for."""
        if "_save" in request.POST and request.user.has_perm("training.add_job"):
            messages.success(request, f"Corpus {obj.name} is kept. Start makes a dataset of it.")
            tell_format(request, obj)
            return redirect(self.button("preprocess", obj.pk))
        return super().response_add(request, obj, post_url_continue)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        roots = ", ".join(str(root) for root in configured_roots())
        return super().add_view(request, form_url, {**(extra_context or {}), "subtitle": f"Roots: {roots}"})

    @admin.display(description="")
    def preprocess_link(self, corpus: Corpus) -> str:
        return format_html('<a class="button" href="{}">Preprocess</a>', self.button("preprocess", corpus.pk))

    def preprocess(self, request: HttpRequest, pk: int) -> HttpResponse:
        self.require(request, "training.add_job")
        corpus = self.row(request, pk)
        defaults = {
            **default_preprocess_parameters(),
            **{name: getattr(corpus, name) for name in ("format", "columns", "query", "name")},
        }
        return start_job_page(
            request,
            title=f"Preprocess {corpus.name}",
            form_class=form_class(PreprocessParameters, defaults, without=("corpus", "corpora", "name")),
            kind=Job.Kind.PREPROCESS,
            fixed={"corpus": corpus.pk, "name": corpus.name},
            back=self.page("change", pk),
        )

    @admin.display(description="")
    def select_link(self, corpus: Corpus) -> str:
        return format_html('<a class="button" href="{}">Select from</a>', self.button("select", corpus.pk))

    def select(self, request: HttpRequest, pk: int) -> HttpResponse:
        self.require(request, "training.add_job")
        return select_page(request, self.row(request, pk), back=self.page("change", pk))

    def delete_by_service(self, obj: Corpus) -> None:
        corpus_delete(corpus=obj)


def tell_format(request: HttpRequest, corpus: Corpus) -> None:
    """Say what the files were taken for, while it is easy to choose another format."""
    if corpus.format != "auto":
        return
    try:
        messages.info(request, f"It looks like {corpus_read_as(corpus)}.")
    except ChatbotError as error:
        messages.warning(request, str(error))


def configured_roots() -> list[Any]:
    return [corpora_directory(), *settings.CORPUS_ROOTS]
