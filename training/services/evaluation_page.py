"""An evaluation for people: what stands on its page, the page as one file, the gist for a terminal."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.utils.safestring import mark_safe

from training.evaluation.measure import OWN
from training.models import Evaluation
from training.services.active_measures import active_measures
from training.services.attention_pictures import attention_pictures
from training.services.evaluation_sections import Measures, Report, interval, readable, sections_of
from training.services.evaluations import open_report
from training.services.report_parts import Section

STYLE = "training/evaluation.css"
ALONE_STYLE = """
:root { color-scheme: light dark }
body { background: light-dark(#fff, #121212); color: light-dark(#222, #ddd) }
body { font: 15px/1.5 system-ui, sans-serif }
main { margin: 2rem auto; max-width: 70rem; padding: 0 1rem }
@media print { :root { color-scheme: light } }
"""
# What stands first: figures that people ask for, as far as they were measured.
HEADLINE = (
    *("recall@1 of 10", "recall@1 of 100", "perplexity", "chrf", "distinct-2"),
    *("share of the 20 most frequent answers", "same answer to a paraphrase", "fallbacks"),
    *("calibration error", "p50, ms"),
)


@dataclass(frozen=True)
class Card:
    """A figure at the head of a report; `beside` names the best of those that learned nothing."""

    name: str
    value: str
    range: str
    beside: str


@dataclass(frozen=True)
class Page:
    headline: tuple[Card, ...]
    sections: tuple[Section, ...]


def page_of_evaluation(evaluation: Evaluation) -> tuple[Report, Page]:
    """Return a report and its page, with its pictures and beside what answers for the bots now.

    Raises:
        CorruptReportError: the report's files are gone or were changed.
    """
    report = open_report(evaluation)
    pictures = tuple(attention_pictures(evaluation.location, report.get("attention", [])))
    measures = [*report["measures"], *active_measures(evaluation, report["measures"])]
    return report, Page(headline_of(report), tuple(sections_of({**report, "measures": measures}, pictures)))


def headline_of(report: Report) -> tuple[Card, ...]:
    cards = (card_of(name, report["measures"]) for name in HEADLINE)
    return tuple(card for card in cards if card)


def card_of(name: str, measures: Measures) -> Card | None:
    named = [one for one in measures if one["name"] == name and not one["group"]]
    own = next((one for one in named if one["system"] == OWN), None)
    if own is None:
        return None
    return Card(name, readable(own["value"]), interval(own), best_baseline(own, named))


def best_baseline(own: Mapping[str, Any], named: Measures) -> str:
    others = [one for one in named if one["is_baseline"]]
    if not others or own["larger_is_better"] is None:
        return ""
    choose = max if own["larger_is_better"] else min
    best = choose(others, key=lambda one: one["value"])
    return f"{best['system']}: {readable(best['value'])}"


def evaluation_html(evaluation: Evaluation) -> str:
    """Return the report as one file that refers to no other.

    Raises:
        CorruptReportError: the report's files are gone or were changed.
    """
    report, page = page_of_evaluation(evaluation)
    style = ALONE_STYLE + Path(str(finders.find(STYLE))).read_text(encoding="utf-8")
    # Our own file: nothing of it comes from anybody else.
    context = {"report": report, "page": page, "style": mark_safe(style)}
    return render_to_string("training/evaluation_alone.html", context)


def evaluation_summary(evaluation: Evaluation) -> str:
    """Return the main figures as lines of a terminal.

    Raises:
        CorruptReportError: the report's files are gone or were changed.
    """
    cards = headline_of(open_report(evaluation))
    width = max((len(card.name) for card in cards), default=0)
    lines = [
        f"  {card.name:{width}}  {card.value:>8}  {card.range}{f'  ({card.beside})' if card.beside else ''}"
        for card in cards
    ]
    return "\n".join(line.rstrip() for line in [f"{evaluation.trained_model}: {evaluation.source}", *lines])
