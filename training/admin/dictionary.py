"""Dictionaries of added Chinese words: typed or pasted here, checked line by line."""

from typing import TYPE_CHECKING

from django.contrib import admin

from training.models import Dictionary

if TYPE_CHECKING:
    DictionaryModelAdmin = admin.ModelAdmin[Dictionary]
else:
    # Generic for type checkers only.
    DictionaryModelAdmin = admin.ModelAdmin


@admin.register(Dictionary)
class DictionaryAdmin(DictionaryModelAdmin):
    list_display = ("name", "number_of_words", "changed_at")
    search_fields = ("name", "words")
    fields = ("name", "words")

    @admin.display(description="words")
    def number_of_words(self, dictionary: Dictionary) -> int:
        return sum(1 for line in dictionary.words.splitlines() if line.strip())
