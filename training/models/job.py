"""A job: any long work, as a row that says who does it, how far it is and how it ended.

The row is the truth. Its state changes only through the conditional updates of training/services.
"""

from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone

from training.models.paths import absolute_path

STALLED_AFTER = timedelta(minutes=15)


class Job(models.Model):
    class Kind(models.TextChoices):
        PREPROCESS = "preprocess"
        TRAIN = "train"
        SELECT = "select"
        WORD_VECTORS = "word_vectors"
        EXPORT = "export"
        EVALUATE = "evaluate"

    class State(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        SUCCEEDED = "succeeded"
        FAILED = "failed"
        CANCELLED = "cancelled"

    UNFINISHED = (State.QUEUED, State.RUNNING)

    kind = models.CharField(max_length=32, choices=Kind.choices)
    parameters = models.JSONField(default=dict)
    state = models.CharField(max_length=16, choices=State.choices, default=State.QUEUED, db_index=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL)
    # A resumed job, or a step of a chain, knows where it came from.
    parent = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="children")

    # The fence: every write of a running job names attempt and owner.
    attempt = models.PositiveIntegerField(default=1)
    owner = models.CharField(max_length=200, blank=True, default="")
    heartbeat_at = models.DateTimeField(null=True)
    # Deaths in a row without a newer checkpoint, and the step of the newest one.
    deaths = models.PositiveIntegerField(default=0)
    saved_step = models.PositiveBigIntegerField(default=0)

    created_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    progress_done = models.PositiveBigIntegerField(default=0)
    progress_total = models.PositiveBigIntegerField(default=0)
    progress_unit = models.CharField(max_length=32, blank=True, default="")
    progress_message = models.CharField(max_length=500, blank=True, default="")
    progress_at = models.DateTimeField(null=True)
    # What only some kinds have: loss, epoch, steps per second, seconds left.
    metrics = models.JSONField(default=dict)

    cancel_requested = models.BooleanField(default=False)
    error_code = models.CharField(max_length=64, blank=True, default="")
    error_text = models.TextField(blank=True, default="")
    run_directory = models.CharField(max_length=1000, blank=True, default="")

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.kind} #{self.pk}"

    @property
    def is_finished(self) -> bool:
        return self.state not in self.UNFINISHED

    @property
    def is_stalled(self) -> bool:
        """Whether the process lives but has not come a step further for a long time."""
        newest = self.progress_at or self.started_at
        return (
            self.state == self.State.RUNNING
            and newest is not None
            and timezone.now() - newest > STALLED_AFTER
        )

    @property
    def percent(self) -> int:
        if self.state == self.State.SUCCEEDED:
            return 100
        if not self.progress_total:
            return 0
        return min(100, 100 * self.progress_done // self.progress_total)

    @property
    def log_file(self) -> Path:
        return Path(settings.DATA_DIR) / "logs" / f"job-{self.pk}.log"

    @property
    def run_location(self) -> Path | None:
        return absolute_path(self.run_directory) if self.run_directory else None

    def as_json(self) -> dict[str, Any]:
        """What the admin's page, the commands' --json and --follow show."""
        return {
            "id": self.pk,
            "kind": self.kind,
            "state": self.state,
            "attempt": self.attempt,
            "stalled": self.is_stalled,
            "cancel_requested": self.cancel_requested,
            "percent": self.percent,
            "done": self.progress_done,
            "total": self.progress_total,
            "unit": self.progress_unit,
            "message": self.progress_message,
            "metrics": self.metrics,
            "error_code": self.error_code,
            "error_text": self.error_text,
            "run_directory": self.run_directory,
            "datasets": [dataset.pk for dataset in self.datasets.all()],
            "corpora": [corpus.pk for corpus in self.corpora.all()],
            "word_vectors": [vectors.pk for vectors in self.word_vectors.all()],
            "trained_models": [trained.pk for trained in self.trained_models.all()],
            "evaluations": [evaluation.pk for evaluation in self.evaluations.all()],
        }
