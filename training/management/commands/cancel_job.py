"""manage.py cancel_job ID."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from training.errors import JobStateError
from training.models import Job
from training.services.jobs import job_cancel


class Command(BaseCommand):
    help = "Cancel a queued or running job; a training keeps its last checkpoint."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("job", type=int, help="The job's id.")

    def handle(self, *, job: int, **_: Any) -> None:
        try:
            job_cancel(job=Job.objects.get(pk=job))
        except (Job.DoesNotExist, JobStateError) as error:
            raise CommandError(str(error)) from None
