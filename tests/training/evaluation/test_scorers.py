import math

import numpy as np
import pytest

from answering.bundle import Bundle
from answering.responder import Responder
from tests.answering.conftest import write_toy_bundle
from tests.training.evaluation.toys import (
    EXCHANGES,
    calibrate,
    cases_of,
    write_dual_encoder,
    write_generator,
    write_with_way_back,
)
from training.evaluation.scorers import AlikeScorer, scorers_of

COLOURS = [("why red", "Red!"), ("blue sky", "The sky is blue"), ("why green", "Green grass")]


def open_responder(directory):
    return Responder(Bundle.open(directory))


def by_name(directory, held_out=frozenset()):
    return {scorer.name: scorer for scorer in scorers_of(open_responder(directory), held_out)}


def log_softmax(chosen, others):
    return chosen - math.log(sum(math.exp(logit) for logit in (chosen, *others)))


def test_a_generator_scores_by_the_mean_log_probability_of_the_tokens_and_the_end(tmp_path):
    scorer = by_name(write_generator(tmp_path / "bundle"))["generator"]
    [case] = cases_of([("Hello", "Hello Anna!")])

    true, other, nothing = scorer.scores(case, ["Hello Anna!", "Hello Anna! Hello", ""])

    # Behind <go>: the unknown word, hello, how, and seven others; later the unknown word and eight others.
    first = log_softmax(4, [6, 3, *[-4] * 7])
    later = log_softmax(4, [6, *[-4] * 8])
    assert true == pytest.approx((first + 3 * later) / 4, rel=1e-5)
    assert other < true
    assert nothing == -np.inf


def test_a_question_of_which_nothing_can_be_read_tells_no_answers_apart(tmp_path):
    toys = by_name(write_toy_bundle(tmp_path / "bundle"))
    ranker = by_name(write_dual_encoder(tmp_path / "ranker", COLOURS))["dual encoder"]
    [case] = cases_of([("\x00", "Hello")])

    for scorer in (toys["generator"], ranker):
        assert len(set(scorer.scores(case, ["Hello", "Red!"]).tolist())) == 1


def test_beside_a_dual_encoder_the_overlap_with_the_question_scores_too(tmp_path):
    scorer = by_name(write_dual_encoder(tmp_path / "bundle", COLOURS))["overlap"]
    [case] = cases_of([("Zanzibar is far", "far")])

    same, shares, nothing = scorer.scores(case, ["Zanzibar is far!", "To Zanzibar?", "Red!"])

    assert same == pytest.approx(1)
    assert 1 > shares > nothing == 0


def test_a_dual_encoder_scores_by_the_cosine(tmp_path):
    scorer = by_name(write_dual_encoder(tmp_path / "bundle", COLOURS))["dual encoder"]
    [case] = cases_of([("red", "Red!")])

    red, both, blue, nothing = scorer.scores(case, ["red", "red green", "blue", ""])

    assert (red, both, blue) == pytest.approx((1.0, math.sqrt(0.5), 0.0), abs=1e-6)
    assert nothing == -np.inf


def test_alike_questions_score_what_was_answered_to_them(tmp_path):
    responder = open_responder(write_toy_bundle(tmp_path / "bundle", exchanges=EXCHANGES))
    [case] = cases_of([("What is the capital of Jordan?", "Amman")])
    answers = ["Amman", "In a computer"]

    known = AlikeScorer(responder.alike).scores(case, answers)
    held_out = AlikeScorer(responder.alike, {(case.question, case.answer)}).scores(case, answers)

    assert known[0] > 1 > known[1]
    # It is in the index, but may not help: other answers share a letter or two with it.
    assert held_out[0] < 0.1


def test_the_way_back_is_added_to_the_way_there(tmp_path):
    scorers = by_name(write_with_way_back(tmp_path / "bundle"))
    [case] = cases_of([("Hello Anna!", "How are you")])
    answers = ["How are you", "Anna!"]

    there = scorers["generator"].scores(case, answers)
    both = scorers["generator with the way back"].scores(case, answers)

    # Whatever was answered, the toy network spells the question as surely.
    back = both - there
    assert back[0] == pytest.approx(back[1])
    assert back[0] == pytest.approx(scorers["generator"].scores(case, ["Hello Anna!"])[0], rel=1e-5)


def test_the_way_in_which_the_bundle_answers_comes_first(tmp_path):
    writes = write_toy_bundle(tmp_path / "writes", mode="generate")
    finds = write_toy_bundle(tmp_path / "finds", mode="retrieve")

    assert list(by_name(writes)) == ["generator", "alike questions"]
    assert list(by_name(finds)) == ["alike questions", "generator"]


def test_parts_that_are_weighed_come_first_of_all(tmp_path):
    directory = write_toy_bundle(tmp_path / "bundle", exchanges=EXCHANGES)
    calibrate(directory, mixed={"log_probability": 0.5, "similarity": 2.0})
    scorers = by_name(directory)
    [case] = cases_of([("Where do you live?", "Here")])
    answers = ["In a computer", "Anna!"]

    assert list(scorers) == ["all parts together", "generator", "alike questions"]
    expected = 0.5 * scorers["generator"].scores(case, answers) + 2 * scorers["alike questions"].scores(
        case, answers
    )
    assert scorers["all parts together"].scores(case, answers) == pytest.approx(expected)


def test_a_part_that_counts_for_nothing_makes_no_score_a_nonsense(tmp_path):
    directory = write_toy_bundle(tmp_path / "bundle", exchanges=EXCHANGES)
    calibrate(directory, mixed={"log_probability": 0.0, "similarity": 1.0})
    [case] = cases_of([("Where do you live?", "Here")])

    scorers = by_name(directory)
    answers = ["", "Anna!"]
    assert scorers["generator"].scores(case, answers)[0] == -np.inf
    expected = scorers["alike questions"].scores(case, answers).tolist()
    assert scorers["all parts together"].scores(case, answers).tolist() == expected


@pytest.mark.parametrize("weights", [{"similarity": 1.0}, {"similarity": 1.0, "cosine": 1.0}])
def test_what_weighs_one_part_alone_or_one_that_is_missing_mixes_nothing(tmp_path, weights):
    directory = write_toy_bundle(tmp_path / "bundle")
    calibrate(directory, mixed=weights)

    assert "all parts together" not in by_name(directory)
