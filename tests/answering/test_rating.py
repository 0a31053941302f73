from dataclasses import replace

import pytest

from answering.calibration import MIXED, Calibration
from answering.candidates.candidate import ALIKE, FITTING, GENERATED, RETRIEVED, WRITTEN, Candidate
from answering.explanation import explain
from answering.question import Question
from answering.rating import (
    DRAWN,
    DRAWN_FOR_REVERSE,
    TEMPERATURE,
    Rating,
    is_known,
    led_back,
    surest,
)
from answering.responder import Responder
from tests.answering.test_ranking import write_ranking_bundle

HELLO = Question(text="hello", answers=2)


def written(text, log_probability):
    return Candidate(text, GENERATED, WRITTEN, {"log_probability": log_probability})


def alike(similarity, confidence=None):
    return Candidate("x", RETRIEVED, ALIKE, {"similarity": similarity}, row=1, confidence=confidence)


@pytest.fixture
def responder(bundle_directory):
    return Responder.open(bundle_directory)


def test_the_surest_comes_first():
    rating = Rating({WRITTEN: Calibration(1.0, {"log_probability": 1.0}, 50)})

    found = list(rating.rated(HELLO, [written("a", -2.0), written("b", -1.0), written("c", -3.0)]))

    assert [candidate.text for candidate in found] == ["b", "a", "c"]
    assert found[0].confidence == 0.5


def test_without_a_calibration_the_order_stays():
    given = [written("a", -2.0), written("b", -1.0)]

    assert list(Rating({}).rated(HELLO, given)) == given


def test_of_a_corpus_only_the_first_are_put_into_order():
    rating = Rating({WRITTEN: Calibration(0.0, {"log_probability": 1.0}, 50)})
    given = [written(str(number), number) for number in range(20)]

    found = [candidate.text for candidate in rating.rated(HELLO, iter(given))]

    assert found == ["4", "3", "2", "1", "0", *map(str, range(5, 20))]


def test_known_questions_come_before_what_is_written_and_alike_ones_behind():
    fitting = Candidate("x", RETRIEVED, FITTING, {"cosine": 0.5}, row=1, confidence=0.6)
    ordered = [alike(0.99, 0.95), fitting, replace(fitting, confidence=0.5), alike(0.8, 0.4)]

    assert sorted(reversed(ordered), key=surest) == ordered
    assert [is_known(found) for found in (alike(0.96), alike(0.9), alike(0.99, 0.4), fitting)] == [
        True, False, False, False,
    ]  # fmt: skip


def test_an_answer_is_judged_by_how_well_it_leads_back(responder):
    """The toy says hello anna after anything, so that is the question it leads back to."""
    reverse = responder.generator
    rating = Rating({WRITTEN: Calibration(0.0, {"reverse": 1.0}, 50)}, reverse=reverse)

    scores = {text: led_back(reverse, Question(text=text), "how") for text in ("hello anna!", "you are")}
    [judged] = rating.rated(Question(text="hello anna!"), [written("how", -1.0)])

    assert scores["hello anna!"] > scores["you are"]
    assert judged.scores["reverse"] == scores["hello anna!"]
    assert led_back(reverse, Question(text=""), "how") == 0


def test_scores_that_no_calibration_wants_are_not_computed(responder):
    rating = Rating({WRITTEN: Calibration(0.0, {"log_probability": 1.0}, 50)}, reverse=responder.generator)

    [judged] = rating.rated(HELLO, [written("how", -1.0)])

    assert set(judged.scores) == {"log_probability"}
    assert set(rating.scored(HELLO, written("how", -1.0)).scores) == {"log_probability", "reverse"}


def test_found_answers_that_share_rare_words_with_the_talk_come_first(tmp_path):
    """The network knows neither zanzibar nor far, so it cannot tell these answers apart."""
    answers = ["grass, no", "grass is far", "grass of Zanzibar", "the sky"]
    responder = Responder.open(write_ranking_bundle(tmp_path / "bundle", answers))
    question = Question(text="How far is the grass of Zanzibar?")
    found = list(responder.fitting.candidates(["grass"]))
    mixture = Calibration(0.0, {"cosine": 1.0, "lexical": 1.0}, 50)

    mixed = list(replace(responder.rating, calibrations={MIXED: mixture}).mixed(question, found))

    assert [candidate.text for candidate in mixed] == [answers[2], answers[1], answers[0], answers[3]]
    assert mixed[0].scores["lexical"] > mixed[1].scores["lexical"] > 0
    assert list(responder.rating.mixed(question, found)) == found


def test_many_answers_are_drawn_where_others_judge_them_too():
    by_cosine, by_both_ways, alone = (
        Rating({WRITTEN: Calibration(0.0, dict.fromkeys(names, 1.0), 50)})
        for names in (("log_probability", "cosine"), ("cosine", "reverse"), ("log_probability",))
    )

    drawn = by_cosine.drawing(HELLO)
    assert (drawn.answers, drawn.temperature, drawn.text) == (DRAWN, TEMPERATURE, "hello")
    assert by_cosine.drawing(Question(text="hello", answers=15)).answers == 30
    assert by_both_ways.drawing(HELLO).answers == DRAWN_FOR_REVERSE
    assert alone.drawing(HELLO) is HELLO
    assert Rating({}).drawing(HELLO) is HELLO


@pytest.mark.parametrize("search", [{"beam_size": 3}, {"temperature": 0.5}, {"beam_size": 1}])
def test_how_somebody_asks_to_search_wins(search):
    rating = Rating({WRITTEN: Calibration(0.0, {"cosine": 1.0}, 50)})
    question = Question(text="hello", **search)

    assert rating.drawing(question) is question


@pytest.fixture
def drawing_responder(responder):
    """The toy, which judges what it draws by how well it leads back to the question."""
    calibrations = {WRITTEN: Calibration(0.0, {"log_probability": 1.0, "reverse": 1.0}, 50)}
    responder.rating = replace(responder.rating, calibrations=calibrations, reverse=responder.generator)
    return responder


def test_what_is_drawn_is_streamed_as_it_is_answered_and_can_be_explained(drawing_responder):
    question = Question(text="how are you")

    answered = drawing_responder.answer_anew(question)
    [streamed] = drawing_responder.stream(question)

    assert streamed == answered
    [best] = answered.answers
    assert best.confidence == max(
        candidate.confidence for candidate in drawing_responder.written(question, ["how", "are", "you"])
    )
    assert explain(drawing_responder, question, best.text).text == best.text
