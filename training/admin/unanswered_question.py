"""Questions that a bot had no answer to: a list to work through, most asked first."""

from urllib.parse import urlencode

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html

from training.admin.service_admin import ServiceAdmin
from training.models import UnansweredQuestion
from training.services.own_answers import in_one_line


@admin.register(UnansweredQuestion)
class UnansweredQuestionAdmin(ServiceAdmin):
    """Answering one or deleting it, as not needed, takes it from the list."""

    list_display = ("text", "times", "bot", "last_at", "answer_link")
    list_filter = ("bot",)
    list_select_related = ("bot",)
    search_fields = ("text",)
    fields = ("text", "times", "bot", "first_at", "last_at", "answer_link")
    readonly_fields = fields
    deletes_selected = True

    @admin.display(description="")
    def answer_link(self, unanswered: UnansweredQuestion) -> str:
        question = in_one_line(unanswered.text)
        filled = urlencode({"bot": unanswered.bot_id, "questions": question, "unanswered": unanswered.pk})
        address = f"{reverse('admin:training_ownanswer_add')}?{filled}"
        return format_html('<a class="button" href="{}">Answer it</a>', address)
