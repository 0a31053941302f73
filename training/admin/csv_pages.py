"""Tables of rows that people write: a page that takes one in, and a download, whatever the rows are."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse

from preprocessing.errors import ChatbotError
from training.models import Bot
from training.services.csv_table import Imported


class ImportForm(forms.Form):
    file = forms.FileField(label="CSV file")
    bot = forms.ModelChoiceField(
        Bot.objects.all(), required=False, help_text="Whose they are where the file has no column bot."
    )


@dataclass(frozen=True)
class CsvPages:
    """The two pages of one kind of row; `noun` is what people call several, `model` the admin's name."""

    noun: str
    model: str
    help_text: str
    take: Callable[..., Imported]
    write: Callable[[Iterable[Any]], str]
    chosen: Callable[[Bot | None], Iterable[Any]]

    def urls(self, view: Callable[..., Any]) -> list[URLPattern]:
        """Return the pages' addresses below the list's; `view` is the admin's own wrapper."""
        name = self.noun.replace(" ", "_")
        return [
            path("export/", view(self.export_page), name=f"{name}_export"),
            path("import/", view(self.import_page), name=f"{name}_import"),
        ]

    def import_page(self, request: HttpRequest) -> HttpResponse:
        """Take a table in, or say at the form what is wrong on which line."""
        self.require(request, "add", "change")
        form = ImportForm(
            request.POST or None, request.FILES or None, initial={"bot": request.GET.get("bot")}
        )
        form.fields["file"].help_text = self.help_text
        if request.method == "POST" and form.is_valid():
            try:
                imported = self.take(
                    content=form.cleaned_data["file"].read(),
                    bot=form.cleaned_data["bot"],
                    created_by_id=request.user.pk,
                )
                messages.success(request, f"{self.noun.capitalize()}: {imported}")
                return redirect(self.list_address)
            except ChatbotError as error:
                form.add_error("file", str(error))
        context = {
            **admin.site.each_context(request),
            "title": f"Import {self.noun}",
            "form": form,
            "noun": self.noun.capitalize(),
            "list_address": self.list_address,
        }
        return render(request, "training/import_table.html", context)

    def export_page(self, request: HttpRequest) -> HttpResponse:
        """Send the rows of the bot that the address names, or of all."""
        self.require(request, "view")
        wanted = request.GET.get("bot", "")
        is_id = wanted.isdecimal() and len(wanted) < 19
        bot = Bot.objects.filter(pk=int(wanted)).first() if is_id else None
        table = self.write(self.chosen(bot))
        response = HttpResponse(table.encode("utf-8"), content_type="text/csv; charset=utf-8")
        stem = self.noun.replace(" ", "-")
        name = f"{stem}-{bot.name}.csv" if bot else f"{stem}.csv"
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        return response

    @property
    def list_address(self) -> str:
        return reverse(f"admin:training_{self.model}_changelist")

    def require(self, request: HttpRequest, *actions: str) -> None:
        for action in actions:
            if not request.user.has_perm(f"training.{action}_{self.model}"):
                raise PermissionDenied
