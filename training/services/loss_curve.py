"""A run's losses as a picture, with its content in words."""

from collections.abc import Mapping

from training.services.charts import Points, line_chart_svg, message_svg

NAMES = {"loss": "training loss", "validation_loss": "validation loss"}


def loss_curve_svg(curves: Mapping[str, Points]) -> str:
    """Draw each curve over the steps; an empty picture says that there is nothing yet."""
    recorded: dict[str, Points] = {name: points for name, points in curves.items() if points}
    if not recorded:
        return message_svg("No loss has been recorded yet.")
    lines = {NAMES[name]: points for name, points in recorded.items()}
    last_step = max(points[-1][0] for points in recorded.values())
    return line_chart_svg(in_words(recorded), lines, across=f"step {last_step:,.0f}")


def in_words(curves: Mapping[str, Points]) -> str:
    parts = [
        f"{NAMES[name]} from {points[0][1]:.2f} to {points[-1][1]:.2f} at step {points[-1][0]:,.0f}"
        for name, points in curves.items()
    ]
    return "; ".join(parts).capitalize() + "."
