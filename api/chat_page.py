"""The chat page. Its script asks the API; without one its form works too, a question at a time."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from rest_framework.exceptions import ValidationError

from api.answering import question_answer
from api.asker import Asker
from api.errors import describe
from api.interface_texts import error_in, language_of
from api.serializers import QuestionSerializer
from preprocessing.errors import ChatbotError
from training.models import Bot
from training.models.bot import DEFAULT_BOT

# How many answers the page lets people choose from.
NUMBERS_OF_ANSWERS = (1, 3, 5)
LONGEST_NUMBER = 4


@login_required
def chat(request: HttpRequest) -> HttpResponse:
    response = page_of(request)
    patch_vary_headers(response, ["Accept-Language"])
    return response


def page_of(request: HttpRequest) -> HttpResponse:
    """Return the page of the bot that the form or the address names."""
    given = request.POST if request.method == "POST" else request.GET
    bot, bots = given.get("bot") or DEFAULT_BOT, list(Bot.objects.values_list("name", flat=True))
    context: dict[str, Any] = {"bot": bot, "bots": bots}
    if bot not in bots:
        return render(request, "api/no_such_bot.html", context, status=404)
    exchange = exchange_of(request, bot) if request.method == "POST" else None
    context |= {"exchange": exchange, "numbers_of_answers": NUMBERS_OF_ANSWERS}
    return render(request, "api/chat.html", context)


def exchange_of(request: HttpRequest, bot: str) -> dict[str, Any]:
    """Return what the form asked and what was answered, or what was wrong."""
    message = request.POST.get("message", "")
    # Python refuses to read numbers of thousands of digits.
    answers = request.POST.get("answers", "1")[:LONGEST_NUMBER]
    given = {"bot": bot, "message": message, "answers": int(answers) if answers.isdecimal() else 1}
    serializer = QuestionSerializer(data=given)
    try:
        serializer.is_valid(raise_exception=True)
        reply = question_answer(question=serializer.validated_data, asker=Asker(request.user.pk))
    except (ValidationError, ChatbotError) as error:
        described = describe(error)
        if described is None:
            raise
        return {**given, "error": error_in(language_of(request), *described)}
    return {**given, "reply": reply}
