"""API keys: made here, shown once."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from api.models import SCOPES, ApiKey

if TYPE_CHECKING:
    KeyAdmin = admin.ModelAdmin[ApiKey]
else:
    # Generic for type checkers only.
    KeyAdmin = admin.ModelAdmin


class KeyForm(forms.ModelForm):  # type: ignore[type-arg]  # generic for type checkers only
    scopes = forms.MultipleChoiceField(
        choices=[(scope, f"{scope}: {told}") for scope, told in SCOPES.items()],
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text="What the key may do; none of these means to ask questions.",
    )


@admin.register(ApiKey)
class ApiKeyAdmin(KeyAdmin):
    form = KeyForm
    list_display = ("name", "owner", "prefix", "bot", "expires_at", "last_used_at", "created_at")
    fields = ("name", "bot", "scopes", "expires_at", "owner", "prefix", "last_used_at", "created_at")
    readonly_fields = ("owner", "prefix", "last_used_at", "created_at")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("name", "bot", "scopes", "expires_at") if obj is None else self.fields

    def save_model(self, request: HttpRequest, obj: ApiKey, form: Any, change: bool) -> None:
        if not change:
            obj.owner = request.user  # type: ignore[assignment]  # the admin lets nobody else in
            request.META["chatbot.new_api_key"] = obj.set_new_key()
        super().save_model(request, obj, form, change)

    def response_add(
        self, request: HttpRequest, obj: ApiKey, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Show the key on this page and nowhere else: a message would keep it in a cookie."""
        key = request.META.pop("chatbot.new_api_key")
        context = {**self.admin_site.each_context(request), "title": "New API key", "key": key, "row": obj}
        response = render(request, "api/new_api_key.html", context)
        response["Cache-Control"] = "no-store"
        return response
