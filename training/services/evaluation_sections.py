"""An evaluation's report as people read it: sections of tables, pictures and sentences."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from training.evaluation.measure import OWN
from training.services.charts import Points, line_chart_svg
from training.services.loss_curve import in_words, loss_curve_svg
from training.services.report_parts import Picture, Row, Section, Table

Report = Mapping[str, Any]
Measures = Sequence[Mapping[str, Any]]
NOTHING = "–"
# What the groups of measures are about, in the order in which people ask.
GROUPS: dict[str, tuple[str, ...]] = {
    "Finding the true answer among others": ("recall@", "mrr"),
    "Closeness to what was really said": ("bleu", "chrf", "rouge", "embedding"),
    "How surely it would have said it": ("perplexity", "nats", "token accuracy"),
    "Variety": (
        *("distinct", "entropy", "share of the 20", "tokens an answer", "answers with", "copies"),
        *("different among five", "best of five"),
    ),
    "Steadiness": ("same answer", "unknown words", "fallbacks"),
    "Sureness": ("calibration", "brier"),
    "Cost": ("p50", "p95", "bundle"),
}


def sections_of(report: Report, attention: Sequence[Picture] = ()) -> list[Section]:
    """Return the sections of a report; those without anything in them are left out."""
    made = [
        limits_section(report),
        *(measures_section(title, starts, report["measures"]) for title, starts in GROUPS.items()),
        reliability_section(report),
        *(answers_section(title, report["answers"].get(kind, [])) for kind, title in ANSWERS.items()),
        Section(
            "What it looked at, picture by picture",
            sentences=tuple(picture.name for picture in attention),
            pictures=tuple(attention),
        ),
        losses_section(report),
        about_section(report),
    ]
    return [section for section in made if section != Section(section.title)]


ANSWERS = {
    "random": "Answers drawn by chance",
    "best": "Answers closest to what was said",
    "worst": "Answers farthest from what was said",
}


def limits_section(report: Report) -> Section:
    return Section("What not to expect", sentences=tuple(report["limits"]))


def measures_section(title: str, starts: tuple[str, ...], measures: Measures) -> Section:
    chosen = [one for one in measures if one["name"].startswith(starts)]
    tables = [measures_table(f"{title}, with 95 % intervals", [one for one in chosen if not one["group"]])]
    for group in dict.fromkeys(one["group"].partition(":")[0] for one in chosen if one["group"]):
        part = [one for one in chosen if one["group"].partition(":")[0] == group]
        tables.append(group_table(f"{title}, by {group}", part))
    return Section(title, tables=tuple(table for table in tables if table.rows))


def measures_table(caption: str, measures: Measures) -> Table:
    """Return a line a measure and a column a system: the trained model's own first, what is active then."""
    systems = sorted(dict.fromkeys(one["system"] for one in measures), key=place_of)
    by_place = {(one["name"], one["system"]): one for one in measures}
    rows = []
    for name in dict.fromkeys(one["name"] for one in measures):
        found = [by_place.get((name, system)) for system in systems]
        number = next(one["samples"] for one in found if one is not None)
        cells = (cell_of(one, number) for one in found)
        rows.append(Row((with_direction(name, measures), f"{number:,}", *cells)))
    return Table(caption, ("Measure", "Questions", *systems), tuple(rows))


def place_of(system: str) -> int:
    return 0 if system == OWN else 1 if system.startswith("active: ") else 2


def cell_of(measure: Mapping[str, Any] | None, samples: int) -> str:
    """Return a figure, and on how many questions it stands where that is another number than the line's."""
    if measure is None or measure["samples"] == samples:
        return cell(measure)
    return f"{cell(measure)} of {measure['samples']:,}"


def group_table(caption: str, measures: Measures) -> Table:
    """Return a line for each of a group, such as the sources that questions came from."""
    rows = [
        Row((f"{one['name']}, {one['group'].partition(': ')[2]}", f"{one['samples']:,}", cell(one)))
        for one in measures
    ]
    return Table(caption, ("Measure", "Questions", OWN), tuple(rows))


def with_direction(name: str, measures: Measures) -> str:
    is_larger = next(one["larger_is_better"] for one in measures if one["name"] == name)
    return name if is_larger is None else f"{name} {'↑' if is_larger else '↓'}"


def cell(measure: Mapping[str, Any] | None) -> str:
    """Return a value with its interval.

    >>> cell({"value": 0.5, "low": 0.4, "high": 0.61234})
    '0.5 (0.4 to 0.612)'
    """
    if measure is None:
        return NOTHING
    span = interval(measure)
    return f"{readable(measure['value'])} ({span})" if span else readable(measure["value"])


def interval(measure: Mapping[str, Any]) -> str:
    if measure["low"] is None:
        return ""
    return f"{readable(measure['low'])} to {readable(measure['high'])}"


def readable(value: float) -> str:
    return f"{value:,.3g}" if abs(value) < 1000 else f"{value:,.0f}"


def reliability_section(report: Report) -> Section:
    bins = [one for one in report["reliability"] if one["questions"]]
    if not bins:
        return Section("Is it as sure as it should be")
    points = [(one["confidence"], one["right"]) for one in bins]
    words = "; ".join(f"{x:.2f}: right {y:.0%}" for x, y in points)
    svg = line_chart_svg(
        f"Share of right answers by confidence. {words}",
        {"as sure as right": [(0.0, 0.0), (1.0, 1.0)], "measured": points},
        across="confidence",
        from_zero=True,
    )
    rows = tuple(
        Row((f"{one['confidence']:.2f}", f"{one['right']:.2f}", f"{one['questions']:,}")) for one in bins
    )
    return Section(
        "Is it as sure as it should be",
        pictures=(Picture("reliability", words, svg),),
        tables=(Table("By confidence", ("Confidence", "Right", "Questions"), rows),),
    )


def answers_section(title: str, cases: Iterable[Mapping[str, Any]]) -> Section:
    rows = [Row((case["question"], answer_of(case), case["answer"])) for case in cases]
    columns = ("Question", "It says", "What was said")
    tables = (Table(f"{title}: {len(rows)}", columns, tuple(rows), are_numbers=False),) if rows else ()
    return Section(title, tables=tables)


def answer_of(case: Mapping[str, Any]) -> str:
    said = case["said"][case["mode"]]
    return said["text"] or NOTHING


def losses_section(report: Report) -> Section:
    curves: dict[str, Points] = {
        name: [(step, loss) for step, loss in points] for name, points in report.get("losses", {}).items()
    }
    title = "How it was trained"
    if not curves:
        return Section(title)
    return Section(title, pictures=(Picture("losses", in_words(curves), loss_curve_svg(curves)),))


def about_section(report: Report) -> Section:
    rows = tuple(
        Row((name.replace("_", " ").capitalize(), written(value)))
        for name, value in report["about"].items()
        if value not in (None, "", [], {})
    )
    table = Table("The trained model", ("What", "Value"), rows, are_numbers=False)
    return Section("What it is and what it cost", tables=(table,))


WRITERS: tuple[tuple[type, Callable[[Any], str]], ...] = (
    (float, readable),
    (list, lambda values: ", ".join(map(str, values))),
    (dict, lambda values: ", ".join(f"{name} {value}" for name, value in values.items())),
)


def written(value: Any) -> str:
    writer = next((write for kind, write in WRITERS if isinstance(value, kind)), str)
    return writer(value)
