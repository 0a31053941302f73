import gzip
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocessing.errors import WordVectorsError
from preprocessing.vector_file import WordVectors, embedding_matrix, read_vectors
from preprocessing.vocabulary import Vocabulary

WORDS = ["the", "巴黎", "Paris"]
MATRIX = np.array([[0.5, -1.25], [2.0, 1e-3], [0.0, 3.0]], np.float32)
SPECIAL = ["<pad>", "<go>", "<eos>", "<unknown>"]
TEXT = "the 0.5 -1.25\n巴黎 2.0 0.001\nParis 0.0 3.0\n"
HEADED = f"3 2\n{TEXT}"


@pytest.fixture
def read(tmp_path):
    """Return a function that reads vectors from the given content."""

    def read_content(content, wanted=None, name="v.txt"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_vectors(path, wanted)

    return read_content


def binary(entries, header=None, *, end=b"\n"):
    """Return what the original tool writes; gensim leaves `end` out."""
    size = len(entries[0][1])
    content = b"".join(word.encode() + b" " + struct.pack(f"<{size}f", *row) + end for word, row in entries)
    return (header or f"{len(entries)} {size}\n".encode()) + content


def complaint_of(read, content):
    with pytest.raises(WordVectorsError) as raised:
        read(content)
    return str(raised.value)


@pytest.mark.parametrize(
    "content",
    [
        HEADED,
        TEXT,
        HEADED.replace("\n", "\r\n"),
        TEXT.replace("\n", " \n"),  # the original tool ends each line with a blank
        HEADED.replace(" ", "\t"),
        f"\ufeff{TEXT}\n",
        gzip.compress(HEADED.encode()),
        binary(list(zip(WORDS, MATRIX, strict=True))),
        binary(list(zip(WORDS, MATRIX, strict=True)), end=b""),
        gzip.compress(binary(list(zip(WORDS, MATRIX, strict=True)))),
    ],
    ids=["word2vec", "glove", "crlf", "blanks", "tabs", "bom", "gz", "binary", "gensim", "binary-gz"],
)
def test_each_format_gives_the_same_vectors(read, content):
    vectors = read(content)

    assert vectors.words == WORDS
    assert vectors.matrix.dtype == np.float32
    assert np.array_equal(vectors.matrix, MATRIX)


@pytest.mark.parametrize("content", [HEADED, binary(list(zip(WORDS, MATRIX, strict=True)))])
def test_only_wanted_words_are_kept(read, content):
    vectors = read(content, {"Paris", "the", "missing"})

    assert vectors.words == ["the", "Paris"]
    assert vectors.matrix.tolist() == [[0.5, -1.25], [0.0, 3.0]]


def test_a_word_that_stands_there_twice_keeps_its_first_vector(read):
    vectors = read("a 1 2\nb 3 4\na 5 6\n")

    assert vectors.words == ["a", "b"]
    assert vectors.matrix.tolist() == [[1, 2], [3, 4]]


def test_words_may_hold_blanks_and_look_like_numbers(read):
    vectors = read("1999 0.5 1.5\n. . . 1 2\nat name@domain.com 3 4\n0.5 5 6\n")

    assert vectors.words == ["1999", ". . .", "at name@domain.com", "0.5"]


@given(st.data())
def test_bytes_are_never_taken_for_text(tmp_path_factory, data):
    size = data.draw(st.integers(2, 6))
    number = st.floats(-1e6, 1e6, width=32)
    rows = data.draw(st.lists(st.lists(number, min_size=size, max_size=size), min_size=1, max_size=4))
    path = tmp_path_factory.mktemp("v") / "v.bin"
    path.write_bytes(binary([(f"w{place}", row) for place, row in enumerate(rows)], end=b""))

    assert read_vectors(path).matrix.tolist() == rows


@given(st.binary(max_size=200), st.sampled_from([b"", b"3 2\n", b"2 1\nw ", b"a 1 2\n", b"\x1f\x8b\x08"]))
def test_no_file_ends_in_a_stack_trace(tmp_path_factory, content, start):
    path = tmp_path_factory.mktemp("v") / "v"
    path.write_bytes(start + content)

    try:
        vectors = read_vectors(path)
    except WordVectorsError:
        return
    assert vectors.matrix.shape[0] == len(vectors.words) == len(set(vectors.words))


def test_number_bytes_that_look_like_line_ends_stay_binary(read):
    (row,) = [struct.unpack("<2f", b"\n\n \n 5\n ")]

    assert read(binary([("w", row)])).matrix.tolist() == [list(row)]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("a 1 2\nb 3\n", "v.txt, line 2: there must be a word and 2 numbers. Copy or make the file again."),
        ("a 1 2\nb 3 4 5\n", "v.txt, line 2: there must be a word and 2 numbers"),
        ("a 1 2\n 3 4\n", "v.txt, line 2: there must be a word and 2 numbers"),
        ("a 1 2\nb 3 x\n", "v.txt, line 2: there must be a word and numbers"),
        ("a 1 2\nb 3 nan\n", "v.txt, line 2: numbers must be finite"),
        ("a 1 2\nb 3 1e300\n", "v.txt, line 2: numbers must be finite"),
        ("4 2\n" + TEXT, "v.txt, line 4: there must be 4 words; the file ends here"),
        ("2 2\n" + TEXT, "v.txt, line 4: there must be 2 words; the file goes on"),
        ("3 3\n" + TEXT, "v.txt, line 2: there must be a word and 3 numbers"),
        ("99999999999999999999 300\n" + TEXT, "v.txt, line 1: there must be the number of words"),
        ("3 10001\n" + TEXT, "v.txt, line 1: there must be the number of words, 1 to 50,000,000"),
        ("-3 2\n" + TEXT, "v.txt, line 1: there must be the number of words"),
        ("0 2\n", "v.txt, line 1: there must be the number of words"),
        ("just a sentence\n", "v.txt, line 1: there must be a word and its numbers"),
        ("", "v.txt must hold the vector of at least one of the words. It holds none."),
        (b"PK\x03\x04rest", "It is a ZIP archive: unpack it."),
        (b"\x80\x05rest", "export it from gensim by save_word2vec_format."),
        (struct.pack("<i", 793712314), "It is fastText's own .bin: take the .vec beside it."),
    ],
)
def test_a_damaged_file_is_refused_with_its_line(read, content, complaint):
    assert complaint in complaint_of(read, content)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (
            binary([("a", [1, 2])] * 2)[:-4],
            "v.txt, word 2: there must be 2 words of 2 numbers; the file ends",
        ),
        (
            binary([("a", [1, 2])], b"49999999 9999\n"),
            "v.txt, word 1: there must be 49,999,999 words of 9999",
        ),
        (binary([("a", [1, 2])] * 2, b"1 2\n"), "v.txt, word 1: the first line says that it is the last"),
        (binary([("a", [1, 2])], end=b"") + b"b" * 99_999, "v.txt, word 1: the first line says"),
        (b"2 2\na \0\0\0\0\0\0\0\0" + b"b" * 99_999, "v.txt, word 2: a word must end with a space"),
        (binary([("a", [1, float("inf")])]), "v.txt, word 1: numbers must be finite"),
    ],
)
def test_a_damaged_binary_file_is_refused_with_its_word(read, content, complaint):
    assert complaint in complaint_of(read, content)


@pytest.mark.parametrize(
    "damage", [lambda c: c[:-9], lambda c: c[:12] + b"\xff\xff\xff" + c[15:], lambda c: c[:5]]
)
def test_a_damaged_gz_is_refused(read, damage):
    assert "v.txt must be whole and readable" in complaint_of(read, damage(gzip.compress(HEADED.encode())))


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(WordVectorsError, match="must be a file that exists"):
        read_vectors(tmp_path / "nothing.txt")


def test_a_file_without_a_wanted_word_is_refused(read):
    with pytest.raises(WordVectorsError, match=r"^v\.txt must hold the vector of at least one of the words"):
        read(TEXT, {"missing"})


@pytest.fixture
def countries():
    rows = {
        "巴黎": [1, 0, 1, 0],
        "法国": [1, 0, 0, 1],
        "伦敦": [0, 1, 1, 0],
        "英国": [0, 1, 0, 1],
        "德国": [0.5, 0, 0, 1],
        "zero": [0, 0, 0, 0],
        "Berlin": [0, 0, 1, 0],
    }
    return WordVectors(list(rows), np.array(list(rows.values()), np.float32))


def test_an_analogy_leaves_its_three_words_out(countries):
    found = countries.analogy("巴黎", "法国", "伦敦", 4)

    assert found[0] == ("英国", pytest.approx(1.0))
    assert {"巴黎", "法国", "伦敦"}.isdisjoint(word for word, _ in found)


def test_the_nearest_come_by_their_cosine_whatever_their_length(countries):
    assert countries.nearest("法国", 3) == [
        ("德国", pytest.approx(1.5 / 2.5**0.5)),
        ("巴黎", pytest.approx(0.5)),
        ("英国", pytest.approx(0.5)),
    ]
    assert len(countries.nearest("法国", 100)) == 6


def test_at_least_one_word_must_be_asked_for(countries):
    with pytest.raises(WordVectorsError, match=r"At least 1 word must be asked for\. Received 0\."):
        countries.nearest("法国", 0)


def test_an_unknown_word_is_told_with_the_closest_spellings(countries):
    with pytest.raises(WordVectorsError) as raised:
        countries.analogy("巴黎", "法国", "berlim")

    assert str(raised.value) == (
        "A word must be among the 7 with a vector. Received berlim. Closest spellings: Berlin."
    )
    with pytest.raises(WordVectorsError, match="Closest spellings: none is close"):
        countries.nearest("猫")


def test_spellings_are_compared_whatever_their_case_and_script(countries):
    assert countries.closest_spellings("BERLI") == ["Berlin"]
    assert set(countries.closest_spellings("法")) == {"法国"}


def test_a_word_is_found_exactly_or_else_in_lower_case(countries):
    assert countries.find("Zero") == 5
    assert countries.find("Berlin") == 6
    assert countries.find("berlin") is None


def test_coverage_is_the_share_of_tokens_with_a_vector(countries):
    assert countries.coverage(["ZERO", "Berlin", "berlin", "巴黎"]) == (3, 0.75)
    assert countries.coverage([]) == (0, 0.0)


def test_known_words_replace_their_rows():
    vocabulary = Vocabulary([*SPECIAL, "Paris", "The", "other"])
    vectors = WordVectors([*WORDS, "<unknown>"], np.vstack([MATRIX, [[9, 9]]]).astype(np.float32))
    rows = np.full((7, 2), 7, np.float32)

    matrix, known = embedding_matrix(vocabulary, vectors, rows)

    assert known == 2
    assert matrix.tolist() == [[7, 7]] * 4 + [[0, 3], [0.5, -1.25], [7, 7]]
    assert rows.tolist() == [[7, 7]] * 7


def test_vectors_of_another_size_are_refused():
    vocabulary = Vocabulary([*SPECIAL, "the"])

    with pytest.raises(WordVectorsError, match="as many numbers as the embeddings, 3"):
        embedding_matrix(vocabulary, WordVectors(WORDS, MATRIX), np.zeros((5, 3), np.float32))
