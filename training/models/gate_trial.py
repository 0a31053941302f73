"""A gate trial: what a bot's gate found about a trained model that was to become active."""

from django.conf import settings
from django.db import models


class GateTrial(models.Model):
    bot = models.ForeignKey("training.Bot", on_delete=models.CASCADE, related_name="gate_trials")
    trained_model = models.ForeignKey(
        "training.TrainedModel", on_delete=models.CASCADE, related_name="gate_trials"
    )
    passed = models.BooleanField()
    # Each golden question with the answers of both trained models, and the measures that were compared.
    findings = models.JSONField(default=dict)
    overridden_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    # Why somebody activated it all the same.
    note = models.CharField(max_length=500, blank=True, default="")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.trained_model} for {self.bot}: {'passed' if self.passed else 'failed'}"
