import xml.etree.ElementTree as ET

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from training.services.heat_map import MOST_COLUMNS, MOST_ROWS, heat_map_svg, shortened

SVG = "{http://www.w3.org/2000/svg}"


def drawn(across, down, shares, words="Who looks where.", description="a: b"):
    """Return the picture's root; it must be well-formed."""
    return ET.fromstring(heat_map_svg(words, description, across, down, np.array(shares, np.float32)))


def cells(root):
    return [rect for rect in root.iter(f"{SVG}rect") if rect.get("fill-opacity")]


def test_each_cell_is_as_dark_as_its_share_of_the_largest():
    root = drawn(["how", "are"], ["fine", "!"], [[0.8, 0.2], [0.4, 0.6]])

    assert [cell.get("fill-opacity") for cell in cells(root)] == ["1.000", "0.250", "0.500", "0.750"]
    assert root.findtext(f"{SVG}title") == "Who looks where."
    assert root.findtext(f"{SVG}desc") == "a: b"


def test_words_stand_across_and_tokens_down_with_numbers_where_there_is_room():
    texts = [text.text for text in drawn(["how", "are"], ["fine"], [[0.8, 0.2]]).iter(f"{SVG}text")]

    assert texts == ["how", "are", "fine", "80%", "20%"]


def test_many_words_have_narrow_cells_without_numbers_and_too_many_are_left_out():
    root = drawn(["word"] * 400, ["token"] * 300, np.full((300, 400), 1 / 400))

    assert len(cells(root)) == MOST_COLUMNS * MOST_ROWS
    assert not any("%" in text.text for text in root.iter(f"{SVG}text"))
    width = float(root.get("viewBox").split()[2])
    assert max(float(cell.get("x")) + float(cell.get("width")) for cell in cells(root)) < width


def test_long_words_are_cut_so_that_they_do_not_break_the_picture():
    root = drawn(["x" * 5000], ["很" * 5000], [[1.0]])

    assert [text.text for text in root.iter(f"{SVG}text")][:2] == ["x" * 13 + "…", "很" * 6 + "…"]


def test_a_word_that_just_fits_stays_whole():
    assert shortened("x" * 14) == "x" * 14
    assert shortened("很" * 7) == "很" * 7


def test_words_from_elsewhere_stay_text():
    root = drawn(["</text><script>"], ["&\x00"], [[1.0]], words="<script>&", description="</desc><b>")

    assert not list(root.iter(f"{SVG}script"))
    assert [text.text for text in root.iter(f"{SVG}text")][:2] == ["</text><scrip…", "&\ufffd"]


def test_without_words_the_picture_says_what_it_would_show():
    assert drawn([], [], np.zeros((0, 0))).findtext(f"{SVG}text") == "Who looks where."


@given(st.lists(st.text(), min_size=1, max_size=70), st.lists(st.text(), min_size=1, max_size=5))
def test_any_words_make_a_picture(across, down):
    drawn(across, down, np.full((len(down), len(across)), 0.5))


def test_shares_that_are_nothing_or_odd_are_drawn_all_the_same():
    opacities = [cell.get("fill-opacity") for cell in cells(drawn(["a", "b"], ["c"], [[0.0, -3.0]]))]

    assert opacities == ["0.000", "0.000"]
