"""An own answer: what a person wrote for a bot to say to a question, in any of its wordings."""

from django.conf import settings
from django.db import models


class OwnAnswer(models.Model):
    """Said first and at once, without training; the next training may take it in as a corpus."""

    bot = models.ForeignKey("training.Bot", on_delete=models.CASCADE, related_name="own_answers")
    questions = models.TextField(help_text="Ways to ask, one a line.")
    answer = models.TextField(help_text="What the bot says, letter by letter.")
    is_on = models.BooleanField("on", default=True, help_text="Off: kept, and not said.")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, editable=False, on_delete=models.SET_NULL
    )
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.wordings[0] if self.wordings else self.answer[:60]

    @property
    def wordings(self) -> list[str]:
        return [line.strip() for line in self.questions.splitlines() if line.strip()]
