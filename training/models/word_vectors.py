"""Word vectors: a file that a job made, with what it took."""

from pathlib import Path

from django.db import models

from training.models.paths import absolute_path


class WordVectors(models.Model):
    name = models.CharField(max_length=64, db_index=True)
    dataset = models.ForeignKey(
        "training.Dataset", null=True, on_delete=models.SET_NULL, related_name="word_vectors"
    )
    job = models.ForeignKey("training.Job", null=True, on_delete=models.SET_NULL, related_name="word_vectors")
    path = models.CharField(max_length=1000, unique=True)
    words = models.PositiveIntegerField()
    size = models.PositiveIntegerField()
    summary = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "word vectors"
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.name} #{self.pk} ({self.words:,} words)"

    @property
    def location(self) -> Path:
        return absolute_path(self.path)
