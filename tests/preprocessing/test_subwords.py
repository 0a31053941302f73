import pytest

from preprocessing.errors import VocabularyError
from preprocessing.subwords import Subwords, joined_pieces, train_subwords
from preprocessing.text_settings import TextSettings
from preprocessing.tokenisation import TextResources, Tokeniser

TEXTS = [
    f"{who} {does} {what}"
    for who in ("anna", "the teacher", "我们", "nobody")
    for does in ("reads", "teaches", "reading", "喜欢")
    for what in ("books", "a bookshop", "the book", "书")
]
SETTINGS = TextSettings(units="subwords", lower_case=False)


@pytest.fixture(scope="module")
def subwords():
    return train_subwords(TEXTS, 340)


def test_text_survives_being_cut_into_pieces(subwords):
    cut = Tokeniser(SETTINGS, TextResources(subwords=subwords)).tokenise

    assert joined_pieces(cut("the teacher reads books")) == "the teacher reads books"
    assert joined_pieces(cut("我们 喜欢 the bookshop")) == "我们 喜欢 the bookshop"


def test_no_text_has_a_piece_that_is_not_in_the_model(subwords):
    known = set(subwords.pieces())

    for text in ("zebra", "дом", "🎉", "龘", "\ud800"):
        pieces = subwords.cut(text)
        assert set(pieces) <= known
    assert joined_pieces(subwords.cut("zebra дом 🎉 龘")) == "zebra дом 🎉 龘"


def test_the_same_texts_give_the_same_model(subwords):
    assert train_subwords(TEXTS, 340).content == subwords.content


def test_it_travels_in_a_folder(tmp_path, subwords):
    TextResources(subwords=subwords).save(tmp_path)

    assert TextResources.open(tmp_path).subwords.cut("books") == subwords.cut("books")


def test_too_small_a_size_and_a_file_of_something_else_are_refused():
    with pytest.raises(VocabularyError, match=r"at least 300 tokens\. Received 299"):
        train_subwords(TEXTS, 299)
    with pytest.raises(VocabularyError, match="must be a SentencePiece model"):
        Subwords(b"nothing")
    with pytest.raises(VocabularyError, match=r"must come with its subwords\.model"):
        Tokeniser(SETTINGS)
