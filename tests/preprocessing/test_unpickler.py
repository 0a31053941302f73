import os
import pickle
from collections import Counter, OrderedDict

import numpy as np
import pytest

from preprocessing import unpickler
from preprocessing.errors import DatasetError
from preprocessing.unpickler import checked_vocabulary, described, load_pickle

GOOD = {
    "word2id": {"a": 4},
    "id2word": {4: "a"},
    "trainingSamples": [[[4], [4]]],
    "maxLength": 5,
    "corpusName": "x",
}
WORDS = ["<pad>", "<go>", "<eos>", "<unknown>", "how", "are", "you"]
ID2WORD = dict(enumerate(WORDS))
WORD2ID = {word: number for number, word in enumerate(WORDS)}


class Gadget:
    def __reduce__(self):
        return os.system, ("touch /tmp/never",)


@pytest.fixture
def pickled(tmp_path):
    def write(content, protocol=4):
        path = tmp_path / "some.pkl"
        path.write_bytes(content if isinstance(content, bytes) else pickle.dumps(content, protocol))
        return path

    return write


@pytest.mark.parametrize("protocol", [0, 2, 4, 5])
def test_plain_content_of_any_protocol_is_read(pickled, protocol):
    assert load_pickle(pickled(GOOD, protocol)) == GOOD


@pytest.mark.parametrize(
    "evil", [{**GOOD, "x": Gadget()}, Gadget(), {**GOOD, "x": os.getcwd}, {**GOOD, "x": {1, 2}.__class__}]
)
def test_anything_that_names_code_is_refused(pickled, evil):
    with pytest.raises(DatasetError, match=r"some.pkl was refused: it names"):
        load_pickle(pickled(evil))


@pytest.mark.parametrize(
    "content",
    [b"", b"\x80", b"hello", pickle.dumps(GOOD)[:-20], b"\x80\x04\x95\xff\xff\xff\xff\xff\xff\xff\xff."],
)
def test_a_damaged_file_is_refused(pickled, content):
    with pytest.raises(DatasetError):
        load_pickle(pickled(content))


@pytest.mark.parametrize("content", [[], {}, {"word2id": {}}])
def test_a_file_without_the_contracts_keys_is_refused(pickled, content):
    with pytest.raises(DatasetError, match="It lacks"):
        load_pickle(pickled(content))


def with_value(value: bytes) -> bytes:
    """Return a pickle of GOOD, whose key "x" has the value that the given operations make."""
    whole = pickle.dumps({**GOOD, "x": "here"}, 2)
    return whole.replace(b"X\x04\x00\x00\x00here", value)


def test_what_python_2_wrote_is_read(pickled):
    # As Python 2 wrote {"word2id": ...}: keys and words are bytes there.
    content = (
        b"\x80\x02}q\x00(U\x07word2id}q\x01U\x06\xe4\xbd\xa0\xe5\xa5\xbdK\x04sU\x07id2word}q\x02K\x04"
        b"X\x06\x00\x00\x00\xe4\xbd\xa0\xe5\xa5\xbdsU\x0ftrainingSamples]q\x03U\tmaxLengthK\nU\ncorpusNameU"
        b"\x01xu."
    )

    assert load_pickle(pickled(content)) == {
        "word2id": {"你好": 4},
        "id2word": {4: "你好"},
        "trainingSamples": [],
        "maxLength": 10,
        "corpusName": "x",
    }


@pytest.mark.parametrize("protocol", [0, 2, 4])
def test_all_plain_values_are_read(pickled, protocol):
    values = [None, True, 2**70, -1.5, "ü你", (), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4), [], {}, {"a": {}}]

    assert load_pickle(pickled({**GOOD, "x": values}, protocol))["x"] == values


@pytest.mark.parametrize("value", [np.array([4]), np.int64(4), Counter("a"), OrderedDict(a=1)])
def test_values_of_a_library_are_refused_with_a_hint(pickled, value):
    with pytest.raises(DatasetError, match=r"write it again with array.tolist\(\)"):
        load_pickle(pickled({**GOOD, "x": value}))


@pytest.mark.parametrize(
    "value", [b"\x8f", b"(\x91", b"\x82\x01", b"NN\x81", b"NNR", b"NNb", b"(iposix\nsystem\n", b"\x97"]
)
def test_operations_that_make_something_else_are_refused(pickled, value):
    with pytest.raises(DatasetError, match=r"some\.pkl was refused: its operation 0x"):
        load_pickle(pickled(with_value(value)))


def test_a_reference_to_something_outside_is_refused(pickled):
    with pytest.raises(DatasetError, match="refers to something outside itself"):
        load_pickle(pickled(with_value(b"Psecret\n")))


def test_nesting_without_end_is_read_and_freed(pickled):
    content = load_pickle(pickled(with_value(b"]" * 300_000 + b"a" * 299_999)))

    assert described(content["x"]) == "a list of 1"


def test_a_list_in_itself_does_no_harm(pickled):
    loop = []
    loop.append(loop)

    assert described(load_pickle(pickled({**GOOD, "x": loop}))["x"]) == "a list of 1"


@pytest.mark.parametrize(
    "key",
    [
        pytest.param(b")" + b"\x85" * 300_000, id="nested tuples"),
        pytest.param(b"\x8a\x08" + b"\xff" * 7 + b"\x1f", id="a large number"),
        pytest.param(b"G" + b"\0" * 8, id="a float"),
        pytest.param(b"N", id="None"),
        pytest.param(b"\x88", id="True"),
    ],
)
@pytest.mark.parametrize("setting", [b"}%sNs", b"}(%sNu", b"(%sNd"])
def test_keys_whose_hash_does_harm_are_refused(pickled, key, setting):
    with pytest.raises(DatasetError, match="keys of its dicts must be texts or small whole numbers"):
        load_pickle(pickled(with_value(setting % key)))


def test_a_few_bytes_do_not_take_gigabytes(pickled):
    # The C implementation makes room for two thousand million memo entries here.
    assert load_pickle(pickled(with_value(b"]r\xff\xff\xff\x3f")))["x"] == []


@pytest.mark.parametrize(
    "value", [b"\x8d" + b"\xff" * 6 + b"\0\0", b"\x95" + b"\xff" * 6 + b"\0\0]", b"\x8b\xff\xff\xff\x7f"]
)
def test_a_length_beyond_the_file_is_refused(pickled, value):
    with pytest.raises(DatasetError, match=r"some\.pkl (must be a whole pickle|could not be read)"):
        load_pickle(pickled(with_value(value)))


def test_a_pickle_that_takes_too_many_steps_is_refused(pickled, monkeypatch):
    monkeypatch.setattr(unpickler, "MOST_STEPS", 1000)

    with pytest.raises(DatasetError, match="takes more than 1,000 steps"):
        load_pickle(pickled({**GOOD, "x": [[] for _ in range(1000)]}))


def test_steps_are_counted_anew_for_each_file(pickled, monkeypatch):
    monkeypatch.setattr(unpickler, "MOST_STEPS", 60)

    assert [load_pickle(pickled(GOOD)) for _ in range(3)] == [GOOD] * 3


def test_a_file_that_is_too_large_is_not_opened(pickled, monkeypatch):
    monkeypatch.setattr(unpickler, "MOST_BYTES", 10)

    with pytest.raises(DatasetError, match=r"at most 10 bytes. It has \d+"):
        load_pickle(pickled(GOOD))


def test_a_folder_and_a_missing_file_are_refused(tmp_path):
    for path in (tmp_path, tmp_path / "nothing.pkl"):
        with pytest.raises(DatasetError, match="must be a file that exists"):
            load_pickle(path)


def test_a_message_holds_nothing_that_steers_a_terminal(pickled):
    with pytest.raises(DatasetError) as raised:
        load_pickle(pickled(with_value(b"c\x1b[2J" + b"x" * 5000 + b"\ny\n")))

    assert str(raised.value).isprintable()
    assert len(str(raised.value)) < 500


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (9001, "9,001"),
        pytest.param(2**99_999, "a number of 100,000 bits", id="a large number"),
        (True, "True"),
        ("a\n", r"'a\n'"),
        ("x" * 999, "'" + "x" * 199 + "..."),
        (None, "None"),
        ({}, "a dict of 0"),
    ],
)
def test_a_strangers_value_is_shown_in_a_few_characters(value, words):
    assert described(value) == words


def refusal(word2id, id2word):
    with pytest.raises(DatasetError) as raised:
        checked_vocabulary(word2id, id2word)
    return str(raised.value)


def test_two_tables_become_a_vocabulary():
    assert checked_vocabulary(WORD2ID, dict(reversed(ID2WORD.items()))).word2id() == WORD2ID


@pytest.mark.parametrize(
    ("word2id", "id2word", "complaint"),
    [
        (WORD2ID, {**ID2WORD, 7: "too"}, "They have 7 and 8 entries."),
        (WORD2ID, {**ID2WORD, 5: "me"}, "id2word[5] is 'me', whose id in word2id is None."),
        (WORD2ID, {**ID2WORD, 5: "how"}, "id2word[5] is 'how', whose id in word2id is 4."),
        ({**WORD2ID, "<go>": True}, ID2WORD, "id2word[1] is '<go>', whose id in word2id is True."),
    ],
)
def test_the_tables_must_be_each_others_inverse(word2id, id2word, complaint):
    assert refusal(word2id, id2word) == f"word2id and id2word must be each other's inverse. {complaint}"


@pytest.mark.parametrize("last", [7, -1, "6"])
def test_ids_have_no_gap(last):
    id2word = {**dict(enumerate(WORDS[:6])), last: "you"}

    assert refusal(WORD2ID, id2word) == "id2word must have every id from 0 to 6. It lacks 6."


@pytest.mark.parametrize("token", ["", "two\nlines", "back\r", "\ud800", "x" * 1001, 7, None, ["x"]])
def test_a_word_that_the_vocabularys_file_cannot_hold_is_refused(token):
    message = refusal(WORD2ID, {**ID2WORD, 5: token})

    assert message.startswith("id2word[5]: must be a text of one line with 1 to 1,000 characters.")


@pytest.mark.parametrize(
    ("words", "found"), [([], "none"), (["<pad>", "<s>", "</s>", "a", "b"], "'<pad>', '<s>', '</s>', 'a'")]
)
def test_special_tokens_must_stand_first(words, found):
    message = refusal({word: number for number, word in enumerate(words)}, dict(enumerate(words)))

    assert message == f"Ids 0 to 3 must be <pad> <go> <eos> <unknown>. There stand {found}."


def test_tables_must_be_dicts():
    assert refusal([], ID2WORD) == "word2id: must be a dict. Received a list of 0."
    assert refusal(WORD2ID, None) == "id2word: must be a dict. Received None."
