"""A worker's presence: written by a thread of its parent process while it lives."""

from datetime import timedelta

from django.db import models
from django.utils import timezone

PRESENT_WITHIN = timedelta(seconds=30)


class Worker(models.Model):
    name = models.CharField(max_length=200, unique=True)
    host = models.CharField(max_length=200)
    process_id = models.PositiveIntegerField()
    queues = models.JSONField(default=list)
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def is_present(self) -> bool:
        return timezone.now() - self.seen_at < PRESENT_WITHIN
