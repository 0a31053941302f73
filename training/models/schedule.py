"""A schedule: work that begins by itself once a day; the sweeper's process starts it."""

from django.core.validators import MaxValueValidator
from django.db import models


class Schedule(models.Model):
    class Work(models.TextChoices):
        GOLDEN = "golden", "ask the golden questions"
        EVALUATE = "evaluate", "evaluate the active trained model"

    bot = models.ForeignKey("training.Bot", on_delete=models.CASCADE, related_name="schedules")
    work = models.CharField(max_length=16, choices=Work.choices)
    hour = models.PositiveSmallIntegerField(default=3, validators=[MaxValueValidator(23)])
    minute = models.PositiveSmallIntegerField(default=0, validators=[MaxValueValidator(59)])
    is_on = models.BooleanField("on", default=True)
    # When it begins next; claimed by a conditional update, so that of several sweepers one starts it.
    next_at = models.DateTimeField(editable=False)
    last_at = models.DateTimeField(null=True, editable=False)
    last_outcome = models.CharField(max_length=500, blank=True, default="", editable=False)

    class Meta:
        ordering = ["hour", "minute", "pk"]

    def __str__(self) -> str:
        return f"{self.hour:02}:{self.minute:02} {self.get_work_display()} ({self.bot})"
