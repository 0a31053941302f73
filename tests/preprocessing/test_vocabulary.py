import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocessing.errors import VocabularyError
from preprocessing.vocabulary import UNKNOWN_ID, Vocabulary, build_vocabulary


def test_ids_fall_in_frequency_with_ties_in_code_point_order():
    vocabulary = build_vocabulary({"the": 5, "b": 2, "a": 2, "rare": 1}, max_size=7)

    assert vocabulary.decode(range(7)) == ["<pad>", "<go>", "<eos>", "<unknown>", "the", "a", "b"]
    assert vocabulary.encode(["a", "rare", "the"]) == [5, UNKNOWN_ID, 4]
    assert "rare" not in vocabulary


def test_text_that_spells_a_special_token_is_unknown():
    vocabulary = build_vocabulary({"<eos>": 9, "a": 1}, max_size=10)

    assert vocabulary.lookup("<eos>") == UNKNOWN_ID
    assert "<eos>" not in vocabulary
    assert len(vocabulary) == 5


@given(
    st.dictionaries(st.text(min_size=1).filter(lambda t: "\n" not in t and "\r" not in t), st.integers(1, 9))
)
def test_a_vocabulary_survives_its_file(tmp_path_factory, counts):
    path = tmp_path_factory.mktemp("v") / "vocabulary.txt"
    counts = {token: number for token, number in counts.items() if token.isprintable()}
    vocabulary = build_vocabulary(counts, max_size=1000)

    vocabulary.to_file(path)

    assert Vocabulary.from_file(path) == vocabulary


@pytest.mark.parametrize("content", ["", "a\nb\n", "<pad>\n<go>\n<eos>\n<unknown>\na\na\n"])
def test_a_file_that_is_no_vocabulary_is_refused(tmp_path, content):
    (tmp_path / "v.txt").write_text(content)

    with pytest.raises(VocabularyError, match="A vocabulary must"):
        Vocabulary.from_file(tmp_path / "v.txt")


def test_a_file_that_is_no_text_is_refused(tmp_path):
    (tmp_path / "v.txt").write_bytes(b"\xff\xfe")

    with pytest.raises(VocabularyError, match="UTF-8"):
        Vocabulary.from_file(tmp_path / "v.txt")
