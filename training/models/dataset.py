"""A dataset: texts, arrays and pickle made from a corpus; its folder is never changed afterwards."""

from pathlib import Path

from django.db import models

from training.models.paths import absolute_path


class Dataset(models.Model):
    name = models.CharField(max_length=64, db_index=True)
    corpora = models.ManyToManyField("training.Corpus", related_name="datasets")
    job = models.ForeignKey("training.Job", null=True, on_delete=models.SET_NULL, related_name="datasets")
    directory = models.CharField(max_length=1000, unique=True)
    max_length = models.PositiveIntegerField()
    exchanges = models.PositiveIntegerField()
    vocabulary_size = models.PositiveIntegerField()
    # What was read, kept, dropped and cut, by reason.
    summary = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.name} #{self.pk} ({self.exchanges:,} exchanges)"

    @property
    def location(self) -> Path:
        return absolute_path(self.directory)
