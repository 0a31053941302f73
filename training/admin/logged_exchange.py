"""The conversation log: to read, to search and, by who may, to delete from; nothing else."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path

from training.admin.review_list import review_page
from training.admin.service_admin import ServiceAdmin
from training.models import LoggedExchange

SHOWN_CHARACTERS = 100
SOURCES = ("generated", "retrieved", "own")
RATINGS = (("1", "good"), ("-1", "bad"), ("0", "none"))


class SourceFilter(admin.SimpleListFilter):
    """Named here: to find the values in the rows would read them all."""

    title = "source"
    parameter_name = "source"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(source, source) for source in SOURCES]

    def queryset(self, request: HttpRequest, queryset: QuerySet[LoggedExchange]) -> QuerySet[LoggedExchange]:
        return queryset.filter(source=self.value()) if self.value() else queryset


class RatingFilter(admin.SimpleListFilter):
    title = "rating"
    parameter_name = "rating"

    def lookups(self, request: HttpRequest, model_admin: Any) -> tuple[tuple[str, str], ...]:
        return RATINGS

    def queryset(self, request: HttpRequest, queryset: QuerySet[LoggedExchange]) -> QuerySet[LoggedExchange]:
        is_known = self.value() in dict(RATINGS)
        return queryset.filter(rating=int(self.value() or 0)) if is_known else queryset


@admin.register(LoggedExchange)
class LoggedExchangeAdmin(ServiceAdmin):
    list_display = ("at", "shown_question", "shown_answer", "bot", "source", "fallback", "shown_rating")
    list_display_links = ("at", "shown_question")
    list_filter = ("bot", SourceFilter, "fallback", RatingFilter, "at")
    list_select_related = ("bot",)
    search_fields = ("question", "answer")
    # A log of months is searched page by page, without counting what is not shown.
    show_full_result_count = False
    list_per_page = 50
    fields = (
        *("at", "bot", "question", "answer", "source", "confidence", "fallback", "shown_rating"),
        *("model_name", "asked_by", "session", "milliseconds", "id"),
    )
    readonly_fields = fields
    deletes_selected = True

    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view(review_page)
        return [path("review/", page, name="review_list"), *super().get_urls()]

    @admin.display(description="question", ordering="question")
    def shown_question(self, exchange: LoggedExchange) -> str:
        return shortened(exchange.question)

    @admin.display(description="answer")
    def shown_answer(self, exchange: LoggedExchange) -> str:
        return shortened(exchange.answer)

    @admin.display(description="rating", ordering="rating")
    def shown_rating(self, exchange: LoggedExchange) -> str:
        return {1: "good", -1: "bad"}.get(exchange.rating, "")

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[LoggedExchange]) -> None:
        # Nothing hangs on a row of the log, and they are many.
        queryset.delete()


def shortened(text: str) -> str:
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}…"
