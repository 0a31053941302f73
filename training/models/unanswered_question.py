"""A question to which a bot had no answer that it was sure enough of: a list for people to work through."""

from django.db import models


class UnansweredQuestion(models.Model):
    bot = models.ForeignKey("training.Bot", on_delete=models.CASCADE, related_name="unanswered_questions")
    # Words alone, so that the same question is there once.
    letters = models.CharField(max_length=500)
    text = models.CharField(max_length=1000)
    times = models.PositiveIntegerField(default=1)
    first_at = models.DateTimeField(auto_now_add=True)
    last_at = models.DateTimeField()

    class Meta:
        ordering = ["-times", "-last_at"]
        constraints = [models.UniqueConstraint(fields=["bot", "letters"], name="unanswered_question_once")]

    def __str__(self) -> str:
        return self.text[:80]
