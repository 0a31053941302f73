"""A golden question: what every trained model of a bot must answer well before it becomes active."""

from django.conf import settings
from django.db import models


def lines_of(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


class GoldenQuestion(models.Model):
    bot = models.ForeignKey("training.Bot", on_delete=models.CASCADE, related_name="golden_questions")
    question = models.CharField(max_length=1000)
    acceptable = models.TextField(
        "acceptable answers", blank=True, help_text="One a line; empty: any that has the words below."
    )
    must_occur = models.TextField(blank=True, help_text="Words or phrases that must all occur, one a line.")
    must_not_occur = models.TextField(blank=True, help_text="Words or phrases that must not, one a line.")
    is_on = models.BooleanField("on", default=True, help_text="Off: kept, and not asked.")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, editable=False, on_delete=models.SET_NULL
    )
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.question[:80]

    @property
    def acceptable_answers(self) -> list[str]:
        return lines_of(self.acceptable)

    @property
    def wanted_words(self) -> list[str]:
        return lines_of(self.must_occur)

    @property
    def unwanted_words(self) -> list[str]:
        return lines_of(self.must_not_occur)
