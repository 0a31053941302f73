"""A blind comparison: two trained models answer the same questions, people choose without knowing whose."""

from django.conf import settings
from django.db import models


class BlindComparison(models.Model):
    name = models.CharField(max_length=100)
    one = models.ForeignKey("training.TrainedModel", on_delete=models.CASCADE, related_name="+")
    other = models.ForeignKey("training.TrainedModel", on_delete=models.CASCADE, related_name="+")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, editable=False, on_delete=models.SET_NULL
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.name


class BlindPair(models.Model):
    """A question with both answers, written down when the comparison is made: all people see the same."""

    comparison = models.ForeignKey(BlindComparison, on_delete=models.CASCADE, related_name="pairs")
    number = models.PositiveIntegerField()
    question = models.TextField()
    answer_of_one = models.TextField()
    answer_of_other = models.TextField()

    class Meta:
        ordering = ["comparison", "number"]
        constraints = [models.UniqueConstraint(fields=["comparison", "number"], name="blind_pair_once")]

    def __str__(self) -> str:
        return self.question[:80]


class BlindChoice(models.Model):
    """What one person chose for one pair."""

    class Choice(models.TextChoices):
        ONE = "one"
        OTHER = "other"
        NEITHER_BETTER = "neither", "neither is better"
        BOTH_BAD = "both_bad", "both are bad"

    pair = models.ForeignKey(BlindPair, on_delete=models.CASCADE, related_name="choices")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    choice = models.CharField(max_length=16, choices=Choice.choices)
    at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["pair", "person"], name="blind_choice_once")]

    def __str__(self) -> str:
        return self.choice
