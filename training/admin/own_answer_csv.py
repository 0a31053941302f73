"""Own answers as tables: a page that takes one in, and a download."""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from preprocessing.errors import ChatbotError
from training.models import Bot
from training.services.own_answer_csv import own_answers_csv, own_answers_import, own_answers_to_export


class ImportForm(forms.Form):
    file = forms.FileField(
        label="CSV file",
        help_text="First line: bot,questions,answer,on. Several questions to one answer stand on lines of "
        "their own in the cell, or between bars: When do you open?|Opening hours. UTF-8.",
    )
    bot = forms.ModelChoiceField(
        Bot.objects.all(), required=False, help_text="Whose they are where the file has no column bot."
    )


def import_page(request: HttpRequest) -> HttpResponse:
    """Take a table in, or say at the form what is wrong on which line."""
    for permission in ("training.add_ownanswer", "training.change_ownanswer"):
        if not request.user.has_perm(permission):
            raise PermissionDenied
    form = ImportForm(request.POST or None, request.FILES or None, initial={"bot": request.GET.get("bot")})
    if request.method == "POST" and form.is_valid():
        try:
            imported = own_answers_import(
                content=form.cleaned_data["file"].read(),
                bot=form.cleaned_data["bot"],
                created_by_id=request.user.pk,
            )
            messages.success(request, f"Own answers: {imported}")
            return redirect(reverse("admin:training_ownanswer_changelist"))
        except ChatbotError as error:
            form.add_error("file", str(error))
    title = "Import own answers"
    context = {**admin.site.each_context(request), "title": title, "form": form}
    return render(request, "training/import_own_answers.html", context)


def export_page(request: HttpRequest) -> HttpResponse:
    """Send the own answers of the bot that the address names, or of all."""
    if not request.user.has_perm("training.view_ownanswer"):
        raise PermissionDenied
    wanted = request.GET.get("bot", "")
    bot = Bot.objects.filter(pk=int(wanted)).first() if wanted.isdecimal() else None
    table = own_answers_csv(own_answers_to_export(bot))
    response = HttpResponse(table.encode("utf-8"), content_type="text/csv; charset=utf-8")
    name = f"own-answers-{bot.name}.csv" if bot else "own-answers.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
