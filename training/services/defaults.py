"""What forms and commands offer first: config.ini where it speaks, else the dataclasses' own defaults."""

from typing import Any

from django.conf import settings


def default_preprocess_parameters() -> dict[str, Any]:
    configured = settings.CONFIGURATION.corpus_max_length
    return {"max_length": configured} if configured else {}


def default_train_parameters() -> dict[str, Any]:
    return dict(settings.CONFIGURATION.hyperparameters or {})
