import pytest

from preprocessing.conversations import Counts
from preprocessing.errors import CorpusError
from preprocessing.readers.registry import detect_format, read_conversations
from tests.conftest import ROOT

DATA = ROOT / "tests/data"


@pytest.fixture
def counts():
    return Counts()


@pytest.mark.parametrize(
    ("path", "format"),
    [
        ("cornell", "cornell"),
        ("cornell-ids", "cornell"),
        ("chatterbot", "chatterbot"),
        ("chatterbot/greetings.yml", "chatterbot"),
        ("csv", "table"),
        ("csv/chats.tsv", "table"),
        ("dailydialog", "dailydialog"),
        ("plain-text", "plain-text"),
        ("whatsapp", "whatsapp"),
    ],
)
def test_the_formats_are_told_apart(path, format):
    assert detect_format(DATA / path) == format


def test_a_path_that_does_not_exist_and_one_of_no_format_are_named(tmp_path, counts):
    with pytest.raises(CorpusError, match="must be a file or folder that exists"):
        list(read_conversations(tmp_path / "nothing", counts=counts))
    with pytest.raises(CorpusError, match="was not recognised"):
        list(read_conversations(tmp_path, counts=counts))
    with pytest.raises(CorpusError, match="must be a folder with movie_lines"):
        list(read_conversations(tmp_path, counts=counts, format="cornell"))
