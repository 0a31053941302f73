"""Own answers: what people want a bot to say, written here or brought in as a table."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest
from django.urls import URLPattern

from preprocessing.errors import SettingsError
from training.admin.own_answer_csv import OWN_ANSWER_PAGES
from training.admin.service_admin import ServiceAdmin
from training.models import OwnAnswer, UnansweredQuestion
from training.services.own_answers import (
    own_answer_check,
    own_answer_delete,
    own_answer_save,
    own_answers_switch,
)

SHOWN_CHARACTERS = 80

if TYPE_CHECKING:
    OwnAnswerModelForm = forms.ModelForm[OwnAnswer]
else:
    # Generic for type checkers only.
    OwnAnswerModelForm = forms.ModelForm


class OwnAnswerForm(OwnAnswerModelForm):
    class Meta:
        model = OwnAnswer
        fields = ("bot", "questions", "answer", "is_on")

    def _post_clean(self) -> None:
        """Let the service's check mark the fields that it speaks of."""
        super()._post_clean()  # type: ignore[misc]  # not in the stubs
        if self.errors:
            return
        try:
            own_answer_check(self.instance)
        except SettingsError as error:
            self.add_error(error.setting or None, str(error))


@admin.register(OwnAnswer)
class OwnAnswerAdmin(ServiceAdmin):
    form = OwnAnswerForm
    list_display = ("__str__", "shown_answer", "bot", "is_on", "changed_at", "created_by")
    list_filter = ("bot", "is_on")
    list_select_related = ("bot", "created_by")
    search_fields = ("questions", "answer")
    fields = ("bot", "questions", "answer", "is_on")
    actions = ("switch_on", "switch_off")
    deletes_selected = True

    def get_urls(self) -> list[URLPattern]:
        return [*OWN_ANSWER_PAGES.urls(self.admin_site.admin_view), *super().get_urls()]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("training.add_ownanswer"))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.has_perm("training.change_ownanswer"))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        # The bot that it leaves would not notice.
        return ("bot",) if obj is not None else ()

    @admin.display(description="answer")
    def shown_answer(self, own_answer: OwnAnswer) -> str:
        text = own_answer.answer
        return text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}…"

    def save_model(self, request: HttpRequest, obj: OwnAnswer, form: Any, change: bool) -> None:
        if not change:
            obj.created_by_id = request.user.pk
        own_answer_save(own_answer=obj)
        # The question that this form was opened for, whose words may have been changed in it.
        answered = request.GET.get("unanswered", "")
        if not change and answered.isdecimal():
            UnansweredQuestion.objects.filter(pk=int(answered), bot_id=obj.bot_id).delete()

    def delete_by_service(self, obj: OwnAnswer) -> None:
        own_answer_delete(own_answer=obj)

    @admin.action(description="Switch selected own answers on", permissions=["change"])
    def switch_on(self, request: HttpRequest, chosen: Any) -> None:
        number = own_answers_switch(own_answers=chosen, on=True)
        messages.success(request, f"Switched on: {number}. They are said from now on.")

    @admin.action(description="Switch selected own answers off", permissions=["change"])
    def switch_off(self, request: HttpRequest, chosen: Any) -> None:
        number = own_answers_switch(own_answers=chosen, on=False)
        messages.success(request, f"Switched off: {number}. They are kept and no longer said.")
