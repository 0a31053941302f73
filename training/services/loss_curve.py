"""A run's losses as a picture: SVG, readable in light and dark, with its content in words."""

from html import escape

Points = list[tuple[float, float]]
WIDTH, HEIGHT = 640, 260
LEFT, RIGHT, TOP, BOTTOM = 52, 12, 14, 34
MAX_POINTS = 400
NAMES = {"loss": "training loss", "validation_loss": "validation loss"}
STYLE = """
text { fill: #555; font: 12px system-ui, sans-serif }
.grid { stroke: #8886; stroke-width: 1 }
.loss { fill: none; stroke: #2a78b8; stroke-width: 1.6 }
.validation_loss { fill: none; stroke: #c2571a; stroke-width: 2.4 }
text.loss { fill: #2a78b8; stroke: none }
text.validation_loss { fill: #c2571a; stroke: none }
@media (prefers-color-scheme: dark) { text { fill: #bbb } }
"""


def loss_curve_svg(curves: dict[str, Points]) -> str:
    """Draw each curve over the steps; an empty picture says that there is nothing yet."""
    if not any(curves.values()):
        return frame(
            "No loss has been recorded yet.", '<text x="60" y="120">No loss has been recorded yet.</text>'
        )
    steps = [step for points in curves.values() for step, _ in points]
    losses = [loss for points in curves.values() for _, loss in points]
    low, high = min(losses), max(losses)
    scale = Scale(max(max(steps), 1.0), low, high if high > low else low + 1.0)
    body = [grid_line(scale, low + (scale.high - low) * part / 4) for part in range(5)]
    body += [f'<text x="{WIDTH - RIGHT}" y="{HEIGHT - 10}" text-anchor="end">step {max(steps):,.0f}</text>']
    body += [curve(name, points, scale) for name, points in curves.items()]
    body += [legend(number, name) for number, name in enumerate(curves)]
    return frame(in_words(curves), "".join(body))


class Scale:
    """From steps and losses to places in the picture."""

    def __init__(self, last_step: float, low: float, high: float) -> None:
        self.last_step, self.low, self.high = last_step, low, high

    def x(self, step: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * step / self.last_step

    def y(self, loss: float) -> float:
        return TOP + (HEIGHT - TOP - BOTTOM) * (self.high - loss) / (self.high - self.low)


def grid_line(scale: Scale, loss: float) -> str:
    y = scale.y(loss)
    return (
        f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{loss:.2f}</text>'
    )


def curve(name: str, points: Points, scale: Scale) -> str:
    every = -(-len(points) // MAX_POINTS)
    shown = [*points[::every], points[-1]]
    places = " ".join(f"{scale.x(step):.1f},{scale.y(loss):.1f}" for step, loss in shown)
    return f'<polyline class="{name}" points="{places}"/>'


def legend(number: int, name: str) -> str:
    return f'<text class="{name}" x="{LEFT + 10 + 130 * number}" y="{HEIGHT - 10}">{NAMES[name]}</text>'


def in_words(curves: dict[str, Points]) -> str:
    parts = [
        f"{NAMES[name]} from {points[0][1]:.2f} to {points[-1][1]:.2f} at step {points[-1][0]:,.0f}"
        for name, points in curves.items()
    ]
    return "; ".join(parts).capitalize() + "."


def frame(words: str, body: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">'
        f"<title>{escape(words)}</title><style>{STYLE}</style>{body}</svg>"
    )
