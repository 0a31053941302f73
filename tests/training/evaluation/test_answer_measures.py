import numpy as np
import pytest

from answering.bundle import Bundle
from preprocessing.text_settings import TextSettings
from preprocessing.tokenisation import Tokeniser
from tests.training.evaluation.toys import cases_of, write_generator
from training.evaluation.answer_measures import (
    Answers,
    Judging,
    baseline_answers,
    service_measures,
    several_measures,
    systems_of,
)
from training.evaluation.answered import Said
from training.evaluation.baselines import Baselines
from training.evaluation.embedding_similarity import WordVectors
from training.evaluation.training_texts import TrainingTexts

TOKENISER = Tokeniser(TextSettings())
VECTORS = WordVectors({"tea": 0, "milk": 1}, np.eye(2))
JUDGING = Judging(TOKENISER, VECTORS, frozenset(["tea."]))
CASES = cases_of([("What do you drink?", "Tea."), ("What do you drink now?", "Milk and sugar.")])


def told(place, *texts, **changed):
    return vars(
        Said(
            **{
                **dict(
                    place=place,
                    texts=texts,
                    source="generated",
                    confidence=None,
                    score=None,
                    unknown_words=(),
                    milliseconds=10.0 * (place + 1),
                ),
                **changed,
            }
        )
    )


def by_name(measures):
    return {measure.name: measure for measure in measures}


def test_what_was_said_word_for_word_is_as_close_as_can_be():
    answers = Answers("trained model", tuple(CASES), ["Tea.", "Milk and sugar."], JUDGING)

    found = by_name(answers.measures())

    assert found["chrf"].value == 100.0
    assert found["rouge-l"].value == found["embedding average"].value == 1.0
    assert found["bleu"].value == pytest.approx(100.0)
    assert found["copies of training answers"].value == 0.5
    assert found["copies of training answers"].larger_is_better is None
    assert found["distinct-1"].value == pytest.approx(5 / 6, rel=1e-4)
    for measure in found.values():
        assert measure.samples == 2
        assert measure.low <= measure.value <= measure.high


def test_the_closest_of_several_references_counts():
    cases = cases_of([("Why?", "So."), ("Why?", "Because of you.")])
    answers = Answers("trained model", tuple(cases), ["So.", "So."], JUDGING)

    assert answers.closeness["chrf"].tolist() == [100.0, 100.0]


def test_saying_nothing_is_worth_nothing():
    found = by_name(Answers("trained model", tuple(CASES), ["", ""], JUDGING).measures())

    assert [found[name].value for name in ("bleu", "chrf", "rouge-l", "distinct-1")] == [0, 0, 0, 0]


def test_the_first_mode_is_the_trained_model():
    by_mode = {"hybrid": [told(1, "Tea.")], "generate": [told(0), told(1, "Milk")]}

    own, other = systems_of(CASES, by_mode, JUDGING)

    assert (own.system, own.texts, [case.answer for case in own.cases]) == (
        "trained model",
        ["Tea."],
        ["Milk and sugar."],
    )
    assert (other.system, other.texts) == ("mode generate", ["", "Milk"])


def test_baselines_answer_the_same_questions_where_training_answers_are_known():
    own = Answers("trained model", tuple(CASES), ["", ""], JUDGING)
    training = TrainingTexts(("What do you drink?",), ("Water.",))

    found = list(baseline_answers(own, Baselines(training, TOKENISER)))

    assert [one.system for one in found] == ["most frequent answer", "random", "TF-IDF", "BM25"]
    assert all(one.is_baseline and one.texts == ["Water.", "Water."] for one in found)
    assert list(baseline_answers(own, Baselines(TrainingTexts(), TOKENISER))) == []


def test_five_answers_are_worth_as_much_as_the_best_and_as_different_as_they_are():
    several = {
        "as served": [told(0, "Tea.", "Milk with cream"), told(1)],
        "plain beam": [told(0, "No tea", "No tea")],
    }

    measures = {(one.system, one.name): one.value for one in several_measures(CASES, several, TOKENISER)}

    assert measures["trained model", "best of five: bleu"] == pytest.approx(100.0)
    assert measures["trained model", "different among five: distinct-2"] == 1.0
    assert measures["plain beam", "different among five: distinct-2"] == 0.5
    assert list(several_measures(CASES, {}, TOKENISER)) == []


def test_service_is_told_by_fallbacks_unknown_words_time_and_size(tmp_path):
    bundle = Bundle.open(write_generator(tmp_path / "bundle"))
    own = [Said(**told(0, "Tea.", unknown_words=("drink", "What"))), Said(**told(1))]

    found = by_name(service_measures(own, bundle, CASES, TOKENISER))

    assert found["fallbacks"].value == 0.5
    assert found["unknown words"].value == pytest.approx((2 / 4 + 0) / 2)
    assert (found["p50, ms"].value, found["p95, ms"].value) == (15.0, 19.5)
    assert (found["p50, ms"].low, found["p50, ms"].high) == (10.0, 20.0)
    size = sum(path.stat().st_size for path in (tmp_path / "bundle" / "generator").iterdir())
    assert found["bundle, MiB"].value == pytest.approx(size / 2**20, rel=1e-4)
