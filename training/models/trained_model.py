"""A trained model: a bundle that passed its checks and can answer. The row is made only then."""

from pathlib import Path

from django.db import models

from training.models.paths import absolute_path


class TrainedModel(models.Model):
    name = models.CharField(max_length=200, unique=True)
    architecture = models.CharField(max_length=32)
    dataset = models.ForeignKey(
        "training.Dataset", null=True, on_delete=models.SET_NULL, related_name="trained_models"
    )
    job = models.ForeignKey(
        "training.Job", null=True, on_delete=models.SET_NULL, related_name="trained_models"
    )
    # The bundle's folder.
    directory = models.CharField(max_length=1000, unique=True)
    metrics = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.name

    @property
    def location(self) -> Path:
        return absolute_path(self.directory)
