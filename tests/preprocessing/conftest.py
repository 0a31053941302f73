"""Corpora of a few exchanges, read and cut into tokens without files."""

import pytest

from preprocessing.collection import Collection
from preprocessing.conversations import Conversation, Counts, Turn
from preprocessing.filters import Sieve
from preprocessing.progress import NullMonitor
from preprocessing.text_settings import TextSettings
from preprocessing.tokenisation import Tokeniser
from preprocessing.turn_tokens import tokenise_turns


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
