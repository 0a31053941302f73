"""manage.py resume_job ID: a failed or cancelled job goes on from its last checkpoint, as a new row."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from training.errors import JobStateError
from training.management.job_command import JobCommand
from training.models import Job
from training.services.jobs import job_resume


class Command(JobCommand):
    help = "Go on with a failed or cancelled job from its last checkpoint."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("job", type=int, help="The job's id.")
        self.add_job_arguments(parser)

    def handle(self, *, job: int, **options: Any) -> None:
        try:
            resumed = job_resume(job=Job.objects.get(pk=job), send=not options["here"])
        except (Job.DoesNotExist, JobStateError) as error:
            raise CommandError(str(error), returncode=2) from None
        self.see_job_through(resumed, options)
