"""The review list: groups of questions as cards, each answered, or put aside, in one click."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse

from preprocessing.errors import ChatbotError
from training.models import Bot
from training.models.bot import DEFAULT_BOT
from training.services.review_list import ReviewGroup, review_groups
from training.services.review_questions import DEFAULT_DAYS, Reason
from training.services.review_suggestions import AnswersToSuggest, suggested_answer
from training.services.reviewing import (
    Review,
    review_group_answer,
    review_group_dismiss,
    review_take_back,
)

GROUPS_A_PAGE = 20
DAYS = (7, DEFAULT_DAYS, 90, 365)
REASONS = {
    Reason.FALLBACK: "fallbacks",
    Reason.BAD: "bad ratings",
    Reason.UNSURE: "low confidence",
}
# Where a session keeps the last review, for the button that takes it back.
LAST_REVIEW = "last_review"
LONGEST_KEY = 100
SHOWN_CHARACTERS = 80


@dataclass(frozen=True)
class Wanted:
    """What an address asks to see; what it says wrongly is as if it said nothing."""

    bot: Bot
    days: int
    reasons: frozenset[Reason]

    @classmethod
    def of(cls, given: QueryDict) -> Self | None:
        named = given.get("bot", "")
        bots = Bot.objects.order_by("name")
        bot = bots.filter(pk=int(named)).first() if named.isdecimal() and len(named) < 19 else None
        bot = bot or bots.filter(name=DEFAULT_BOT).first() or bots.first()
        if bot is None:
            return None
        days = given.get("days", "")
        reasons = frozenset(Reason(name) for name in given.getlist("reason") if name in REASONS)
        known_days = int(days) if days in map(str, DAYS) else DEFAULT_DAYS
        return cls(bot, known_days, reasons or frozenset(Reason))


class KeysField(forms.MultipleChoiceField):
    """Keys of questions; whether there are such questions, the service looks up."""

    def valid_value(self, value: str) -> bool:
        return len(value) <= LONGEST_KEY


class ReviewForm(forms.Form):
    """What a card sends: its ticked questions, and the answer that was written or chosen."""

    question = KeysField(required=False)
    answer = forms.CharField(required=False)
    suggestion = forms.CharField(required=False, max_length=LONGEST_KEY)
    card = forms.IntegerField(min_value=1, max_value=GROUPS_A_PAGE)


def review_page(request: HttpRequest) -> HttpResponse:
    if not request.user.has_perm("training.view_loggedexchange"):
        raise PermissionDenied
    wanted = Wanted.of(request.GET)
    if request.method != "POST" or wanted is None:
        return show(request, wanted)
    if not request.user.has_perm("training.add_ownanswer"):
        raise PermissionDenied
    form = ReviewForm(request.POST)
    button = BUTTONS.get(request.POST.get("do", "answer"))
    if button is None or not form.is_valid():
        return HttpResponseBadRequest("A card must be sent as the review list shows it.")
    try:
        messages.success(request, button(request, wanted.bot, form))
    except ChatbotError as error:
        messages.error(request, str(error))
        return show(request, wanted, form)
    # What comes next has moved to where this card was.
    card = form.cleaned_data["card"]
    return redirect(f"{reverse('admin:review_list')}?{request.GET.urlencode()}#card-{card}")


def show(request: HttpRequest, wanted: Wanted | None, refused: ReviewForm | None = None) -> HttpResponse:
    context = {**admin.site.each_context(request), "title": "Review list"}
    shown = shown_page(request, wanted, refused) if wanted else {}
    return render(request, "training/review_list.html", {**context, **shown})


def shown_page(request: HttpRequest, wanted: Wanted, refused: ReviewForm | None) -> dict[str, Any]:
    groups = review_groups(wanted.bot, days=wanted.days, reasons=wanted.reasons)
    page = Paginator(groups, GROUPS_A_PAGE).get_page(request.GET.get("page"))
    others = request.GET.copy()
    others.pop("page", None)
    return {
        "wanted": wanted,
        "bots": Bot.objects.order_by("name"),
        "days": DAYS,
        "reasons": [(reason, label, reason in wanted.reasons) for reason, label in REASONS.items()],
        "page": page,
        "cards": cards(page, wanted.bot, refused),
        "times": sum(group.times for group in groups),
        "query": request.GET.urlencode(),
        "query_without_page": others.urlencode(),
        "may_review": request.user.has_perm("training.add_ownanswer"),
        "last": last_review(request, wanted.bot),
    }


def cards(page: "Page[ReviewGroup]", bot: Bot, refused: ReviewForm | None) -> list[dict[str, Any]]:
    """Return a page's groups, what could be said to each, and what was written into one that was refused."""
    answers = AnswersToSuggest(bot) if page.object_list else None
    return [
        {
            "number": number,
            "group": group,
            "suggestions": answers.suggestions_to(group.questions) if answers else [],
            "written": written(group, refused) if refused else "",
        }
        for number, group in enumerate(page.object_list, start=1)
    ]


def written(group: ReviewGroup, refused: ReviewForm) -> str:
    is_this_one = any(asked.key in refused.cleaned_data["question"] for asked in group.questions)
    return str(refused.cleaned_data["answer"]) if is_this_one else ""


def last_review(request: HttpRequest, bot: Bot) -> dict[str, Any] | None:
    """Return what can still be taken back on this bot's page, and the card that it was."""
    found: dict[str, Any] | None = request.session.get(LAST_REVIEW)
    return found if found and found["review"]["bot"] == bot.pk else None


def answer(request: HttpRequest, bot: Bot, form: ReviewForm) -> str:
    chosen = form.cleaned_data["suggestion"]
    text = suggested_answer(bot, chosen) if chosen else form.cleaned_data["answer"]
    done = review_group_answer(
        bot=bot, keys=form.cleaned_data["question"], answer=text, by_id=request.user.pk
    )
    remember(request, done, form)
    return f"From now on {bot} says to {in_words(done)}: {shortened(text)}"


def dismiss(request: HttpRequest, bot: Bot, form: ReviewForm) -> str:
    done = review_group_dismiss(bot=bot, keys=form.cleaned_data["question"])
    remember(request, done, form)
    return f"Put aside: {in_words(done)}"


def undo(request: HttpRequest, bot: Bot, form: ReviewForm) -> str:
    kept = last_review(request, bot)
    if kept is None:
        return "There is nothing to undo any more."
    done = Review(**kept["review"])
    del request.session[LAST_REVIEW]
    review_take_back(review=done)
    return f"On the list again: {in_words(done)}"


BUTTONS: dict[str, Callable[[HttpRequest, Bot, ReviewForm], str]] = {
    "answer": answer,
    "dismiss": dismiss,
    "undo": undo,
}


def remember(request: HttpRequest, done: Review, form: ReviewForm) -> None:
    request.session[LAST_REVIEW] = {
        "review": done.as_json(),
        "card": form.cleaned_data["card"],
        "words": in_words(done),
    }


def in_words(done: Review) -> str:
    further = len(done.questions) - 1
    more = f" and {further} more" if further else ""
    return f"“{shortened(done.questions[0])}”{more}"


def shortened(text: str) -> str:
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}…"
