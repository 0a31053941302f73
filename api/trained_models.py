"""The trained models that can be asked by name."""

from typing import Any

from training.models import TrainedModel


def trained_models() -> list[dict[str, Any]]:
    """Return them, newest first, with the names of the bots that answer from each."""
    rows = TrainedModel.objects.prefetch_related("active_for")
    return [
        {
            "name": row.name,
            "architecture": row.architecture,
            "created_at": row.created_at,
            "active_for": [bot.name for bot in row.active_for.all()],
        }
        for row in rows
    ]
