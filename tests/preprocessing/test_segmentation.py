import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocessing.text_settings import SEGMENTERS, TextSettings
from preprocessing.tokenisation import TOKEN, Tokeniser

SENTENCE = "小明毕业于中国科学院计算所"


def cut(text=SENTENCE, **settings):
    return Tokeniser(TextSettings(**settings)).tokenise(text)


def test_the_accurate_mode_cuts_each_character_once():
    assert cut() == ["小明", "毕业", "于", "中国科学院", "计算所"]


def test_the_search_mode_cuts_long_words_again():
    assert cut(cut="search") == [
        "小明",
        "毕业",
        "于",
        "中国",
        "科学",
        "学院",
        "科学院",
        "中国科学院",
        "计算",
        "计算所",
    ]


def test_the_full_mode_finds_all_words():
    assert cut("我来到北京清华大学", cut="full") == [
        "我", "来到", "北京", "清华", "清华大学", "华大", "大学"
    ]  # fmt: skip


def test_words_that_no_dictionary_has_are_guessed_or_not():
    assert cut("他来到了网易杭研大厦") == ["他", "来到", "了", "网易", "杭研", "大厦"]
    assert cut("他来到了网易杭研大厦", new_words=False) == ["他", "来到", "了", "网易", "杭", "研", "大厦"]


@pytest.mark.parametrize("mode", ["accurate", "search"])
@pytest.mark.parametrize(
    "text", [SENTENCE, "今天天气不错，我们去爬山吧", "他来到了网易杭研大厦", "一万两千三百"]
)
def test_both_engines_cut_alike(mode, text):
    slow = cut(text, cut=mode, segmenter="jieba", segmenter_version=SEGMENTERS["jieba"])

    assert cut(text, cut=mode) == slow


@pytest.mark.parametrize("segmenter", SEGMENTERS)
@given(st.text(alphabet=st.sampled_from("我们在北京大学生前来报到，。！？、；：（）《》")))
def test_a_line_is_cut_as_its_runs_are(segmenter, text):
    tokeniser = Tokeniser(TextSettings(segmenter=segmenter, segmenter_version=SEGMENTERS[segmenter]))

    assert tokeniser.cut(text) == tokeniser.segment_runs(TOKEN.findall(text))


@pytest.mark.slow
def test_both_engines_cut_all_of_lccc_alike(research_data):
    from preprocessing.conversations import Counts
    from preprocessing.readers.registry import read_conversations

    fast = Tokeniser(TextSettings())
    slow = Tokeniser(TextSettings(segmenter="jieba", segmenter_version=SEGMENTERS["jieba"]))
    conversations = read_conversations(research_data / "lccc", counts=Counts())

    differing = [
        turn.text
        for conversation in conversations
        for turn in conversation.turns
        if fast.tokenise(turn.text) != slow.tokenise(turn.text)
    ]

    assert differing == []
