import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocessing.errors import VocabularyError
from preprocessing.realisation import SurfaceForms, most_frequent_forms, put_together
from preprocessing.text_settings import STEPS, TextSettings
from preprocessing.tokenisation import Tokeniser

FORMS = SurfaceForms({"i": "I", "anna": "Anna", "i'm": "I'm", "python": "Python", "nasa": "NASA"})
TOKENISER = Tokeniser(TextSettings())
# People repeat letters for emphasis; three of them say it too.
UNCHANGING = Tokeniser(TextSettings(steps=tuple(step for step in STEPS if step != "repeats")))


@pytest.mark.parametrize(
    "text",
    [
        "Hi, I am Anna.",
        "What?! No... I'm not.",
        'He said "yes" to Anna (twice).',
        "It costs 5% on the 3rd of May; or $20.",
        "我们用 Python 写代码。",
        "你好，Anna！我有3个苹果。",
        "NASA called. We left -- at once.",
        "他说“好”。",
        "This and/or that.",
    ],
)
def test_text_comes_back_as_people_write_it(text):
    forms = SurfaceForms(
        {**{"may": "May"}, **{t: FORMS.written(t) for t in ("i", "anna", "i'm", "python", "nasa")}}
    )

    assert put_together(TOKENISER.tokenise(text), forms) == text


def test_nothing_becomes_nothing():
    assert put_together([], FORMS) == ""


@given(
    st.lists(st.sampled_from(["i", "anna", ",", ".", '"', "'", "(", ")", "你", "好", "3", "...", "?", "ok"]))
)
def test_no_letter_is_lost_by_putting_together_and_cutting_again(tokens):
    text = put_together(tokens, FORMS)

    assert "  " not in text
    assert text == text.strip()
    assert letters(UNCHANGING.tokenise(text)) == letters(tokens)


def letters(tokens):
    return [character for token in tokens for character in token if character.isalnum()]


def test_the_most_frequent_form_is_kept_where_it_differs():
    forms = most_frequent_forms(
        [("paris", "Paris", 5), ("paris", "paris", 1), ("us", "us", 9), ("us", "US", 2)]
    )

    assert (forms.written("paris"), forms.written("us"), len(forms)) == ("Paris", "us", 1)


def test_forms_survive_their_file(tmp_path):
    FORMS.to_file(tmp_path / "forms.json")

    assert SurfaceForms.from_file(tmp_path / "forms.json") == FORMS


@pytest.mark.parametrize("content", ["[]", "{", '{"a": 1}', '{"a": null}'])
def test_a_file_of_other_things_is_refused(tmp_path, content):
    (tmp_path / "forms.json").write_text(content)

    with pytest.raises(VocabularyError):
        SurfaceForms.from_file(tmp_path / "forms.json")
