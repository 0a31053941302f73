import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocessing.errors import SettingsError
from preprocessing.normalisation import PLAIN, normalise, normalised_once, repair
from preprocessing.text_settings import TextSettings
from preprocessing.tokenisation import ASCII_TOKEN, TOKEN, Tokeniser

SETTINGS = TextSettings()
TOKENISER = Tokeniser(SETTINGS)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("Hello, world!", ["hello", ",", "world", "!"]),
        ("goin' to 'go' now, isn't it", ["goin'", "to", "'", "go", "'", "now", ",", "isn't", "it"]),
        ("Don’t y'all dare, O'Brien...", ["don't", "y'all", "dare", ",", "o'brien", "..."]),
        ("a well-known break- up -- twice", ["a", "well-known", "break", "-", "up", "--", "twice"]),
        (
            "It costs 1,234.50 or 5% on the 3rd.",
            ["it", "costs", "1,234.50", "or", "5%", "on", "the", "3rd", "."],
        ),
        (
            "mail a.b@c.org or https://x.org/y?z=1 now",
            ["mail", "a.b@c.org", "or", "https://x.org/y?z=1", "now"],
        ),
        ("What?! No!!", ["what", "?!", "no", "!!"]),
        ("我们今天去北京。", ["我们", "今天", "去", "北京", "。"]),
        ("我用Python写代码", ["我用", "python", "写", "代码"]),
        ("👍🏽 ok 😀", ["👍🏽", "ok", "😀"]),
        ("", []),
        ("\u200b\ufeff", []),
    ],
)
def test_text_is_cut_as_people_read_it(text, tokens):
    assert TOKENISER.tokenise(text) == tokens


@pytest.mark.parametrize(
    ("raw", "normal"),
    [
        ("<i>Really</i>  <b>now</b>", "Really now"),
        ("5 &lt; 6 &amp; 7", "5 < 6 & 7"),
        ("ＡＢＣ　１２３，好", "ABC 123，好"),
        ("donâ€™t", "don't"),
        ("e\u0301te\u0301", "été"),
        ("nooooo!!!!!!!! 10000", "nooo!!! 10000"),
        ("a\u202eb\x07c\ud800", "abc"),
        ("“quoted”", '"quoted"'),
        ("他说“好”", "他说“好”"),
        ("a\r\n\tb", "a b"),
    ],
)
def test_many_spellings_become_one(raw, normal):
    assert normalise(raw, SETTINGS) == normal


@given(st.text())
def test_normalising_twice_changes_nothing_that_tokens_show(text):
    once = normalise(text, SETTINGS)

    assert "\0" not in once
    assert once == once.strip()
    assert all(token.strip() for token in TOKENISER.tokenise(text))


@given(st.from_regex(PLAIN, fullmatch=True))
def test_what_is_plain_comes_out_as_by_all_steps(text):
    assert normalise(text, SETTINGS) == normalised_once(text, SETTINGS)


@given(st.text(alphabet=st.sampled_from("aZ 1.,!‘’“”…–—你好，。！ＡＢ１㐀")))
def test_what_is_not_looked_at_for_mojibake_has_none(text):
    assert repair(text) == text


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_no_letter_is_lost_by_cutting(text):
    normal = normalise(text, SETTINGS)

    assert "".join(TOKENISER.tokenise_written(text)) == "".join(normal.split())


@given(st.text(alphabet=st.characters(max_codepoint=127)))
def test_ascii_is_cut_as_it_would_be_among_other_letters(text):
    found = [token for token in TOKEN.findall(text) if token.strip()]

    assert [token for token in ASCII_TOKEN.findall(text) if token.strip()] == found


@pytest.mark.parametrize("marks", ["\u0301", "\u0316\u0301", "\u0e34"])
def test_a_hundred_thousand_combining_characters_are_not_a_token_and_cost_no_time(marks):
    started = time.monotonic()

    assert len("".join(TOKENISER.tokenise("a" + marks * 50_000))) < 40
    assert time.monotonic() - started < 1


def test_a_long_line_takes_linear_time():
    started = time.monotonic()

    TOKENISER.tokenise("x" * 1_000_000 + " " + "!" * 1_000_000 + "-" * 100_000)

    assert time.monotonic() - started < 5


def test_a_question_is_cut_in_a_fraction_of_a_millisecond():
    TOKENISER.warm_up()
    question = (
        "Well I thought we would start with pronunciation, if that is okay with you, my dear old friend?"
    )
    started = time.perf_counter()
    for _ in range(200):
        TOKENISER.tokenise(question)

    assert (time.perf_counter() - started) / 200 < 0.001


def test_another_segmenter_than_the_corpus_had_is_refused():
    with pytest.raises(SettingsError, match=r"Received rjieba 0.1.0"):
        TextSettings(segmenter="rjieba", segmenter_version="0.1.0")


def test_settings_travel_as_json():
    settings = TextSettings(max_length=7, lower_case=False)

    assert TextSettings.from_json(settings.as_json()) == settings
    with pytest.raises(SettingsError, match="Received flavour"):
        TextSettings.from_json({"flavour": 1})
