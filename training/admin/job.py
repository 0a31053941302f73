"""Jobs: how far they are, what they said, what they made; cancel, resume, delete."""

import hashlib
import json
from typing import Any

from csp.decorators import csp_update
from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified, JsonResponse
from django.urls import URLPattern, path
from django.utils.decorators import method_decorator
from django.utils.html import format_html

from training.admin.compare_runs import address_beside_others, compare_chart, compare_page, compare_selected
from training.admin.service_admin import ServiceAdmin
from training.models import Job
from training.services.job_report import job_report, log_end
from training.services.job_settings import job_settings
from training.services.jobs import job_cancel, job_delete, job_resume
from training.services.loss_curve import loss_curve_svg
from training.services.run_record import loss_curves, newest_samples


@admin.register(Job)
class JobAdmin(ServiceAdmin):
    list_display = ("id", "kind", "state_mark", "percent_done", "message", "created_at", "finished_at")
    list_display_links = ("id", "kind")
    list_filter = ("state", "kind")
    actions = (compare_selected,)
    views = {
        "status/": "status",
        "curve.svg": "curve",
        "cancel/": "cancel",
        "resume/": "resume",
    }

    class Media:
        css = {"all": ["training/admin.css"]}

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("compare/", view(compare_page), name="job_compare"),
            path("compare/losses.svg", view(compare_chart), name="job_compare_chart"),
            *super().get_urls(),
        ]

    @admin.display(description="state", ordering="state")
    def state_mark(self, job: Job) -> str:
        state = "stalled" if job.is_stalled else job.state
        return format_html('<span class="job-state {}">{}</span>', state, state)

    @admin.display(description="done")
    def percent_done(self, job: Job) -> str:
        return f"{job.percent} %"

    @admin.display
    def message(self, job: Job) -> str:
        return job.error_text[:100] or job.progress_message

    def page_context(self, request: HttpRequest, obj: Job) -> dict[str, Any]:
        return {
            "job": obj,
            "report": job_report(obj),
            "log": log_end(obj),
            "settings": job_settings(obj),
            "samples": newest_samples(obj.run_location),
            "compare": address_beside_others(obj) if obj.kind == Job.Kind.TRAIN else None,
            "may_change": request.user.has_perm("training.change_job"),
            "may_delete": self.has_delete_permission(request, obj) and obj.is_finished,
        }

    def status(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What the page asks for every 2 s; unchanged answers cost a 304."""
        job = self.row(request, pk)
        samples = newest_samples(job.run_location)
        content = {
            **job.as_json(),
            "report": job_report(job),
            "log": log_end(job),
            "samples": samples.exchanges if samples else [],
            "finished": job.is_finished,
        }
        etag = f'"{hashlib.sha256(json.dumps(content, default=str).encode()).hexdigest()[:32]}"'
        if request.headers.get("If-None-Match") == etag:
            return HttpResponseNotModified(headers={"ETag": etag})
        return JsonResponse(content, headers={"ETag": etag, "Cache-Control": "no-cache"})

    # A picture brings its own style, which the pages' policy would not let a browser apply.
    @method_decorator(csp_update({"style-src": ["'unsafe-inline'"]}))
    def curve(self, request: HttpRequest, pk: int) -> HttpResponse:
        svg = loss_curve_svg(loss_curves(self.row(request, pk).run_location).by_step)
        return HttpResponse(svg, content_type="image/svg+xml", headers={"Cache-Control": "no-cache"})

    def cancel(self, request: HttpRequest, pk: int) -> HttpResponse:
        self.require(request, "training.change_job")
        job = self.row(request, pk)

        def work() -> str:
            job_cancel(job=job)
            return f"Job {job.pk} is asked to stop."

        return self.do_and_return(request, pk, work)

    def resume(self, request: HttpRequest, pk: int) -> HttpResponse:
        self.require(request, "training.change_job")
        job = self.row(request, pk)
        made: list[Job] = []

        def work() -> str:
            made.append(job_resume(job=job, created_by=request.user))
            return f"Job {made[0].pk} goes on from the last checkpoint of job {job.pk}."

        response = self.do_and_return(request, pk, work)
        if made:
            response["Location"] = self.page("change", made[0].pk)
        return response

    def delete_by_service(self, obj: Job) -> None:
        job_delete(job=obj)
