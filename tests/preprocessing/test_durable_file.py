import errno
import os

import pytest

from preprocessing.durable_file import write_text_durably
from preprocessing.vocabulary import SPECIAL_TOKENS, Vocabulary


def full(descriptor):
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_file_has_what_was_written_and_nothing_beside_it(tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()

    write_text_durably(folder / "a.json", "你好\n")

    assert (folder / "a.json").read_bytes() == "你好\n".encode()
    assert [path.name for path in folder.iterdir()] == ["a.json"]


@pytest.mark.parametrize("before", [None, "old\n"])
def test_where_the_disk_is_full_a_file_stays_as_it_was(tmp_path, monkeypatch, before):
    path = tmp_path / "a.json"
    if before is not None:
        path.write_text(before)
    monkeypatch.setattr(os, "fsync", full)

    with pytest.raises(OSError, match="No space left"):
        write_text_durably(path, "new\n")

    assert (path.read_text() if path.exists() else None) == before


def test_a_vocabulary_is_never_there_in_part(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "fsync", full)

    with pytest.raises(OSError, match="No space left"):
        Vocabulary([*SPECIAL_TOKENS, "hello"]).to_file(tmp_path / "vocabulary.txt")

    assert not (tmp_path / "vocabulary.txt").exists()
