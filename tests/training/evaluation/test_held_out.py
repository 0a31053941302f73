import pytest

from answering.bundle import Bundle
from answering.question import Question
from answering.responder import Responder
from tests.answering.conftest import write_toy_bundle
from tests.training.evaluation.toys import EXCHANGES, write_dual_encoder
from training.evaluation.held_out import HeldOutResponder


@pytest.fixture
def bundle(tmp_path):
    return Bundle.open(write_toy_bundle(tmp_path / "bundle", exchanges=EXCHANGES, mode="retrieve"))


def first(responder, text, **asked):
    answers = responder.answer_anew(Question(text=text, **asked)).answers
    return answers[0].text if answers else None


def test_an_exchange_that_is_asked_is_not_found(bundle):
    question, answer = EXCHANGES[3]

    assert first(Responder(bundle), question) == answer
    assert first(HeldOutResponder(bundle, {(question, answer)}), question) is None
    assert first(HeldOutResponder(bundle, set()), question) == answer


def test_what_is_left_out_costs_no_other_answer_its_place(tmp_path):
    exchanges = [("Hello there", f"answer {number}") for number in range(8)]
    bundle = Bundle.open(write_toy_bundle(tmp_path / "bundle", exchanges=exchanges, mode="retrieve"))

    assert first(HeldOutResponder(bundle, set(exchanges[:7])), "Hello there") == "answer 7"


def test_what_fits_is_not_found_either(tmp_path):
    exchanges = [("why", "Red!"), ("why not", "red green")]
    bundle = Bundle.open(write_dual_encoder(tmp_path / "bundle", exchanges))

    assert first(Responder(bundle), "red") == "Red!"
    assert first(HeldOutResponder(bundle, {exchanges[0]}), "red") == "red green"


def test_what_is_written_stays_as_it_is(bundle):
    assert first(HeldOutResponder(bundle, set(EXCHANGES)), "Hello", mode="generate") == "Hello Anna!"
