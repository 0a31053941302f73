"""HTTP in, HTTP out."""

from importlib import import_module

from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "api"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # The schema's extensions register themselves when they are imported.
        import_module("api.schema")
