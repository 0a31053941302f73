import pytest

from training.evaluation.chinese_variants import PAIRS, to_simplified, to_traditional


def test_a_question_is_turned_there_and_back():
    assert to_traditional("你们为什么不开电脑学习汉语？OK") == "你們為什麼不開電腦學習漢語？OK"
    assert to_simplified("你們為什麼不開電腦學習漢語？OK") == "你们为什么不开电脑学习汉语？OK"


@pytest.mark.parametrize("text", ["", "Why?", "ありがとう", "你好"])
def test_what_is_the_same_in_both_stays(text):
    assert to_traditional(text) == to_simplified(text) == text


def test_every_character_stands_once():
    characters = "".join(PAIRS.split())

    assert len(set(characters)) == len(characters) > 1000
    assert {len(pair) for pair in PAIRS.split()} == {2}


def test_all_simplified_characters_are_mainland_ones_and_all_traditional_ones_are_taiwanese():
    simplified, traditional = zip(*PAIRS.split(), strict=True)

    assert len("".join(simplified).encode("gb2312")) == 2 * len(simplified)
    assert len("".join(traditional).encode("big5")) == 2 * len(traditional)


def test_no_traditional_character_is_written_on_the_mainland():
    assert [pair for pair in PAIRS.split() if pair[1].encode("gb2312", "ignore")] == []
