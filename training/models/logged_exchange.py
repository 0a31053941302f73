"""A line of the conversation log: what was asked and what was answered."""

from django.conf import settings
from django.db import models

# Below this confidence an answer is looked at, whatever the bot's threshold.
LEAST_SURE = 0.3
TO_REVIEW = models.Q(is_reviewed=False) & (
    models.Q(fallback=True) | models.Q(rating=-1) | models.Q(confidence__lt=LEAST_SURE)
)


class LoggedExchange(models.Model):
    """`id` is the one that the answer went out with, so that feedback finds it."""

    id = models.CharField(primary_key=True, max_length=64)
    bot = models.ForeignKey("training.Bot", on_delete=models.CASCADE, related_name="logged_exchanges")
    model_name = models.CharField(max_length=200)
    # A digest: who knows it cannot go on with the conversation.
    session = models.CharField(max_length=64, blank=True, default="")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL)
    question = models.TextField()
    answer = models.TextField()
    source = models.CharField(max_length=16)
    confidence = models.FloatField(null=True)
    fallback = models.BooleanField(default=False)
    milliseconds = models.PositiveIntegerField()
    # 1 for good, -1 for bad, 0 for nothing said.
    rating = models.SmallIntegerField(default=0)
    # Whether somebody looked at it on the review list.
    is_reviewed = models.BooleanField(default=False)
    at = models.DateTimeField(db_index=True)

    class Meta:
        ordering = ["-at"]
        indexes = [
            models.Index(fields=["bot", "-at"], name="logged_exchange_of_bot"),
            # The review list's two questions, word for word: few of a million rows are in either.
            models.Index(fields=["bot", "-at"], name="exchange_to_review", condition=TO_REVIEW),
            models.Index(fields=["bot", "-at"], name="exchange_rated_good", condition=models.Q(rating=1)),
        ]

    def __str__(self) -> str:
        return self.question[:80]
