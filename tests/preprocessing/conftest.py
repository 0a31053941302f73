"""Corpora of a few exchanges, in memory and as files."""

import pytest

from preprocessing.collection import Collection
from preprocessing.conversations import Conversation, Counts, Turn
from preprocessing.filters import Sieve
from preprocessing.pipeline import preprocess
from preprocessing.progress import NullMonitor
from preprocessing.request import PreprocessRequest
from preprocessing.text_settings import TextSettings
from preprocessing.tokenisation import Tokeniser
from preprocessing.turn_tokens import tokenise_turns
from tests.conftest import ROOT


@pytest.fixture
def make_sieve():
    """Return a function that makes a sieve of (question, answer) pairs in the given splits."""

    def make(pairs, splits=None, conversations=None):
        collection = Collection(Counts())
        for number, (question, answer) in enumerate(pairs):
            name = number if conversations is None else conversations[number]
            collection.add(Conversation(str(name), [Turn(question), Turn(answer)]))
        sieve = Sieve(
            collection, tokenise_turns(collection.turn_texts(), Tokeniser(TextSettings()), NullMonitor())
        )
        sieve.columns.splits[:] = 0 if splits is None else splits
        return sieve

    return make


@pytest.fixture
def make(tmp_path):
    def run(monitor=None, text=None, **options):
        options = {"name": "toy", "path": ROOT / "tests/data/cornell", "data_directory": tmp_path, **options}
        if text:
            options["text"] = TextSettings(**text)
        return preprocess(PreprocessRequest.of_corpus(**options), monitor or NullMonitor())

    return run


@pytest.fixture
def large_corpus(tmp_path):
    """1,200 exchanges in 400 conversations."""
    lines = "\n".join(f"- - question {n}\n  - answer {n}\n  - more {n}\n  - last {n}" for n in range(400))
    (tmp_path / "large.yml").write_text(f"conversations:\n{lines}\n")
    return tmp_path / "large.yml"
