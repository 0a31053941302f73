"""The result of a blind comparison: a page, and the same as a file. It ends being blind for whoever looks."""

from typing import Any

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from training.models import BlindChoice, BlindComparison
from training.services.blind_choosing import Sitting
from training.services.blind_export import blind_result_csv, blind_result_json
from training.services.blind_results import BlindResult, JudgedPair, blind_result
from training.services.blind_sentences import blind_sentences, choice_names, rate_in_words

FILES = {
    "json": (blind_result_json, "application/json"),
    "csv": (blind_result_csv, "text/csv; charset=utf-8"),
}


def result_page(request: HttpRequest, comparison: BlindComparison) -> HttpResponse:
    """Show the result; to whoever has not chosen all, a warning with a button first."""
    sitting = Sitting(comparison, request.user)
    context: dict[str, Any] = {**admin.site.each_context(request), "comparison": comparison}
    if may_look(request, sitting):
        context |= {"title": f"Result of {comparison}", **result_context(blind_result(comparison))}
        return render(request, "training/blind_result.html", context)
    context |= {
        "title": f"Blind comparison {comparison.pk}",
        "number": len(sitting),
        "number_chosen": sitting.number_chosen,
    }
    return render(request, "training/blind_result_warning.html", context)


def export_result(request: HttpRequest, comparison: BlindComparison, kind: str) -> HttpResponse:
    if kind not in FILES:
        raise Http404(f"A result is a file of kind {' or '.join(FILES)}.")
    if not may_look(request, Sitting(comparison, request.user)):
        return redirect(reverse("admin:blindcomparison_result", args=[comparison.pk]))
    write, content_type = FILES[kind]
    response = HttpResponse(write(blind_result(comparison)).encode("utf-8"), content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="blind-comparison-{comparison.pk}.{kind}"'
    return response


def may_look(request: HttpRequest, sitting: Sitting) -> bool:
    return sitting.is_finished or request.GET.get("look") == "1"


def result_context(result: BlindResult) -> dict[str, Any]:
    names = choice_names(result)
    rates = result.rates or {}
    return {
        "result": result,
        "names": [names[choice] for choice in BlindChoice.Choice.values],
        "sentences": blind_sentences(result),
        "rates": [(names[choice], rate_in_words(rate)) for choice, rate in rates.items()],
        "people": [
            (person, [by[choice] for choice in BlindChoice.Choice.values], sum(by.values()))
            for person, by in result.by_person.items()
        ],
        "counts": list(result.counts.values()),
        "pairs": [(pair, chosen_in_words(pair, names)) for pair in result.pairs],
    }


def chosen_in_words(pair: JudgedPair, names: dict[str, str]) -> list[tuple[str, str]]:
    """Return what was chosen, and by whom."""
    if pair.is_equal:
        return [("equal answers", "")]
    people: dict[str, list[str]] = {}
    for person, choice in pair.chosen.items():
        people.setdefault(names[choice], []).append(person)
    return [(choice, ", ".join(who)) for choice, who in people.items()]
