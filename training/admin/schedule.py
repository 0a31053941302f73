"""Schedules: what begins by itself once a day, and a button to begin it now."""

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse

from preprocessing.errors import ChatbotError
from training.admin.service_admin import ServiceAdmin
from training.models import Schedule
from training.services.schedules import schedule_run, schedule_save


@admin.register(Schedule)
class ScheduleAdmin(ServiceAdmin):
    list_display = ("__str__", "is_on", "next_begin", "last_at", "last_outcome")
    list_filter = ("bot", "work", "is_on")
    list_select_related = ("bot",)
    readonly_fields = ("next_begin", "last_at", "last_outcome")
    views = {"run/": "run"}
    deletes_selected = True

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("training.add_schedule"))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.has_perm("training.change_schedule"))

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        description = f"Once a day, at hour and minute of the server's clock ({settings.TIME_ZONE})."
        chosen = ("bot", "work", "hour", "minute", "is_on")
        fields = chosen if obj is None else (*chosen, *self.readonly_fields)
        return [(None, {"fields": fields, "description": description})]

    @admin.display(description="begins next", ordering="next_at")
    def next_begin(self, schedule: Schedule) -> Any:
        return schedule.next_at if schedule.is_on else None

    def save_model(self, request: HttpRequest, obj: Schedule, form: Any, change: bool) -> None:
        schedule_save(schedule=obj)

    def run(self, request: HttpRequest, pk: int) -> HttpResponse:
        self.require(request, "training.change_schedule")
        schedule = self.row(request, pk)

        def work() -> str:
            ran = schedule_run(schedule=schedule)
            if not ran.is_done:
                raise ChatbotError(ran.outcome)
            return ran.outcome

        return self.do_and_return(request, pk, work)
