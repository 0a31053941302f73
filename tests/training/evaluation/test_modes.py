import numpy as np
import pytest

from answering.bundle import GENERATE, HYBRID, RETRIEVE
from answering.calibration import Calibration
from answering.candidates.candidate import ALIKE, GENERATED, RETRIEVED, WRITTEN, Candidate
from answering.responder import Responder
from answering.retrieval_bundle import build_retrieval_bundle
from preprocessing.dataset import Dataset
from preprocessing.pipeline import preprocess
from preprocessing.progress import NullMonitor
from preprocessing.request import PreprocessRequest
from training.evaluation.modes import (
    Judged,
    ModeReport,
    chosen,
    is_closer,
    measure_modes,
    share_closer,
)

COLOURS = ("red", "green", "blue", "yellow", "black", "white", "orange", "purple", "brown", "silver")
THINGS = ("house", "garden", "river", "mountain", "window", "bicycle", "teacher", "kitchen", "village")


@pytest.fixture
def make_dataset(tmp_path):
    def make(exchanges):
        chance = np.random.default_rng(0)
        lines = []
        for number in range(exchanges):
            colour, thing = chance.choice(COLOURS), chance.choice(THINGS)
            # Now and then somebody answers beside the question.
            said = chance.choice(THINGS) if chance.random() < 0.4 else thing
            lines.append(f"- - is the {thing} {number} {colour}\n  - the {said} it is, case {number}")
        (tmp_path / "toy.yml").write_text("conversations:\n" + "\n".join(lines) + "\n")
        request = PreprocessRequest.of_corpus("toy", tmp_path / "toy.yml", tmp_path)
        return Dataset.open(preprocess(request, NullMonitor()).directory)

    return make


def test_what_is_found_for_held_out_questions_is_closer_to_what_was_said(make_dataset, tmp_path):
    dataset = make_dataset(1500)
    build_retrieval_bundle(dataset.directory, tmp_path / "bundle", NullMonitor())
    responder = Responder.open(tmp_path / "bundle")

    report = measure_modes(responder, dataset, dataset.indices("validation"))

    assert list(report.closer) == [RETRIEVE]
    # The exchange itself is in the index, and is not found all the same.
    assert 0.6 < report.closer[RETRIEVE] < 0.95
    assert report.best == RETRIEVE
    assert report.calibrations == {}
    assert report.known[RETRIEVE] > 0.8
    assert report.as_json()["why"].startswith(f"On {report.questions} held-out questions")


@pytest.mark.parametrize(
    ("closer", "known", "best"),
    [
        ({GENERATE: 0.9, RETRIEVE: 0.5, HYBRID: 0.7}, {GENERATE: 0.5, RETRIEVE: 0.5, HYBRID: 0.5}, GENERATE),
        ({GENERATE: 0.6, RETRIEVE: 0.5, HYBRID: 0.6}, {GENERATE: 0.0, RETRIEVE: 0.9, HYBRID: 0.9}, HYBRID),
        # By chance the others may be as good; what is found is said by somebody.
        (
            {GENERATE: 0.52, RETRIEVE: 0.5, HYBRID: 0.51},
            {GENERATE: 0.5, RETRIEVE: 0.5, HYBRID: 0.5},
            RETRIEVE,
        ),
        ({GENERATE: 0.5}, {GENERATE: 0.0}, GENERATE),
    ],
)
def test_the_simplest_of_the_best_modes_is_taken(closer, known, best):
    report = ModeReport(300, closer, {}, known)

    assert report.best == best
    assert report.as_json()["default"] == best


def test_where_too_little_is_held_out_nothing_is_measured(make_dataset, tmp_path):
    dataset = make_dataset(30)
    build_retrieval_bundle(dataset.directory, tmp_path / "bundle", NullMonitor())

    assert measure_modes(Responder.open(tmp_path / "bundle"), dataset, dataset.indices("validation")) is None


def test_closer_is_what_shares_more_with_the_truth():
    answer, truth, wrong = ({"wa": 1.0, "wb": 1.0}, {"wa": 1.0, "wc": 1.0}, {"wd": 1.0})

    assert is_closer(answer, truth, wrong) is True
    assert is_closer(answer, wrong, truth) is False
    assert is_closer(answer, wrong, {"we": 1.0}) is None
    assert is_closer({}, truth, wrong) is None


def judged(source, score, closer):
    is_written = source == GENERATED
    scores = {"log_probability" if is_written else "similarity": score}
    way = WRITTEN if is_written else ALIKE
    return Judged(Candidate(source, source, way, scores, row=None if is_written else 3), closer)


def test_hybrid_says_the_answer_to_a_known_question_and_else_what_is_written():
    calibrations = {WRITTEN: Calibration(0.0, {"log_probability": 1.0}, 50)}
    alike = [judged(GENERATED, -1.0, True), judged(RETRIEVED, 0.9, False)]
    known = [judged(GENERATED, -0.1, True), judged(RETRIEVED, 1.0, False)]

    assert chosen(alike, HYBRID, calibrations).candidate.source == GENERATED
    assert chosen(known, HYBRID, calibrations).candidate.source == RETRIEVED
    assert chosen(known, GENERATE, calibrations).candidate.source == GENERATED
    assert chosen([], RETRIEVE, calibrations) is None


def test_what_tells_nothing_counts_as_chance():
    assert share_closer(
        [judged(GENERATED, -1.0, True), judged(GENERATED, -1.0, None), None]
    ) == pytest.approx(2 / 3)
