"""Lines and bars as SVG, readable in light and dark, with what they show in words."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

Points = Sequence[tuple[float, float]]
WIDTH, HEIGHT = 720, 280
LEFT, RIGHT, TOP, BOTTOM = 64, 20, 16, 58
MAX_POINTS = 400
# Fewer points than that are marked, so that a line of one point is seen too.
MAX_DOTS = 40
MARKS = 5
LEGEND_WIDTH = 150
# The background is its own: a page may be dark where the system, which the picture asks, is light.
STYLE = """
.background { fill: #fff }
text { fill: #555; font: 12px system-ui, sans-serif }
.label { font-size: 10px }
.grid { stroke: #8886; stroke-width: 1 }
.series-0 { color: #2a78b8 }
.series-1 { color: #c2571a }
.series-2 { color: #2e7d32 }
.series-3 { color: #8e44ad }
.series-4 { color: #8a6d00 }
.series-5 { color: #c2185b }
.line { fill: none; stroke: currentColor; stroke-width: 1.6 }
.line.series-1, .line.strong { stroke-width: 2.4 }
.line.thin { stroke-dasharray: 5 4; stroke-width: 1.2 }
.filled { fill: currentColor }
.coloured { fill: currentColor; font-weight: 600; paint-order: stroke; stroke: #fff; stroke-width: 3px }
.over { fill: #fff }
@media (prefers-color-scheme: dark) {
.background { fill: #121212 }
text { fill: #bbb }
.series-0 { color: #6cb2eb }
.series-1 { color: #f0945f }
.series-2 { color: #7fd18b }
.series-3 { color: #c9a0f0 }
.series-4 { color: #e6c84b }
.series-5 { color: #f48fb1 }
.coloured { fill: currentColor; stroke: #121212 }
.over { fill: #121212 }
}
"""
# So many lines can be told apart, in light and in dark.
SERIES = 6
ILLEGAL_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Axis:
    """From values to places along one side of the picture; `low` must be above 0 where it is logarithmic."""

    low: float
    high: float
    start: float
    end: float
    unit: str = ""
    is_logarithmic: bool = False

    def place(self, value: float) -> float:
        low, high, bent = (self.bent(number) for number in (self.low, self.high, value))
        return self.start + (self.end - self.start) * (bent - low) / ((high - low) or 1.0)

    def bent(self, value: float) -> float:
        return math.log10(value) if self.is_logarithmic else value

    def marks(self) -> list[float]:
        """Return round values from low to high; the powers of ten where it is logarithmic."""
        if self.is_logarithmic:
            powers = range(math.ceil(math.log10(self.low)), math.floor(math.log10(self.high)) + 1)
            return [10.0**power for power in powers] or [self.low, self.high]
        step = round_step((self.high - self.low) / MARKS)
        first, last = math.ceil(self.low / step), math.floor(self.high / step + 1e-9)
        return [number * step for number in range(first, last + 1)]

    def written(self, value: float) -> str:
        span = self.high - self.low
        decimals = 0 if self.is_logarithmic or span >= MARKS else 1 - math.floor(math.log10(span or 1.0))
        return f"{value:,.{decimals}f}{self.unit}"


def round_step(least: float) -> float:
    """Return the smallest of 1, 2, 5, 10, 20 ... that is not below `least`.

    >>> round_step(0.03), round_step(3), round_step(700)
    (0.05, 5.0, 1000.0)
    """
    if not least > 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(least))
    return next(float(step) for step in (power, 2 * power, 5 * power, 10 * power) if step >= least * 0.999)


def line_chart_svg(
    words: str,
    lines: Mapping[str, Points],
    *,
    across: str,
    unit: str = "",
    is_logarithmic: bool = False,
    from_zero: bool = False,
) -> str:
    """Draw each line; `across` names what runs from left to right. What is not finite is left out."""
    drawn = {name: finite(points, above_zero=is_logarithmic) for name, points in lines.items()}
    places = [point for points in drawn.values() for point in points]
    if not places:
        return message_svg(words)
    across_values, values = [x for x, _ in places], [y for _, y in places]
    least = min(across_values) if is_logarithmic else 0.0
    x_axis = horizontal(least, max(across_values), is_logarithmic=is_logarithmic)
    y_axis = vertical(0.0 if from_zero else min(values), max(values), unit)
    body = [grid(y_axis), *(mark_across(x_axis, value) for value in x_axis.marks())]
    body += [line(number, points, x_axis, y_axis) for number, points in enumerate(drawn.values())]
    return frame(words, "".join(body) + legend(list(lines)) + name_across(across))


def bar_chart_svg(
    words: str, labels: Sequence[str], bars: Mapping[str, Sequence[float]], *, across: str
) -> str:
    """Draw a group of bars for each label, one bar for each name."""
    highest = max((value for values in bars.values() for value in values), default=0)
    if not labels or highest <= 0:
        return message_svg(words)
    y_axis = vertical(0.0, highest, "")
    group_width = (WIDTH - LEFT - RIGHT) / len(labels)
    width = group_width * 0.8 / len(bars)
    body = [grid(y_axis)]
    for place, label in enumerate(labels):
        left = LEFT + group_width * place
        body.append(label_across(left + group_width / 2, label))
        for number, values in enumerate(bars.values()):
            body.append(bar(number, left + group_width * 0.1 + width * number, width, values[place], y_axis))
    return frame(words, "".join(body) + legend(list(bars)) + name_across(across))


def message_svg(words: str) -> str:
    """Draw a picture that only says why there is nothing to see."""
    return frame(words, f'<text x="{LEFT}" y="{HEIGHT // 2}">{readable(words)}</text>')


def finite(points: Points, *, above_zero: bool) -> list[tuple[float, float]]:
    return [(x, y) for x, y in points if math.isfinite(x) and math.isfinite(y) and (x > 0 or not above_zero)]


def horizontal(low: float, high: float, *, is_logarithmic: bool) -> Axis:
    high = high if high > low else low * 10 if is_logarithmic else low + 1.0
    return Axis(low, high, LEFT, WIDTH - RIGHT, is_logarithmic=is_logarithmic)


def vertical(low: float, high: float, unit: str) -> Axis:
    return Axis(low, high if high > low else low + 1.0, HEIGHT - BOTTOM, TOP, unit)


def grid(axis: Axis) -> str:
    return "".join(
        f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{axis.place(value):.1f}"'
        f' y2="{axis.place(value):.1f}"/><text x="{LEFT - 8}" y="{axis.place(value) + 4:.1f}"'
        f' text-anchor="end">{readable(axis.written(value))}</text>'
        for value in axis.marks()
    )


def mark_across(axis: Axis, value: float) -> str:
    return label_across(axis.place(value), axis.written(value))


def label_across(x: float, text: str) -> str:
    y = HEIGHT - BOTTOM + 16
    return f'<text class="label" x="{x:.1f}" y="{y}" text-anchor="middle">{readable(text)}</text>'


def name_across(text: str) -> str:
    return f'<text x="{WIDTH - RIGHT}" y="{HEIGHT - 10}" text-anchor="end">{readable(text)}</text>'


def legend(names: Sequence[str]) -> str:
    y = HEIGHT - 10
    return "".join(
        f'<rect class="filled series-{number}" x="{LEFT + LEGEND_WIDTH * number}" y="{y - 9}" width="10"'
        f' height="10"/><text x="{LEFT + LEGEND_WIDTH * number + 16}" y="{y}">{readable(name)}</text>'
        for number, name in enumerate(names)
    )


def line(
    number: int, points: Sequence[tuple[float, float]], x_axis: Axis, y_axis: Axis, style: str = ""
) -> str:
    every = -(-len(points) // MAX_POINTS) or 1
    shown = points[::every] if every == 1 else [*points[::every], points[-1]]
    places = [(f"{x_axis.place(x):.1f}", f"{y_axis.place(y):.1f}") for x, y in shown]
    dots = places if len(points) <= MAX_DOTS else []
    css = f"line series-{number} {style}".strip()
    return f'<polyline class="{css}" points="{" ".join(map(",".join, places))}"/>' + "".join(
        f'<circle class="filled series-{number}" cx="{x}" cy="{y}" r="2.5"/>' for x, y in dots
    )


def bar(number: int, x: float, width: float, value: float, axis: Axis) -> str:
    top, bottom = axis.place(value), axis.place(0.0)
    return (
        f'<rect class="filled series-{number}" x="{x:.1f}" y="{top:.1f}"'
        f' width="{width:.1f}" height="{bottom - top:.1f}"/>'
    )


def readable(text: str) -> str:
    """Return `text` as XML can hold it."""
    return escape(ILLEGAL_IN_XML.sub("\ufffd", text))


def frame(words: str, body: str, *, width: int = WIDTH, height: int = HEIGHT, description: str = "") -> str:
    described = f"<desc>{readable(description)}</desc>" if description else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">'
        f"<title>{readable(words)}</title>{described}<style>{STYLE}</style>"
        f'<rect class="background" width="{width}" height="{height}"/>{body}</svg>'
    )
