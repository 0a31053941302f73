import numpy as np
import pytest

from answering.bundle import Bundle
from answering.calibration import MIXED
from answering.responder import Responder
from tests.answering.conftest import write_toy_bundle
from tests.training.evaluation.toys import EXCHANGES, cases_of, write_generator
from training.evaluation.mixing import WRONG, labelled, mixture
from training.evaluation.scorers import parts_of


class Guess:
    """Scores the answers of a case as it is told, by their texts."""

    name, is_quick, is_own = "guess", True, True

    def __init__(self, score):
        self._score = score

    def scores(self, case, answers):
        return np.array([self._score(case, answer) for answer in answers])


def test_each_question_gives_its_true_answer_and_some_wrong_ones():
    cases = cases_of()
    is_true = Guess(lambda case, answer: float(answer == case.answer))

    found = labelled({"guess": is_true}, cases)

    assert len(found) == len(cases) * (1 + WRONG)
    assert sum(label for _, label in found) == len(cases)
    assert all(scores["guess"] == float(label) for scores, label in found)


def test_what_a_part_cannot_read_is_left_out():
    silent = Guess(lambda case, answer: -np.inf if answer == "Amman" else 0.0)

    assert all(np.isfinite(scores["guess"]) for scores, _ in labelled({"guess": silent}, cases_of()))


@pytest.fixture
def dataset(make_dataset):
    exchanges = [(f"talk {number}", answer) for number, (_, answer) in enumerate(EXCHANGES)]
    return make_dataset(
        exchanges, questions=[question for question, _ in EXCHANGES], splits=[1] * len(EXCHANGES)
    )


def test_a_bundle_with_one_part_has_nothing_to_mix(dataset, tmp_path):
    responder = Responder(Bundle.open(write_generator(tmp_path / "bundle")))
    assert len(parts_of(responder)) == 1

    assert mixture(responder, dataset) == {}


def test_parts_are_weighed_by_what_tells_true_answers_from_wrong_ones(dataset, tmp_path):
    responder = Responder(Bundle.open(write_toy_bundle(tmp_path / "bundle", exchanges=EXCHANGES)))

    mixed = mixture(responder, dataset)[MIXED]

    assert set(mixed["weights"]) <= set(parts_of(responder))
    assert len(mixed["weights"]) == 2
    assert mixed["cases"] > len(EXCHANGES)
    assert mixture(responder, dataset, "test") == {}
