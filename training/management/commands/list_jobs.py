"""manage.py list_jobs: the newest jobs and how they are."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from training.management.job_command import describe_job
from training.models import Job
from training.terminal import describe_metrics


class Command(BaseCommand):
    help = "Show the newest jobs."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--limit", type=int, default=20, help="How many. Default: 20.")
        parser.add_argument("--json", action="store_true", help="Print them as JSON.")

    def handle(self, *, limit: int, json: bool, **_: Any) -> None:
        jobs = list(Job.objects.all()[:limit])
        self.stdout.write(as_json(jobs) if json else "\n".join(map(as_line, jobs)) or "No job yet.")


def as_json(jobs: list[Job]) -> str:
    return json.dumps([job.as_json() for job in jobs])


def as_line(job: Job) -> str:
    if job.is_finished:
        return f"{describe_job(job)}{'; ' + job.error_text if job.error_text else ''}"
    return f"{describe_job(job)}, {job.percent} %, {describe_metrics(job.progress_message, job.metrics)}"
