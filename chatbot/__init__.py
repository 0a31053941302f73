"""The Django project: wiring only."""

from chatbot.celery import app as celery_app

__all__ = ["celery_app"]
