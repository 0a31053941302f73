import numpy as np
import pytest

from answering.bundle import Bundle
from answering.responder import Responder
from tests.answering.conftest import write_toy_bundle
from tests.training.evaluation.toys import EXCHANGES, cases_of, stages_in
from training.evaluation.rewording import answers_to_paraphrases, consistency_measures


def asked(place, answer, *reworded):
    return {
        "place": place,
        "answer": answer,
        "reworded": [{"rule": rule, "question": "", "answer": said} for rule, said in reworded],
    }


def test_each_question_is_asked_again_in_other_words(tmp_path):
    bundle = Bundle.open(write_toy_bundle(tmp_path / "bundle", exchanges=EXCHANGES, mode="retrieve"))
    cases = cases_of([("What is the capital of Jordan?", "Amman"), ("你好吗", "我很好")])

    found = answers_to_paraphrases(Responder(bundle), cases, np.array([0, 1]), stages_in(tmp_path))

    first, second = found
    assert first["answer"] == "Amman"
    rules = {one["rule"]: one for one in first["reworded"]}
    assert rules["case"]["question"] == "what is the capital of jordan?"
    assert rules["case"]["answer"] == rules["letter missing"]["answer"] == "Amman"
    assert {one["answer"] for one in second["reworded"] if one["rule"] == "punctuation added"} == {"我很好"}


def test_the_same_answer_is_one_with_the_same_letters():
    found = [asked(0, "Yes!", ("case", "yes"), ("letter missing", "no")), asked(1, "", ("case", ""))]

    overall, *by_rule = consistency_measures(found)

    assert (overall.name, overall.value, overall.samples, overall.group) == (
        "same answer to a paraphrase",
        0.75,
        2,
        "",
    )
    assert {one.group: (one.value, one.samples) for one in by_rule} == {
        "rule: case": (1.0, 2),
        "rule: letter missing": (0.0, 1),
    }


@pytest.mark.parametrize("found", [[], [asked(0, "Yes")]])
def test_without_rewordings_there_is_nothing_to_tell(found):
    assert list(consistency_measures(found)) == []
