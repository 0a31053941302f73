import numpy as np
import pytest

from answering.overlap import Overlap
from answering.question import Question
from answering.retrieval import Provenance, Retriever, build_retriever_part
from preprocessing.ragged import TextColumn
from preprocessing.tokenisation import Tokeniser
from tests.answering.conftest import SETTINGS

QUESTIONS = ["the sky is blue", "the grass is green", "the rose is red", "who is Anna", "the end"]


@pytest.fixture
def overlap(tmp_path):
    tokeniser = Tokeniser(SETTINGS)
    build_retriever_part(
        tmp_path,
        questions=TextColumn.from_texts(QUESTIONS),
        answers=TextColumn.from_texts(["yes"] * len(QUESTIONS)),
        provenance=Provenance(
            TextColumn.from_texts(["toy"] * len(QUESTIONS)),
            TextColumn.from_texts(map(str, range(len(QUESTIONS)))),
            np.zeros(len(QUESTIONS), np.int32),
        ),
        tokeniser=tokeniser,
    )
    retriever = Retriever(tmp_path / "retriever", tokeniser, least_similarity=0)
    return Overlap(retriever, earlier_turns=1)


def asked(text, *earlier):
    return Question(text=text, earlier=earlier)


def test_the_same_again_is_1_and_nothing_in_common_is_0(overlap):
    assert overlap.score(asked("who is Anna"), "Who is Anna?") == pytest.approx(1)
    assert overlap.score(asked("who is Anna"), "green") == 0


def test_a_rare_word_that_comes_back_tells_more_than_a_frequent_one(overlap):
    question = asked("the rose")

    assert overlap.score(question, "a rose") > overlap.score(question, "the car") > 0


def test_a_word_with_a_letter_more_is_alike(overlap):
    assert 0 < overlap.score(asked("roses"), "rose") < 1


def test_what_was_said_before_comes_back_too(overlap):
    said = "Anna"

    assert overlap.score(asked("yes", "Anna?"), said) > overlap.score(asked("yes"), said) == 0
    # Of two earlier turns the network sees one.
    assert overlap.score(asked("yes", "Anna?", "green"), said) == 0
    assert Overlap(overlap.retriever).score(asked("yes", "Anna?"), said) == 0


@pytest.mark.parametrize("text", ["", "?!", "  ", "\u200b", "\ud800", "x" * 5000])
def test_odd_texts_have_an_overlap_too(overlap, text):
    assert 0 <= overlap.score(asked(text), text) <= 1.000001
    assert overlap.score(asked(text), "rose") == 0
