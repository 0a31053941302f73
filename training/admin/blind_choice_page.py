"""The page on which a person chooses blind: by mouse, by keyboard, without scripts as well."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from preprocessing.errors import ChatbotError, SettingsError
from training.models import BlindChoice, BlindComparison
from training.services.blind_choosing import LEFT, RIGHT, SIDES, Sitting, blind_choose


@dataclass(frozen=True)
class ChoiceButton:
    """What it says; `keys` are pressed instead of it, and shown on it."""

    side: str
    label: str
    keys: tuple[str, ...]


BUTTONS = (
    ChoiceButton(LEFT, "A is better", ("1",)),
    ChoiceButton(RIGHT, "B is better", ("2",)),
    ChoiceButton(BlindChoice.Choice.NEITHER_BETTER.value, "Neither is better", ("3", "0")),
    ChoiceButton(BlindChoice.Choice.BOTH_BAD.value, "Both are bad", ("4",)),
)
MOST_PLACES = 10_000


class ChoiceForm(forms.Form):
    at = forms.IntegerField(min_value=1, max_value=MOST_PLACES)
    choice = forms.ChoiceField(choices=[(side, side) for side in SIDES])


def choose_page(request: HttpRequest, comparison: BlindComparison) -> HttpResponse:
    """Show the first pair that this person has not chosen, or one before it that the address names."""
    if request.method == "POST":
        return keep_choice(request, comparison)
    sitting = Sitting(comparison, request.user)
    at = wanted_place(request, sitting)
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        # The comparison's own name may tell what is compared.
        "title": f"Blind comparison {comparison.pk}",
        "address": choose_address(comparison),
        "result": reverse("admin:blindcomparison_result", args=[comparison.pk]),
        "turn": sitting.turn(at) if at else None,
        "number": len(sitting),
        "number_chosen": sitting.number_chosen,
        "is_behind": at is not None and at != sitting.next_at,
        "back": at - 1 if at else len(sitting),
        "buttons": BUTTONS,
    }
    return render(request, "training/choose_blind.html", context)


def wanted_place(request: HttpRequest, sitting: Sitting) -> int | None:
    wanted = request.GET.get("at", "")
    # Only ASCII digits, and few enough of them.
    if wanted.isascii() and wanted.isdecimal() and len(wanted) < 6 and sitting.may_see(int(wanted)):
        return int(wanted)
    return sitting.next_at


def keep_choice(request: HttpRequest, comparison: BlindComparison) -> HttpResponse:
    form = ChoiceForm(request.POST)
    try:
        if not form.is_valid():
            raise SettingsError(
                "One of the four choices must be sent, for a pair that was shown. Choose again."
            )
        at, side = form.cleaned_data["at"], form.cleaned_data["choice"]
        blind_choose(comparison=comparison, person=request.user, at=at, side=side)
    except ChatbotError as error:
        messages.error(request, str(error))
    return redirect(choose_address(comparison))


def choose_address(comparison: BlindComparison) -> str:
    return reverse("admin:blindcomparison_choose", args=[comparison.pk])
