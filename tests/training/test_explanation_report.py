import xml.etree.ElementTree as ET

import numpy as np

from answering.explanation import Explanation
from training.services.explanation_report import attention_svg, explanation_report


def explanation(**changes):
    shares = np.array([[0.7, 0.26, 0.04], [0.1, 0.1, 0.8]], np.float32)
    known = {
        "words": ("how", "are", "you"),
        "tokens": ("fine", "!"),
        "text": "Fine!",
        "score": -0.5,
        "attention": shares,
        "falls": (0.5, -0.001, 0.25),
    }
    return Explanation(**{**known, **changes})


def test_attention_is_said_in_words_too():
    told = [(one.token, one.words) for one in explanation_report(explanation()).looked_at]

    assert told == [("fine", "how 70%, are 26%"), ("!", "you 80%, how 10%, are 10%")]


def test_the_picture_says_what_it_shows_to_who_cannot_see_it():
    root = ET.fromstring(attention_svg(explanation()))

    title, description = (
        root.findtext(f"{{http://www.w3.org/2000/svg}}{name}") for name in ("title", "desc")
    )
    assert "each of the 2 tokens of the answer" in title
    assert description == "fine: how 70%, are 26%; !: you 80%, how 10%, are 10%."


def test_words_are_weighed_against_the_heaviest():
    told = [(one.word, one.fall, one.bar) for one in explanation_report(explanation()).weights]

    assert told == [("how", "+0.50", "1.000"), ("are", "+0.00", "0.000"), ("you", "+0.25", "0.500")]


def test_words_without_any_weight_have_empty_bars():
    weights = explanation_report(explanation(falls=(-1.0, 0.0, -2.0))).weights

    assert [one.bar for one in weights] == ["0.000"] * 3


def test_what_is_not_known_has_its_reason_instead():
    report = explanation_report(
        explanation(attention=None, no_attention="It does not tell.", falls=None, no_falls="Too long.")
    )

    assert (report.looked_at, report.no_attention) == ((), "It does not tell.")
    assert (report.weights, report.no_weights) == ((), "Too long.")
    assert attention_svg(explanation(attention=None)) is None


def test_it_is_said_what_the_picture_leaves_out():
    many = explanation(words=("w",) * 70, attention=np.full((2, 70), 1 / 70, np.float32), falls=None)

    assert "The picture has the first 60 words" in explanation_report(many).attention_in_words
