"""A bot: the name that people ask, pointing to the trained model that answers now and the one before."""

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from preprocessing.errors import SettingsError
from preprocessing.language import require_languages
from training.models.corpus import NAME_VALIDATOR

DEFAULT_BOT = "default"
DEFAULT_FALLBACK = "I do not know what to say to that."


def require_language(code: str) -> None:
    try:
        require_languages((code,))
    except SettingsError as error:
        raise ValidationError(str(error)) from None


class Bot(models.Model):
    name = models.CharField(max_length=64, unique=True, validators=[NAME_VALIDATOR])
    active = models.ForeignKey(
        "training.TrainedModel",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="active_for",
        help_text="The trained model that answers now.",
    )
    previous = models.ForeignKey(
        "training.TrainedModel",
        null=True,
        blank=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="previous_for",
    )
    fallback = models.CharField(
        max_length=1000,
        default=DEFAULT_FALLBACK,
        help_text="What the bot says where the trained model has no answer.",
    )
    threshold = models.FloatField(
        default=0.0,
        validators=[MinValueValidator(0.0), MaxValueValidator(1.0)],
        help_text="Below this confidence, from 0 to 1, the bot says its fallback sentence; 0 never.",
    )
    language = models.CharField(
        max_length=8,
        blank=True,
        default="",
        validators=[require_language],
        help_text="Language of all questions to this bot, such as en, zh or de; empty: found out for each.",
    )
    log_days = models.PositiveIntegerField(
        default=30, help_text="Days that questions and answers are kept; 0 keeps none."
    )
    # The gate: what a trained model must show before the bot answers from it.
    keeps_golden = models.BooleanField(
        "no golden question may be lost",
        default=True,
        help_text="A golden question that is answered well now must be so by the next trained model.",
    )
    most_recall_lost = models.FloatField(
        "recall@1 that may be lost",
        null=True,
        blank=True,
        default=0.02,
        validators=[MinValueValidator(0.0), MaxValueValidator(1.0)],
        help_text="By how much recall@1 of 10 may be lower than that of the active one, both evaluated on "
        "the same questions; empty: by any.",
    )
    # Grows with every change of an own answer, so that all processes notice.
    own_answers_version = models.PositiveIntegerField(default=0, editable=False)
    activated_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
