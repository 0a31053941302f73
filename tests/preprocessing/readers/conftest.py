"""What the tests of all readers begin with."""

import pytest

from preprocessing.conversations import Counts


@pytest.fixture
def counts():
    return Counts()


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "corpora").mkdir()
    return tmp_path / "corpora"
