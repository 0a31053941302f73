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
from training.services.evaluation_sections import cell, readable, sections_of
from training.services.evaluations import open_report
from training.services.report_parts import Section

STYLE = "training/evaluation.css"
ALONE_STYLE = """
:root { color-scheme: light dark }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem }
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


def page_of(report: Mapping[str, Any]) -> Page:
    cards = (card_of(name, report["measures"]) for name in HEADLINE)
    return Page(tuple(card for card in cards if card), tuple(sections_of(report)))


def card_of(name: str, measures: list[Mapping[str, Any]]) -> Card | None:
    named = [one for one in measures if one["name"] == name and not one["group"]]
    own = next((one for one in named if one["system"] == OWN), None)
    if own is None:
        return None
    others = [one for one in named if one["is_baseline"]]
    best = None
    if others and own["larger_is_better"] is not None:
        choose = max if own["larger_is_better"] else min
        best = choose(others, key=lambda one: one["value"])
    value, _, rest = cell(own).partition(" ")
    beside = f"{best['system']}: {readable(best['value'])}" if best else ""
    return Card(name, value, rest.strip("()"), beside)


def evaluation_html(evaluation: Evaluation) -> str:
    """Return the report as one file that refers to no other.

    Raises:
        CorruptReportError: the report's files are gone or were changed.
    """
    report = open_report(evaluation)
    style = ALONE_STYLE + Path(str(finders.find(STYLE))).read_text(encoding="utf-8")
    # Our own file: nothing of it comes from anybody else.
    context = {"report": report, "page": page_of(report), "style": mark_safe(style)}
    return render_to_string("training/evaluation_alone.html", context)


def evaluation_summary(evaluation: Evaluation) -> str:
    """Return the main figures as lines of a terminal."""
    page = page_of(open_report(evaluation))
    width = max((len(card.name) for card in page.headline), default=0)
    lines = [
        f"  {card.name:{width}}  {card.value:>8}  {card.range}{f'  ({card.beside})' if card.beside else ''}"
        for card in page.headline
    ]
    return "\n".join([f"{evaluation.trained_model}: {evaluation.source}", *lines])
