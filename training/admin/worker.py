"""Workers: who is there to do jobs."""

from django.contrib import admin
from django.http import HttpRequest

from training.admin.service_admin import ServiceAdmin
from training.models import Worker


@admin.register(Worker)
class WorkerAdmin(ServiceAdmin):
    list_display = ("name", "present", "queues", "started_at", "seen_at")

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    @admin.display(boolean=True)
    def present(self, worker: Worker) -> bool:
        return worker.is_present
