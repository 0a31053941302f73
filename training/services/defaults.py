"""What forms and commands offer first: config.ini where it speaks, else the dataclasses' own defaults."""

from dataclasses import fields
from typing import Any

from django.conf import settings

from training.parameters import Hyperparameters


def default_preprocess_parameters() -> dict[str, Any]:
    configured = settings.CONFIGURATION.corpus_max_length
    return {"max_length": configured} if configured else {}


def default_train_parameters() -> dict[str, Any]:
    configured = dict(settings.CONFIGURATION.hyperparameters or {})
    return {**configured, "kept": tuple(configured)} if configured else {}


def with_given(defaults: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """Return the parameters of a training in which a preset leaves alone what somebody gave."""
    known = {spec.name for spec in fields(Hyperparameters)} - {"preset", "kept"}
    named = [*defaults.get("kept", ()), *given.get("kept", ()), *(name for name in given if name in known)]
    return {**defaults, **given, "kept": tuple(dict.fromkeys(named))}
