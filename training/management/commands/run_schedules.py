"""manage.py run_schedules: what schedules say is done now, in this process."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from training.models import Schedule
from training.services.schedules import Ran, schedule_run, schedules_claim


class Command(BaseCommand):
    help = (
        "Do what the schedules that are due say, once; the sweeper does so by itself. "
        "Exit status 1: something could not be done."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--all", action="store_true", help="All that are on, whatever the time; when they are due stays."
        )
        parser.add_argument("--json", action="store_true", help="Print what came out as JSON.")

    def handle(self, **options: Any) -> None:
        on = Schedule.objects.filter(is_on=True).select_related("bot")
        ran = [schedule_run(schedule=each) for each in (on if options["all"] else schedules_claim())]
        if options["json"]:
            self.stdout.write(json.dumps([as_json(each) for each in ran]))
        else:
            lines = [f"{each.schedule}: {each.outcome}" for each in ran]
            self.stdout.write("\n".join(lines) or "No schedule is due.")
        if not all(each.is_done for each in ran):
            raise CommandError("Something could not be done; what came out says why.")


def as_json(ran: Ran) -> dict[str, Any]:
    return {
        "id": ran.schedule.pk,
        "bot": ran.schedule.bot.name,
        "work": ran.schedule.work,
        "outcome": ran.outcome,
        "done": ran.is_done,
    }
