import os
import pickle

import pytest

from preprocessing.errors import DatasetError
from preprocessing.unpickler import load_pickle

GOOD = {
    "word2id": {"a": 4},
    "id2word": {4: "a"},
    "trainingSamples": [[[4], [4]]],
    "maxLength": 5,
    "corpusName": "x",
}


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
