import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.services.charts import Axis, bar_chart_svg, line_chart_svg, message_svg
from training.services.loss_curve import loss_curve_svg

SVG = "{http://www.w3.org/2000/svg}"


def parsed(svg):
    """Return the picture's root; it must be well-formed."""
    return ET.fromstring(svg)


def test_a_line_goes_from_corner_to_corner():
    svg = line_chart_svg("It grows.", {"words": [(0, 0), (10, 5)]}, across="tokens")

    assert 'points="64.0,222.0 700.0,16.0"' in svg
    assert parsed(svg).findtext(f"{SVG}title") == "It grows."


def test_bars_are_as_high_as_their_values():
    svg = bar_chart_svg("Two.", ["1", "2"], {"questions": [4, 2], "answers": [0, 1]}, across="tokens")

    heights = [bar.get("height") for bar in parsed(svg).iter(f"{SVG}rect") if bar.get("x")]
    assert heights == ["206.0", "0.0", "103.0", "51.5", "10", "10"]


def test_a_legend_names_each_line_and_the_axis_is_named():
    svg = line_chart_svg("x", {"one": [(1, 1)], "two": [(1, 2)]}, across="step 1")

    texts = [text.text for text in parsed(svg).iter(f"{SVG}text")]
    assert [text for text in texts if text in ("one", "two", "step 1")] == ["one", "two", "step 1"]


def test_a_line_of_one_point_is_seen_as_a_dot():
    dots = list(parsed(line_chart_svg("x", {"one": [(24, 100)]}, across="words")).iter(f"{SVG}circle"))

    assert len(dots) == 1


def test_powers_of_ten_are_equally_far_apart():
    axis = Axis(100, 10_000, 0, 200, is_logarithmic=True)

    assert axis.marks() == [100, 1000, 10_000]
    assert [axis.place(value) for value in axis.marks()] == pytest.approx([0, 100, 200])


@pytest.mark.parametrize(
    ("low", "high", "written"),
    [
        (0, 100, ["0", "20", "40", "60", "80", "100"]),
        (4.0, 5.0, ["4.0", "4.2", "4.4", "4.6", "4.8", "5.0"]),
        (0, 12_521, ["0", "5,000", "10,000"]),
    ],
)
def test_marks_are_round(low, high, written):
    axis = Axis(low, high, 0, 100)

    assert [axis.written(value) for value in axis.marks()] == written


@pytest.mark.parametrize("points", [[], [(1, float("nan"))], [(float("inf"), 2)]])
def test_without_numbers_the_picture_says_what_it_would_show(points):
    assert parsed(line_chart_svg("Nothing yet.", {"one": points}, across="x")).findtext(f"{SVG}text") == (
        "Nothing yet."
    )


def test_bars_of_nothing_say_what_they_would_show():
    assert "Nothing." in bar_chart_svg("Nothing.", [], {"questions": []}, across="tokens")


def test_text_from_elsewhere_stays_text():
    svg = bar_chart_svg("<script>&\x00", ["</text><script>"], {"<b>": [1]}, across='"')

    root = parsed(svg)
    assert not list(root.iter(f"{SVG}script"))
    assert root.findtext(f"{SVG}title") == "<script>&\ufffd"


def test_pictures_hold_no_inline_style_and_follow_light_and_dark():
    svg = message_svg("x")

    assert " style=" not in svg
    assert "prefers-color-scheme: dark" in svg


def test_a_loss_curve_leaves_out_what_is_no_number():
    svg = loss_curve_svg({"loss": [(1, 5.0), (2, float("nan"))], "validation_loss": []})

    root = parsed(svg)
    assert root.findtext(f"{SVG}title") == "Training loss from 5.00 to nan at step 2."
    assert "nan" not in root.find(f"{SVG}polyline").get("points")


def test_a_run_without_a_loss_says_so():
    assert parsed(loss_curve_svg({})).findtext(f"{SVG}title") == "No loss has been recorded yet."


NUMBERS = st.floats(allow_nan=True, allow_infinity=True, width=32)


@given(st.lists(st.tuples(NUMBERS, NUMBERS), max_size=500), st.booleans(), st.booleans(), st.text())
def test_any_line_makes_a_picture(points, is_logarithmic, from_zero, words):
    parsed(
        line_chart_svg(
            words, {words: points}, across=words, is_logarithmic=is_logarithmic, from_zero=from_zero
        )
    )
