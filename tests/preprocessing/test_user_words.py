import pytest

from preprocessing.errors import VocabularyError
from preprocessing.segmentation import new_jieba
from preprocessing.text_settings import TextSettings
from preprocessing.tokenisation import TextResources, Tokeniser
from preprocessing.user_words import UserWord, joined_words, parse_user_words

PLAIN = Tokeniser(TextSettings())


def tokeniser(*lines):
    return Tokeniser(
        TextSettings(), TextResources(user_words=parse_user_words("\n".join(lines), "words.txt"))
    )


def test_added_words_come_out_whole():
    assert PLAIN.tokenise("石墨烯量子点很贵") != ["石墨烯量子点", "很", "贵"]
    assert tokeniser("石墨烯量子点").tokenise("石墨烯量子点很贵") == ["石墨烯量子点", "很", "贵"]


def test_words_of_mixed_scripts_come_out_whole_whatever_their_case():
    cut = tokeniser("C语言 500 n", "iPhone手机壳")

    assert cut.tokenise("我学c语言和IPHONE手机壳") == ["我学", "c语言", "和", "iphone手机壳"]
    # Within another word it is not that word.
    assert "c语言" not in cut.tokenise("abc语言")


def test_a_frequency_of_0_takes_a_word_apart():
    assert "北京" in PLAIN.tokenise("我在北京")
    assert "北京" not in tokeniser("北京 0").tokenise("我在北京")


def test_a_dictionary_stays_with_its_dataset():
    before = PLAIN.tokenise("石墨烯量子点很贵")
    tokeniser("石墨烯量子点", "很贵 99999").tokenise("石墨烯量子点很贵")

    assert PLAIN.tokenise("石墨烯量子点很贵") == before
    assert new_jieba().FREQ.get("石墨烯量子点", 0) == 0


def test_a_line_may_have_a_frequency_and_a_part_of_speech():
    words = parse_user_words("\ufeff云计算 500 n\n\n李小福 nr\n创新办\n", "words.txt")

    assert words == (UserWord("云计算", 500, "n"), UserWord("李小福", None, "nr"), UserWord("创新办"))


@pytest.mark.parametrize(
    "line",
    ["云计算 n 500", "云 计 算", "云计算 500 n 7", "!!!", "云" * 65, "云计算 99999999999", "好 -1", "<eos>"],
)
def test_a_wrong_line_is_named(line):
    with pytest.raises(VocabularyError, match=r"words\.txt, line 2: there must be a word"):
        parse_user_words(f"好\n{line}", "words.txt")


def test_of_several_dictionaries_the_later_one_wins():
    first, second = parse_user_words("好 1\n坏 1", "a"), parse_user_words("好 9", "b")

    assert joined_words([first, second]) == (UserWord("好", 9), UserWord("坏", 1))


def test_they_travel_in_a_folder(tmp_path):
    resources = TextResources(user_words=(UserWord("云计算", 500, "n"), UserWord("好")))

    resources.save(tmp_path)

    assert TextResources.open(tmp_path).user_words == resources.user_words
