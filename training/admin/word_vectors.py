"""Word vectors: what a job made, and a word's neighbours to judge them by."""

from functools import lru_cache
from pathlib import Path
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from preprocessing.errors import ChatbotError
from preprocessing.vector_file import WordVectors as Vectors
from preprocessing.vector_file import read_vectors
from training.admin.service_admin import ServiceAdmin
from training.models import WordVectors
from training.services.word_vectors import word_vectors_delete

NEIGHBOURS = 10


class NearestForm(forms.Form):
    word = forms.CharField(max_length=100, widget=forms.TextInput(attrs={"autocomplete": "off"}))


@admin.register(WordVectors)
class WordVectorsAdmin(ServiceAdmin):
    list_display = ("id", "name", "words", "size", "dataset", "created_at")
    list_display_links = ("id", "name")
    fields = ("name", "dataset", "job", "words", "size", "tokens", "speed", "path", "created_at")
    readonly_fields = fields

    class Media:
        css = {"all": ["training/admin.css"]}

    @admin.display
    def tokens(self, vectors: WordVectors) -> str:
        return f"{vectors.summary.get('tokens', 0):,}"

    @admin.display
    def speed(self, vectors: WordVectors) -> str:
        summary = vectors.summary
        return f"{summary.get('words_per_second', 0):,.0f} words/s, {summary.get('seconds', 0):.1f} s"

    def page_context(self, request: HttpRequest, obj: WordVectors) -> dict[str, Any]:
        # Asking changes nothing, so it is a plain GET of this page with a word.
        form = NearestForm(request.GET if "word" in request.GET else None)
        found = neighbours_of(obj.location, form.cleaned_data["word"]) if form.is_valid() else {}
        return {"nearest_form": form, **found}

    def delete_by_service(self, obj: WordVectors) -> None:
        word_vectors_delete(word_vectors=obj)


def neighbours_of(path: Path, word: str) -> dict[str, Any]:
    try:
        return {"neighbours": open_vectors(path).nearest(word, NEIGHBOURS)}
    except ChatbotError as error:
        return {"nearest_error": str(error)}


@lru_cache(maxsize=1)
def open_vectors(path: Path) -> Vectors:
    """Keep the last ones: judging means asking several times. A file of vectors never changes."""
    return read_vectors(path)
