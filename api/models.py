"""The one table of the API: keys. Only a digest is kept; the key itself is shown once."""

import hashlib
import secrets

from django.conf import settings
from django.db import models
from django.utils import timezone

PREFIX_LENGTH = 8
# What a key may be made for; one that names nothing may ask.
SCOPES = {
    "ask": "ask questions",
    "teach": "say better answers",
    "manage": "choose the trained models of bots, where its owner may",
}


def digest(key: str) -> str:
    """Return the SHA-256 of a key; keys are long random strings, so a slow hash adds nothing."""
    return hashlib.sha256(key.encode("utf-8")).hexdigest()


class ApiKey(models.Model):
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=100, help_text="What uses this key.")
    prefix = models.CharField(max_length=PREFIX_LENGTH, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    scopes = models.JSONField(default=list, blank=True)
    bot = models.ForeignKey(
        "training.Bot",
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        help_text="The only bot that this key may ask; empty allows all.",
    )
    origins = models.JSONField(default=list, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True, help_text="Empty: never.")
    last_used_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    @property
    def is_expired(self) -> bool:
        return self.expires_at is not None and self.expires_at <= timezone.now()

    def set_new_key(self) -> str:
        """Give this row a fresh key and return it: the only moment at which it is known."""
        key = secrets.token_urlsafe(32)
        self.prefix, self.digest = key[:PREFIX_LENGTH], digest(key)
        return key
