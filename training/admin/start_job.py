"""The page with a form that starts a job."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from preprocessing.errors import ChatbotError
from training.admin.parameter_form import given_values
from training.services.jobs import job_queue


def start_job_page(
    request: HttpRequest,
    *,
    title: str,
    form_class: type[forms.Form],
    kind: str,
    fixed: dict[str, Any],
    back: str,
    notes: Sequence[str] = (),
) -> HttpResponse:
    """Show the form; a good one queues a job with the fixed parameters added and leads to its page.

    `notes` are what people should know before they start.
    """
    form = form_class(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            job = job_queue(kind=kind, parameters={**given_values(form), **fixed}, created_by=request.user)
        except ChatbotError as error:
            named = getattr(error, "setting", "")
            form.add_error(named if named in form.fields else None, str(error))
        else:
            messages.success(request, f"Job {job.pk} is queued.")
            return redirect(reverse("admin:training_job_change", args=[job.pk]))
    context = {**admin.site.each_context(request), "title": title, "form": form, "back": back, "notes": notes}
    return render(request, "training/start_job.html", context)
