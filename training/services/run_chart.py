"""The losses of several runs over each other: a colour a run, its validation strong, its training thin."""

import math
from collections.abc import Sequence

from training.services.charts import (
    BOTTOM,
    HEIGHT,
    LEFT,
    RIGHT,
    WIDTH,
    Axis,
    frame,
    grid,
    horizontal,
    line,
    mark_across,
    message_svg,
    name_across,
    readable,
    vertical,
)
from training.services.run_comparison import ComparedRun
from training.services.run_record import Curve

STYLES = {"loss": "thin", "validation_loss": "strong"}
LINE_HEIGHT = 20
SWATCH = 26
KEY = "strong: validation loss, thin and dashed: training loss"


def run_chart_svg(runs: Sequence[ComparedRun], *, by_minutes: bool = False) -> str:
    drawn = [curves_of(run, by_minutes) for run in runs]
    places = [point for curves in drawn for points in curves.values() for point in points]
    if not places:
        return message_svg("None of these trainings has recorded a loss yet.")
    x_axis = horizontal(0.0, max(x for x, _ in places), is_logarithmic=False)
    losses = [loss for _, loss in places]
    y_axis = vertical(min(losses), max(losses), "")
    body = [grid(y_axis), *(mark_across(x_axis, value) for value in x_axis.marks())]
    for number, curves in enumerate(drawn):
        body += [
            line(number, points, x_axis, y_axis, STYLES[name]) for name, points in curves.items() if points
        ]
    body += [end_label(number, run, drawn[number], x_axis, y_axis) for number, run in enumerate(runs)]
    across = "minutes" if by_minutes else "steps"
    height = HEIGHT + LINE_HEIGHT * (len(runs) + 1)
    return frame(
        f"Losses of {len(runs)} trainings over {across}.",
        "".join(body) + legend_below(runs) + name_across(across),
        height=height,
        description=in_words(runs),
    )


def curves_of(run: ComparedRun, by_minutes: bool) -> dict[str, Curve]:
    curves = run.curves.by_minutes if by_minutes else run.curves.by_step
    return {name: [point for point in points if math.isfinite(point[1])] for name, points in curves.items()}


def end_label(number: int, run: ComparedRun, curves: dict[str, Curve], x_axis: Axis, y_axis: Axis) -> str:
    """Name a run at the end of its line: a colour alone is not for everybody."""
    points = curves["validation_loss"] or curves["loss"]
    if not points:
        return ""
    x = min(x_axis.place(points[-1][0]), WIDTH - RIGHT)
    y = min(y_axis.place(points[-1][1]) - 6, HEIGHT - BOTTOM - 4)
    return (
        f'<text class="coloured series-{number}" x="{x:.1f}" y="{y:.1f}" text-anchor="end">'
        f"{run.job.pk}</text>"
    )


def legend_below(runs: Sequence[ComparedRun]) -> str:
    lines = []
    for number, run in enumerate(runs):
        y = HEIGHT + LINE_HEIGHT * number + 6
        lines.append(
            f'<line class="line strong series-{number}" x1="{LEFT}" x2="{LEFT + SWATCH}" y1="{y - 4}"'
            f' y2="{y - 4}"/><text x="{LEFT + SWATCH + 8}" y="{y}">{readable(run.name)}</text>'
        )
    y = HEIGHT + LINE_HEIGHT * len(runs) + 6
    return "".join(lines) + f'<text class="label" x="{LEFT}" y="{y}">{KEY}</text>'


def in_words(runs: Sequence[ComparedRun]) -> str:
    return " ".join(f"{run.name}: {loss_in_words(run)}." for run in runs)


def loss_in_words(run: ComparedRun) -> str:
    best = run.curves.lowest_validation()
    if best:
        return f"lowest validation loss {best[1]:.3f} at step {best[0]:,.0f}"
    losses = run.curves.by_step["loss"]
    return f"training loss {losses[-1][1]:.3f} at step {losses[-1][0]:,.0f}" if losses else "nothing recorded"
