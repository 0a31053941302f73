"""What the admin pages share: rows that only services change, buttons that post, errors in words."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse

from preprocessing.errors import ChatbotError

if TYPE_CHECKING:
    AnyAdmin = admin.ModelAdmin[Any]
else:
    # Generic for type checkers only.
    AnyAdmin = admin.ModelAdmin


class ServiceAdmin(AnyAdmin):
    """Rows are made, changed and deleted by services; Django's own ways around them are closed."""

    # URL suffix -> method of the class; each takes (request, pk).
    views: dict[str, str] = {}
    # Whether several rows may be deleted at once; each goes through the service all the same.
    deletes_selected = False

    def get_urls(self) -> list[URLPattern]:
        own = [
            path(
                f"<int:pk>/{suffix}",
                self.admin_site.admin_view(getattr(self, method)),
                name=f"{self.opts.model_name}_{method}",
            )
            for suffix, method in self.views.items()
        ]
        return [*own, *super().get_urls()]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        found: dict[str, Any] = super().get_actions(request)
        if not self.deletes_selected:
            # Where it takes long or can be refused, as files and jobs can, one at a time.
            found.pop("delete_selected", None)
        return found

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        obj = self.get_object(request, object_id)
        context = dict(extra_context or {})
        if obj is not None and self.has_view_permission(request, obj):
            context |= self.page_context(request, obj)
        response: HttpResponse = super().change_view(request, object_id, form_url, context)
        return response

    def page_context(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        """Return what a row's page shows beside its fields; asked only for who may see it."""
        return {}

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        try:
            response: HttpResponse = super().delete_view(request, object_id, extra_context)
        except ChatbotError as error:
            messages.error(request, str(error))
            return redirect(self.page("change", object_id))
        return response

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        self.delete_by_service(obj)

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        with transaction.atomic():
            for obj in queryset:
                self.delete_by_service(obj)

    def delete_by_service(self, obj: Any) -> None:
        obj.delete()

    def page(self, name: str, *arguments: Any) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{name}", args=arguments)

    def button(self, method: str, pk: int) -> str:
        """Return the address of one of the class' own views."""
        return reverse(f"admin:{self.opts.model_name}_{method}", args=[pk])

    def row(self, request: HttpRequest, pk: int) -> Any:
        """Return the row, or end the request: a list page with a message where there is none."""
        obj = self.get_object(request, str(pk))
        if obj is None or not self.has_view_permission(request, obj):
            raise PermissionDenied
        return obj

    def require(self, request: HttpRequest, permission: str) -> None:
        """Refuse a button to whoever lacks Django's permission for what it makes or changes."""
        if not request.user.has_perm(permission):
            raise PermissionDenied

    def do_and_return(
        self, request: HttpRequest, pk: int, work: Callable[[], str], to: str | None = None
    ) -> HttpResponse:
        """Do a button's work and say how it went on the row's page."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        try:
            messages.success(request, work())
        except ChatbotError as error:
            messages.error(request, str(error))
        return redirect(to or self.page("change", pk))
