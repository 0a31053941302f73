"""A dictionary: words that people add to how Chinese is cut, for the datasets that name it."""

from django.core.exceptions import ValidationError
from django.db import models

from preprocessing.errors import VocabularyError
from preprocessing.user_words import parse_user_words
from training.models.corpus import NAME_VALIDATOR


class Dictionary(models.Model):
    name = models.CharField(max_length=64, unique=True, validators=[NAME_VALIDATOR])
    words = models.TextField(
        max_length=20_000_000,
        help_text="A word a line, and if you like its frequency and part of speech: 云计算 500 n",
    )
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name_plural = "dictionaries"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse words that could not be used, here rather than in a job."""
        try:
            parse_user_words(self.words, self.name)
        except VocabularyError as error:
            raise ValidationError({"words": str(error)}) from None
