import json

import numpy as np
import pytest

from answering.bundle import Bundle
from answering.question import Answer, Question, Reply
from answering.responder import Responder
from tests.answering.conftest import write_toy_bundle
from tests.training.evaluation.toys import EXCHANGES, cases_of, stages_in
from training.evaluation.answered import Said, answers_in_mode, plain_beam, said, several_answers


@pytest.fixture(scope="module")
def responder(tmp_path_factory):
    directory = tmp_path_factory.mktemp("toy") / "bundle"
    return Responder(Bundle.open(write_toy_bundle(directory, exchanges=EXCHANGES)))


def test_each_case_is_answered_in_the_mode_and_what_is_kept_comes_back(responder, tmp_path):
    cases = cases_of([("What is the capital of Jordan?", "Amman"), ("xyzzy", "?")])

    kept = answers_in_mode(responder, cases, np.array([0, 1]), "retrieve", stages_in(tmp_path))

    first, second = map(said, json.loads(json.dumps(kept)))
    assert (first.place, first.text, first.source, first.score) == (0, "Amman", "retrieved", None)
    assert (second.place, second.text, second.texts) == (1, "", ())
    assert second.unknown_words == ("xyzzy",)
    assert first.milliseconds > 0


def test_five_answers_are_those_that_are_served_and_those_of_a_plain_beam(responder, tmp_path):
    found = several_answers(responder, cases_of([("Hello", "Hi")]), np.array([0]), stages_in(tmp_path))

    served, plain = (said(found[way][0]) for way in ("as served", "plain beam"))
    assert len(served.texts) == 5
    assert plain.texts[0] == "Hello Anna!"
    assert len(set(plain.texts)) == len(plain.texts)


def test_a_question_of_which_nothing_can_be_read_has_no_answers(responder):
    assert plain_beam(responder.generator, Question(text="\0", answers=5)) == []


def test_what_is_no_number_is_not_kept():
    reply = Reply(
        answers=[Answer("Hi", float("nan"), float("inf"), "generated")], language="en", unknown_words=[]
    )

    told = Said.of(3, reply, 1.5)

    assert (told.score, told.confidence, told.text) == (None, None, "Hi")
