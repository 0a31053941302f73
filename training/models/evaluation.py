"""An evaluation: how good a trained model was found to be, on which questions; the row is made at its end."""

from pathlib import Path

from django.db import models

from training.models.paths import absolute_path


class Evaluation(models.Model):
    trained_model = models.ForeignKey(
        "training.TrainedModel", on_delete=models.CASCADE, related_name="evaluations"
    )
    dataset = models.ForeignKey(
        "training.Dataset", null=True, on_delete=models.SET_NULL, related_name="evaluations"
    )
    job = models.ForeignKey("training.Job", null=True, on_delete=models.SET_NULL, related_name="evaluations")
    # What was asked, as a person would say it: a dataset's split, or a file.
    source = models.CharField(max_length=300)
    # The folder with report.json and cases.jsonl, below the data directory.
    directory = models.CharField(max_length=1000, unique=True)
    # The report's main figures, to list and to compare without opening it.
    figures = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.trained_model} on {self.source}"

    @property
    def location(self) -> Path:
        return absolute_path(self.directory)
