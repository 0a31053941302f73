"""Two evaluations of the same questions side by side: which differences are more than chance."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from training.errors import JobStateError
from training.evaluation.measure import OWN
from training.evaluation.significance import Difference, paired_difference
from training.models import Evaluation, Job
from training.services.evaluation_sections import NOTHING, cell, readable
from training.services.evaluations import open_cases, open_report
from training.services.report_parts import Row, Table
from training.services.run_comparison import compared_runs, differences

MOST_ANSWERS = 50
Case = Mapping[str, Any]
Cases = Sequence[Case]


@dataclass(frozen=True)
class Compared:
    one: Evaluation
    other: Evaluation
    verdict: tuple[str, ...]
    tables: tuple[Table, ...]


def compared(one: Evaluation, other: Evaluation) -> Compared:
    """Return what differs between two evaluations.

    Raises:
        JobStateError: they asked different questions.
        CorruptReportError: a report's files are gone or were changed.
    """
    if (one.source, one.dataset_id) != (other.source, other.dataset_id):
        raise JobStateError(
            f"Two evaluations must have asked the same questions. Received {one.source} and {other.source}. "
            "Evaluate both trained models on one dataset or corpus."
        )
    reports = open_report(one)["measures"], open_report(other)["measures"]
    cases = open_cases(one), open_cases(other)
    found = paired_differences(*cases)
    names = names_of(one, other)
    tables = (
        figures_table(*reports, found, names),
        settings_table(one, other),
        answers_table(*cases, names),
    )
    return Compared(one, other, verdict(found, reports[0], names), tuple(t for t in tables if t.rows))


def names_of(one: Evaluation, other: Evaluation) -> tuple[str, str]:
    """Return how both are called: by their trained models, where those are different ones."""
    names = (one.trained_model.name, other.trained_model.name)
    if names[0] != names[1]:
        return names
    return f"{names[0]}, evaluation {one.pk}", f"{names[1]}, evaluation {other.pk}"


def in_pairs(one: Cases, other: Cases) -> list[tuple[Case, Case]]:
    """Return what both were asked; a corpus may have changed between the two."""
    known = {question_of(case): case for case in one}
    return [(known[question_of(case)], case) for case in other if question_of(case) in known]


def question_of(case: Case) -> tuple[int, str, str]:
    return case["number"], case["question"], case["answer"]


def paired_differences(one: Cases, other: Cases) -> dict[str, Difference]:
    """Return by measure how much larger the other's values are, on the questions that both have."""
    pairs = [(mine["values"], theirs["values"]) for mine, theirs in in_pairs(one, other)]
    names = dict.fromkeys(name for _, of_other in pairs for name in of_other)
    found = {}
    for name in names:
        both = [(mine[name], theirs[name]) for mine, theirs in pairs if name in mine and name in theirs]
        if len(both) > 1:
            mine, theirs = np.array(both, np.float64).T
            found[name] = paired_difference(theirs, mine)
    return found


def figures_table(one: Cases, other: Cases, found: Mapping[str, Difference], names: tuple[str, str]) -> Table:
    figures = [{m["name"]: m for m in side if m["system"] == OWN and not m["group"]} for side in (one, other)]
    rows = [
        Row((name, cell(figures[0].get(name)), cell(figures[1].get(name)), told(found.get(name))))
        for name in dict.fromkeys((*figures[0], *figures[1]))
    ]
    columns = ("Measure", *names, "Difference (95 %), question by question")
    return Table("Figures", columns, tuple(rows))


def told(difference: Difference | None) -> str:
    """Return a difference in words, and whether it is more than chance."""
    if difference is None:
        return NOTHING
    surely = "significant" if difference.is_significant else "may be chance"
    span = f"{readable(difference.low)} to {readable(difference.high)}"
    return f"{difference.mean:+.3g} ({span}), {surely}"


def verdict(found: Mapping[str, Difference], measures: Cases, names: tuple[str, str]) -> tuple[str, ...]:
    """Return sentences that say which trained model is better by what, and what does not tell."""
    if not found:
        return ("They were asked no two questions in common, so nothing can be said.",)
    better: dict[str, list[str]] = {name: [] for name in names}
    directions = {one["name"]: one["larger_is_better"] for one in measures}
    for name, difference in found.items():
        is_larger_better = directions.get(name)
        if is_larger_better is None or not difference.is_significant:
            continue
        by_how_much = f"{name} (by {abs(difference.mean):.3g})"
        better[names[(difference.mean > 0) == is_larger_better]].append(by_how_much)
    sentences = [f"{name} is better in {', '.join(by)}." for name, by in better.items() if by]
    return tuple(sentences) or ("No difference is clear enough to be more than chance.",)


def settings_table(one: Evaluation, other: Evaluation) -> Table:
    jobs = [row.trained_model.job for row in (one, other)]
    numbers = [job.pk for job in jobs if job is not None and job.kind == Job.Kind.TRAIN]
    return differences(compared_runs(numbers))


def answers_table(one: Cases, other: Cases, names: tuple[str, str]) -> Table:
    """Return what both said to the same questions, those with different answers first."""
    pairs = [pair for pair in in_pairs(one, other) if all("said" in case for case in pair)]
    ordered = sorted(pairs, key=lambda pair: answer(pair[0]) == answer(pair[1]))[:MOST_ANSWERS]
    rows = [Row((mine["question"], answer(mine), answer(theirs), mine["answer"])) for mine, theirs in ordered]
    columns = ("Question", *names, "What was said")
    return Table(f"Answers to {len(rows)} questions", columns, tuple(rows), are_numbers=False)


def answer(case: Mapping[str, Any]) -> str:
    return str(case["said"][case["mode"]]["text"] or NOTHING)
