"""Bots: which trained model answers, the one before, and what is said where there is no answer."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse

from training.admin.service_admin import ServiceAdmin
from training.models import Bot
from training.models.bot import DEFAULT_BOT
from training.services.gate import outcome
from training.services.gate_history import last_trials
from training.services.own_answers_corpus import own_answers_corpus
from training.services.switching import bot_switch_back


@admin.register(Bot)
class BotAdmin(ServiceAdmin):
    list_display = ("name", "language", "active", "previous", "activated_at")
    fieldsets = (
        (None, {"fields": ("name", "language", "fallback", "threshold", "log_days")}),
        (
            "What a trained model must show before the bot answers from it",
            {"fields": ("keeps_golden", "most_recall_lost")},
        ),
        ("What answers", {"fields": ("active", "previous", "activated_at")}),
    )
    views = {"roll-back/": "roll_back", "own-answers-corpus/": "own_answers_corpus"}

    class Media:
        css = {"all": ["training/admin.css"]}

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("training.add_bot"))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.has_perm("training.change_bot"))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # Requests that name no bot get the default one, so it stays.
        is_default = obj is not None and obj.name == DEFAULT_BOT
        return super().has_delete_permission(request, obj) and not is_default

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        # Which trained model answers is changed by the services alone, which remember the one before.
        pointers = ("active", "previous", "activated_at")
        return (*pointers, "name") if obj is not None else pointers

    def page_context(self, request: HttpRequest, obj: Bot) -> dict[str, Any]:
        return {"trials": [(trial, outcome(trial)) for trial in last_trials(obj)]}

    def roll_back(self, request: HttpRequest, pk: int) -> HttpResponse:
        self.require(request, "training.change_bot")
        bot = self.row(request, pk)
        return self.do_and_return(
            request, pk, lambda: f"Bot {bot} answers from {bot_switch_back(bot=bot)} again."
        )

    def own_answers_corpus(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Let the next training take the bot's own answers in."""
        self.require(request, "training.view_ownanswer")
        self.require(request, "training.add_corpus")
        bot = self.row(request, pk)

        def make() -> str:
            corpus, exchanges = own_answers_corpus(bot=bot)
            return (
                f"Corpus {corpus} holds {exchanges:,} exchanges. Choose it together with others in the list "
                "of corpora to make one dataset of them, with a weight each."
            )

        return self.do_and_return(request, pk, make)
