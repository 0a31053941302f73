from collections import Counter

import numpy as np
import pytest

from preprocessing.errors import DatasetError
from preprocessing.text_settings import TextSettings
from preprocessing.tokenisation import Tokeniser
from training.evaluation.baselines import (
    Baselines,
    FrequencyRanker,
    RandomRanker,
    baselines_of,
    most_frequent_answer,
)
from training.evaluation.cases import Case
from training.evaluation.training_texts import TrainingTexts

TRAINING = TrainingTexts(
    questions=("Do you like tea?", "Do you like coffee?", "Where is the station?", "你喜欢喝茶吗？"),
    answers=("I like tea.", "Yes.", "Over there.", "yes."),
)
TOKENISER = Tokeniser(TextSettings())


def case_of(question):
    return Case(number=0, conversation="", source="", earlier=("Tea!",), question=question, answer="")


def test_rankers_are_named_and_score_the_answers_of_a_case():
    scorers = baselines_of(TRAINING, TOKENISER)
    answers = ["Which coffee?", "Yes.", "No."]
    scores = {scorer.name: scorer.scores(case_of("Is there coffee?"), answers) for scorer in scorers}

    assert list(scores) == [
        "most frequent answer",
        "random",
        "TF-IDF, words",
        "TF-IDF, characters",
        "BM25, words",
        "BM25, characters",
    ]
    assert {name: int(found.argmax()) for name, found in scores.items() if name != "random"} == {
        "most frequent answer": 1,
        "TF-IDF, words": 0,
        "TF-IDF, characters": 0,
        "BM25, words": 0,
        "BM25, characters": 0,
    }
    assert all(scorer.is_quick and not scorer.is_own for scorer in scorers)


def test_chinese_characters_are_found_in_another_word():
    by_name = {scorer.name: scorer for scorer in baselines_of(TRAINING, TOKENISER)}
    answers = ["我爱喝咖啡", "今天天气很好"]

    for name in ("TF-IDF, characters", "BM25, characters"):
        scores = by_name[name].scores(case_of("喝什么"), answers)
        assert scores[0] > scores[1] == 0


def test_the_most_frequent_answer_is_preferred_by_how_often_it_was_said():
    ranker = FrequencyRanker(Counter({("yes",): 3, ("no",): 1}))

    assert ranker.score(["why"], [["no"], ["yes"], ["never"]]).tolist() == [1, 3, 0]


def test_chance_is_the_same_for_the_same_question_and_no_better_than_chance():
    ranker = RandomRanker()
    answers = [["a"]] * 10
    firsts = [int(ranker.score([str(number)], answers).argmax()) for number in range(1000)]

    assert np.array_equal(ranker.score(["why"], answers), ranker.score(["why"], answers))
    assert not np.array_equal(ranker.score(["why"], answers), RandomRanker(seed=1).score(["why"], answers))
    # 100 are expected; four standard deviations are 38.
    assert np.abs(np.bincount(firsts, minlength=10) - 100).max() < 38


def test_answerers_answer_from_what_was_trained_on():
    answers = {
        answerer.name: answerer.answer(TOKENISER.tokenise("Where is the tea station?"))
        for answerer in Baselines(TRAINING, TOKENISER).answerers()
    }

    assert list(answers) == ["most frequent answer", "random", "TF-IDF", "BM25"]
    assert answers["most frequent answer"] == "Yes."
    assert answers["random"] in TRAINING.answers
    assert answers["TF-IDF"] == answers["BM25"] == "Over there."


def test_a_question_about_something_else_gets_the_most_frequent_answer():
    *_, tfidf, bm25 = Baselines(TRAINING, TOKENISER).answerers()

    assert tfidf.answer(["zebra"]) == bm25.answer([]) == "Yes."


def test_answers_are_counted_whatever_their_case_and_shown_as_first_written():
    assert most_frequent_answer(["No.", "Yes.", "YES. ", "yes."]) == "Yes."


def test_without_training_texts_rankers_still_rank_and_nothing_can_be_answered():
    baselines = Baselines(TrainingTexts(), TOKENISER)
    scores = {ranker.name: ranker.score(["tea"], [["tea"], ["mud"]]) for ranker in baselines.rankers()}

    assert scores["most frequent answer"].tolist() == [0, 0]
    assert all(found[0] > 0 for name, found in scores.items() if name.startswith(("TF-IDF", "BM25")))
    with pytest.raises(DatasetError, match="at least one training answer"):
        baselines.answerers()


def test_texts_are_cut_once():
    cut = []

    class Counting(Tokeniser):
        def tokenise(self, text):
            cut.append(text)
            return super().tokenise(text)

    scorers = baselines_of(TrainingTexts(), Counting(TextSettings()))
    for scorer in scorers:
        scorer.scores(case_of("Why?"), ["Yes.", "No.", "Yes."])

    assert sorted(cut) == ["No.", "Why?", "Yes."]
