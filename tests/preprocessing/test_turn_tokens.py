import numpy as np
import pytest

from preprocessing.progress import NullMonitor, StoppedError
from preprocessing.ragged import TextColumn
from preprocessing.text_settings import TextSettings
from preprocessing.tokenisation import Tokeniser
from preprocessing.turn_tokens import tokenise_turns

TOKENISER = Tokeniser(TextSettings())


def cut(*texts, **options):
    return tokenise_turns(TextColumn.from_texts(texts), TOKENISER, NullMonitor(), **options)


def test_tokens_are_numbers_into_what_was_written():
    tokens = cut("The cat", "the Cat.", "")

    assert tokens.written == ["The", "cat", "the", "Cat", "."]
    assert tokens.folded == ["the", "cat", "the", "cat", "."]
    assert tokens.tokens.tolist() == [0, 1, 2, 3, 4]
    assert tokens.offsets.tolist() == [0, 2, 5, 5]
    assert tokens.lengths.tolist() == [2, 3, 0]


def test_turns_have_equal_hashes_where_their_folded_tokens_are_equal():
    hashes = cut("The cat", "the CAT", "cat the", "the cat .", "").hashes

    assert hashes[0] == hashes[1]
    assert len(set(hashes.tolist())) == 4


def test_sentences_begin_after_their_ends():
    tokens = cut("Hi Anna! Come in.", "yes")

    assert tokens.sentence_starts.tolist() == [True, False, False, True, False, False, True]


def test_any_number_of_processes_gives_the_same_bytes():
    texts = [f"number {number} 我们在第{number % 97}站 isn't it?" for number in range(9000)]

    alone, shared = cut(*texts, processes=1), cut(*texts, processes=2)

    assert alone.written == shared.written
    assert np.array_equal(alone.tokens, shared.tokens)
    assert np.array_equal(alone.offsets, shared.offsets)


def test_asked_to_stop_it_stops_and_its_processes_end():
    class Impatient(NullMonitor):
        def stop_requested(self):
            return True

    with pytest.raises(StoppedError):
        tokenise_turns(TextColumn.from_texts(["a"] * 9000), TOKENISER, Impatient(), processes=2)
