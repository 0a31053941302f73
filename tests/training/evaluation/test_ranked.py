import numpy as np
import pytest

from preprocessing.text_settings import TextSettings
from preprocessing.tokenisation import Tokeniser
from tests.training.evaluation.toys import cases_of, stages_in
from training.evaluation.measure import OWN
from training.evaluation.ranked import (
    Contests,
    hard_contests,
    own_values,
    random_contests,
    rankings_of,
    recall_measures,
    values_of,
)


class Knowing:
    """Knows every true answer, or none: then all answers are equal."""

    def __init__(self, name="knows", knows=True, is_quick=True, is_own=True):
        self.name, self.knows, self.is_quick, self.is_own = name, knows, is_quick, is_own
        self.asked = []

    def scores(self, case, answers):
        self.asked.append(len(answers))
        return np.array([float(self.knows and answer == case.answer) for answer in answers])


def many(number):
    return cases_of([(f"question {place}", f"answer {place}") for place in range(number)])


def kept(scorer, cases, contests, directory, few=20):
    return [vars(ranking) for ranking in rankings_of(scorer, cases, contests, few, stages_in(directory))]


@pytest.mark.parametrize(("number", "size"), [(1, 0), (2, 2), (9, 2), (10, 10), (99, 10), (100, 100)])
def test_there_are_as_many_answers_to_choose_from_as_all_questions_can_have(number, size):
    contests = random_contests(many(number), 20)

    assert contests.size == size
    assert len(contests.contests) == (min(number, 20) if size else 0)


def test_the_true_answer_comes_first_and_no_other_one_twice():
    cases = many(30)

    for contest in random_contests(cases, 30).contests:
        assert contest.answers[0] == contest.place
        assert len({cases[place].answer for place in contest.answers}) == 10


def test_contests_are_the_same_each_time():
    assert random_contests(many(30), 10) == random_contests(many(30), 10)


def test_hard_answers_are_those_to_the_most_similar_questions():
    alike = [("Is the red house old?", "Yes it is"), ("Is the red house new?", "Not so new")]
    cases = cases_of([*alike, *((f"Something else {place}", f"answer {place}") for place in range(8))])

    contests = hard_contests(cases, 10, Tokeniser(TextSettings().for_retrieval()))

    assert contests.kind == "hard"
    assert contests.contests[0].answers[:2] == (0, 1)
    assert contests.contests[1].answers[:2] == (1, 0)


def test_values_are_recall_of_each_size_and_reciprocal_ranks():
    # Second of ten, behind one that stands further back than the first two.
    values = values_of(np.array([[1.0, 0.0, 2.0, *[0.0] * 7]]), "random")

    assert values == {
        "recall@1 of 2": [1.0],
        "mrr of 2": [1.0],
        "recall@1 of 10": [0.0],
        "recall@2 of 10": [1.0],
        "recall@5 of 10": [1.0],
        "mrr of 10": [0.5],
    }
    assert list(values_of(np.zeros((1, 2)), "hard")) == ["recall@1 of 2, hard", "mrr of 2, hard"]


def test_what_is_slow_ranks_ten_answers_to_some_questions_and_all_to_few(tmp_path, monkeypatch):
    monkeypatch.setattr("training.evaluation.ranked.FEWEST", 3)
    cases = many(100)
    slow, quick = Knowing(is_quick=False), Knowing()

    rankings = kept(slow, cases, random_contests(cases, 50), tmp_path / "slow", few=5)
    kept(quick, cases, random_contests(cases, 50), tmp_path / "quick", few=5)

    assert slow.asked == [10] * 5 + [100] * 3
    assert quick.asked == [100] * 50
    samples = {measure.name: measure.samples for measure in recall_measures(rankings)}
    assert (samples["recall@1 of 10"], samples["recall@1 of 100"]) == (5, 3)


def test_measures_of_the_first_own_scorer_are_the_trained_models(tmp_path):
    cases = many(10)
    contests = random_contests(cases, 10)
    scorers = (Knowing(knows=False, name="baseline", is_own=False), Knowing(), Knowing("second", knows=False))
    rankings = [one for scorer in scorers for one in kept(scorer, cases, contests, tmp_path)]

    measures = {(one.system, one.name): one for one in recall_measures(rankings)}

    own = measures[OWN, "recall@1 of 10"]
    assert (own.value, own.low, own.high, own.samples, own.is_baseline) == (1.0, 1.0, 1.0, 10, False)
    # Ties count what chance gives.
    assert measures["second", "recall@1 of 10"].value == pytest.approx(0.1)
    assert measures["baseline", "recall@5 of 10"].value == pytest.approx(0.5)
    assert measures["baseline", "recall@5 of 10"].is_baseline
    assert dict(own_values(rankings))[3]["recall@1 of 10"] == 1.0


def test_nothing_to_choose_from_gives_no_measures(tmp_path):
    rankings = kept(Knowing(), many(1), Contests("random"), tmp_path)

    assert rankings[0]["values"] == {}
    assert list(recall_measures(rankings)) == list(recall_measures([])) == []
