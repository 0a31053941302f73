import timeit

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis.strategies import floats, integers, lists

from answering.bundle import checksum
from answering.errors import BundleError
from answering.retrieval import Provenance, Retriever, build_retriever_part, closest
from preprocessing.progress import NullMonitor, StoppedError
from preprocessing.ragged import TextColumn
from preprocessing.text_settings import TextSettings
from preprocessing.tokenisation import Tokeniser
from tests.answering.conftest import EXCHANGES


def build(directory, exchanges, **options):
    directory.mkdir(parents=True)
    build_retriever_part(
        directory,
        questions=TextColumn.from_texts(question for question, _ in exchanges),
        answers=TextColumn.from_texts(answer for _, answer in exchanges),
        provenance=Provenance(
            TextColumn.from_texts(f"film {row}" for row in range(len(exchanges))),
            TextColumn.from_texts(f"c{row}" for row in range(len(exchanges))),
            np.arange(len(exchanges), dtype=np.int32),
        ),
        tokeniser=Tokeniser(TextSettings()),
        **options,
    )
    return directory / "retriever"


def open_retriever(folder, least_similarity=0.4):
    return Retriever(folder, Tokeniser(TextSettings()), least_similarity=least_similarity)


@pytest.fixture
def folder(tmp_path):
    return build(tmp_path / "part", EXCHANGES)


def test_the_closest_exchange_comes_with_its_similarity_and_where_it_was_said(folder):
    retriever = open_retriever(folder)

    [hit] = retriever.search("how are you")

    assert (hit.index, hit.answer_text) == (1, "Fine,\nthank you.")
    assert hit.similarity == pytest.approx(1)
    assert hit.bm25 > 0
    assert retriever.provenance.sources[hit.index] == "film 1"
    assert (retriever.provenance.conversations[hit.index], retriever.provenance.turns[hit.index]) == ("c1", 1)


def test_similarity_falls_with_every_mistake(folder):
    retriever = open_retriever(folder)

    found = [
        retriever.search(text)[0].similarity
        for text in (
            "What is the capital of Jordan?",
            "what is the captal of jordan",
            "what is the captl of jodan",
        )
    ]

    assert found[0] == pytest.approx(1)
    assert found == sorted(found, reverse=True)
    assert len(set(found)) == 3


def test_what_is_too_far_is_not_found_unless_it_is_asked_for(folder):
    question = "Which penguins live on the ice all through winter"

    assert open_retriever(folder).search(question) == []
    assert open_retriever(folder, least_similarity=0).search(question)[0].similarity < 0.4


def test_answers_without_text_are_passed_over(tmp_path):
    folder = build(tmp_path / "part", [("Hello", " \n"), ("Hello", "Hi")])

    assert [hit.answer_text for hit in open_retriever(folder).search("hello", 5)] == ["Hi"]


def test_marks_alone_must_agree(tmp_path):
    retriever = open_retriever(build(tmp_path / "part", [("?!", "What?"), ("...", "Well."), ("Hello", "Hi")]))

    assert [hit.answer_text for hit in retriever.search("?!", 3)] == ["What?"]
    assert retriever.search("!") == []


def test_many_equal_questions_do_not_hide_each_others_answers(tmp_path):
    folder = build(tmp_path / "part", [("Hello", f"Answer {number}") for number in range(60)])

    found = open_retriever(folder).search("hello", 10)

    assert [hit.answer_text for hit in found] == [f"Answer {number}" for number in range(10)]


def test_a_long_question_is_searched_by_its_rarest_words(folder, monkeypatch):
    monkeypatch.setattr("answering.retrieval.MOST_ENTRIES", 1)

    assert open_retriever(folder).search("What is the capital of Jordan?")[0].answer_text == "Amman"


@pytest.mark.parametrize("question", ["", "\u200b", "\ud800", "zzzz", "<unknown>", "?" * 5000])
def test_nothing_to_go_by_finds_nothing(folder, question):
    assert open_retriever(folder).search(question) == []


def test_questions_without_a_token_are_no_obstacle(tmp_path):
    folder = build(tmp_path / "part", [("\u200b", "a"), ("Hello", "Hi")])

    assert open_retriever(folder).search("hello")[0].answer_text == "Hi"


def test_the_same_exchanges_give_the_same_bytes(tmp_path):
    folders = [build(tmp_path / name, EXCHANGES) for name in "ab"]

    first, second = ({path.name: checksum(path) for path in folder.iterdir()} for folder in folders)

    assert first == second


def test_an_index_can_be_stopped(tmp_path):
    class Impatient(NullMonitor):
        def stop_requested(self):
            return True

    with pytest.raises(StoppedError):
        build(tmp_path / "part", EXCHANGES, monitor=Impatient())


def change(name, alter):
    def damage(folder):
        np.save(folder / name, alter(np.load(folder / name)))

    return damage


@pytest.mark.parametrize(
    "damage",
    [
        change("indices.npy", lambda array: array + np.int32(1000)),
        change("indices.npy", lambda array: array - np.int32(1)),
        change("indices.npy", lambda array: array.astype(np.int64)),
        change("data.npy", lambda array: array[:-1]),
        change("indptr.npy", lambda array: array[:-1]),
        change("indptr.npy", lambda array: array[::-1].copy()),
        change("turn.npy", lambda array: array[:-1]),
        change("answer_text_offsets.npy", lambda array: array[:0]),
        change("answer_text_offsets.npy", lambda array: array[[0, 2, 1, 3, 4, 5, 6]]),
        change("question_text_offsets.npy", lambda array: array[[0, 6]]),
        lambda folder: np.save(folder / "data.npy", np.array([{}], object), allow_pickle=True),
        lambda folder: (folder / "features.txt").write_text("hello\n"),
        lambda folder: (folder / "conversation_texts.bin").unlink(),
    ],
)
def test_a_part_that_points_outside_itself_is_refused(folder, damage):
    damage(folder)

    with pytest.raises(BundleError, match="The retriever part must be whole"):
        open_retriever(folder)


@given(lists(integers(0, 5).map(float) | floats(0, 1, width=32), max_size=3000), integers(1, 60))
@settings(max_examples=60, deadline=None)
def test_the_closest_are_those_that_sorting_finds(values, number):
    scores = np.array(values, np.float32)

    expected = [row for row in np.argsort(-scores, kind="stable").tolist() if scores[row] > 0]

    assert closest(scores, number) == expected[:number]


def test_the_closest_among_very_many():
    scores = np.random.default_rng(0).integers(0, 200, 50_000).astype(np.float32)

    assert closest(scores, 50) == np.argsort(-scores, kind="stable")[:50].tolist()


def test_equal_scores_take_no_longer():
    scores = np.zeros(200_000, np.float32)
    scores[:70] = 1

    # Partitioning all of them takes 20 ms; this takes 0.2 ms.
    assert min(timeit.repeat(lambda: closest(scores, 50), number=1, repeat=5)) < 0.01
