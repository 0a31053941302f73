import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from preprocessing.errors import DatasetError
from training.evaluation.paraphrases import RULES, consistency, letters_swapped, neighbours, paraphrases_of

TYPOS = ("letter missing", "letters swapped", "letter doubled", "wrong key")


def made(text, seed=0):
    return dict(paraphrases_of(text, seed))


def test_each_rule_that_changes_something_makes_one():
    found = made("Don't you know where the station is?")

    assert list(found) == ["case", "contraction opened", "punctuation removed", "punctuation added", *TYPOS]
    assert found["case"] == "don't you know where the station is?"
    assert found["contraction opened"] == "Do not you know where the station is?"
    assert found["punctuation removed"] == "Don't you know where the station is"
    assert found["punctuation added"].startswith("Don't you know where the station is?")


def test_the_other_form_of_a_contraction_is_found_too():
    assert made("I am here.")["contraction closed"] == "I'm here."


def test_what_is_small_is_shouted():
    assert made("why not")["case"] == "WHY NOT"


def test_signs_within_words_stay():
    assert (
        made("Well-known: it's 10:30, \"isn't it\"?!")["punctuation removed"]
        == "Well-known it's 10:30 isn't it"
    )


def test_chinese_is_turned_and_has_its_own_signs():
    found = made("你们喜欢吗？")

    assert found["traditional"] == "你們喜歡嗎？"
    assert found["punctuation removed"] == "你们喜欢吗"
    assert made("你好，再见！")["punctuation removed"] == "你好再见"
    assert found["punctuation added"][-1] in "？！…。"
    assert set(found) == {"traditional", "punctuation removed", "punctuation added"}
    assert made("你們喜歡嗎")["simplified"] == "你们喜欢吗"


@pytest.mark.parametrize("rule", TYPOS)
def test_a_typo_is_one_edit_in_a_word_of_four_letters_at_least(rule):
    texts = [f"Do you see the lantern {number} of Mister Bookkeeper" for number in range(50)]
    changed = [made(text)[rule] for text in texts]

    assert {OSA.distance(text, other) for text, other in zip(texts, changed, strict=True)} == {1}
    assert {len(other) - len(text) for text, other in zip(texts, changed, strict=True)} == {
        {"letter missing": -1, "letter doubled": 1}.get(rule, 0)
    }
    assert all(other.startswith("Do you see the ") for other in changed)
    # Different questions are mistyped at different places.
    assert len({other[15:] for other in changed}) > 10


def test_a_wrong_key_lies_beside_the_right_one():
    text = "Where is the lantern"
    other = made(text)["wrong key"]
    [(right, wrong)] = [pair for pair in zip(text, other, strict=True) if pair[0] != pair[1]]

    assert wrong in neighbours(right)


def test_equal_letters_are_not_swapped_with_each_other():
    assert letters_swapped("book", 1, np.random.default_rng(0)) == "obok"
    assert letters_swapped("lantern", 2, np.random.default_rng(0)) == "latnern"


def test_short_words_are_not_mistyped():
    assert not set(TYPOS) & set(made("Is it so?"))


@pytest.mark.parametrize("text", ["", " ", "12", "?!"])
def test_what_has_no_letters_has_hardly_any_paraphrase(text):
    assert set(made(text)) <= {"punctuation added"}


def test_a_word_of_one_letter_repeated_cannot_be_mistyped_by_swapping():
    assert "letters swapped" not in made("aaaa")


def test_the_same_seed_gives_the_same_and_another_one_another():
    text = "Would somebody explain everything about lanterns"

    assert paraphrases_of(text) == paraphrases_of(text, seed=0)
    assert paraphrases_of(text) != paraphrases_of(text, seed=1)


@given(st.text(max_size=40), st.integers(0, 3))
def test_no_paraphrase_is_the_question_or_empty(text, seed):
    found = paraphrases_of(text, seed)

    assert all(other != text and other.strip() for _, other in found)
    assert len({rule for rule, _ in found}) == len(found)
    assert {rule for rule, _ in found} <= set(RULES)


def test_hostile_texts_do_not_crash():
    assert made("\ud800 \0 hello")
    assert made("don't " * 2000)["contraction opened"] == "do not " * 2000


def test_consistency_is_the_share_of_equal_answers_over_all_and_by_rule():
    found = consistency(
        [
            ("Yes.", [("case", "Yes."), ("letter missing", "No.")]),
            ("No.", [("case", "No.")]),
            ("Maybe.", []),
            ("Who?", [("case", "What?"), ("letter missing", "Who?"), ("wrong key", "Who?")]),
        ]
    )

    assert found.overall == 4 / 6
    assert found.by_rule == {"case": 2 / 3, "letter missing": 1 / 2, "wrong key": 1.0}
    assert found.numbers == {"case": 3, "letter missing": 2, "wrong key": 1}
    assert found.values.tolist() == pytest.approx([1 / 2, 1, 2 / 3])


def test_consistency_without_a_paraphrase_is_refused():
    with pytest.raises(DatasetError, match="at least one paraphrase"):
        consistency([("Yes.", [])])
