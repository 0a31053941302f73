import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis.strategies import floats, integers, lists
from onnx import TensorProto, helper, numpy_helper

from answering.bundle import Manifest, Part, checksum, new_bundle, write_manifest
from answering.errors import BundleError
from answering.highest import highest
from answering.question import Question
from answering.ranking import Ranked, Ranker
from answering.responder import Responder
from answering.retrieval import Provenance, build_retriever_part
from answering.stored_vectors import products, stored
from answering.vector_lists import make_lists
from preprocessing.ragged import TextColumn
from preprocessing.tokenisation import Tokeniser
from preprocessing.vocabulary import SPECIAL_TOKENS, Vocabulary
from tests.answering.conftest import SETTINGS, save

WORDS = Vocabulary([*SPECIAL_TOKENS, "red", "green", "blue", "sky", "grass", "why"])
ANSWERS = ["Red!", "The sky is blue", "Green grass", "blue", "Blue...", "  ", "?!"]


def vectors_of_words():
    """A word is a direction of its own; <unknown> weighs little."""
    table = np.eye(len(WORDS), dtype=np.float32)
    table[3] *= 0.1
    return table


def tower(table):
    """A network that sums its words' vectors, to length 1."""
    return helper.make_graph(
        [
            helper.make_node("Gather", ["table", "ids"], ["words"]),
            helper.make_node("ReduceSum", ["words", "axis"], ["sum"], keepdims=0),
            helper.make_node("ReduceL2", ["sum", "axis"], ["length"], keepdims=1),
            helper.make_node("Div", ["sum", "length"], ["vector"]),
        ],
        "tower",
        [helper.make_tensor_value_info("ids", TensorProto.INT32, ["B", "T"])],
        [helper.make_tensor_value_info("vector", TensorProto.FLOAT, ["B", table.shape[1]])],
        [
            numpy_helper.from_array(table, "table"),
            numpy_helper.from_array(np.array([1], np.int64), "axis"),
        ],
    )


def write_ranker_part(folder, answers=ANSWERS):
    folder.mkdir(parents=True)
    for name in ("question", "answer", "question.int8", "answer.int8"):
        save(folder / f"{name}.onnx", tower(vectors_of_words()))
    WORDS.to_file(folder / "vocabulary.txt")
    tokeniser = Tokeniser(SETTINGS)
    sums = np.stack(
        [vectors_of_words()[WORDS.encode(tokeniser.tokenise(text)) or [0]].sum(axis=0) for text in answers]
    )
    vectors, scale = stored(sums / np.linalg.norm(sums, axis=1, keepdims=True))
    np.save(folder / "answer_vectors.npy", vectors)
    return Part("ranker", folder.name, SETTINGS.as_json(), {"precision": "float32", "vector_scale": scale})


def write_ranking_bundle(directory, answers=ANSWERS):
    """A bundle whose questions say nothing of their answers."""
    with new_bundle(directory) as partial:
        ranker = write_ranker_part(partial / "ranker", answers)
        retriever = build_retriever_part(
            partial,
            questions=TextColumn.from_texts(f"question {row}" for row in range(len(answers))),
            answers=TextColumn.from_texts(answers),
            provenance=Provenance(
                TextColumn.from_texts(["toy"] * len(answers)),
                TextColumn.from_texts(map(str, range(len(answers)))),
                np.zeros(len(answers), np.int32),
            ),
            tokeniser=Tokeniser(SETTINGS),
        )
        manifest = Manifest(
            architecture="toy",
            default_mode="retrieve",
            parts=(ranker, retriever),
            created="2026-01-01T00:00:00Z",
        )
        write_manifest(partial, manifest)
    return directory


@pytest.fixture
def directory(tmp_path):
    return write_ranking_bundle(tmp_path / "bundle")


@pytest.fixture
def ranker(directory):
    settings = json.loads((directory / "manifest.json").read_text())["parts"][0]["settings"]
    return Ranker(directory / "ranker", settings)


def ask(directory, text, **options):
    return Responder.open(directory).answer(Question(text=text, **options))


def texts(reply):
    return [answer.text for answer in reply.answers]


def test_the_answer_that_follows_the_question_best_comes_first(directory):
    reply = ask(directory, "Why is the sky blue", answers=2)

    assert texts(reply) == ["The sky is blue", "Blue..."]
    answer = reply.answers[0]
    assert (answer.source, answer.score, answer.confidence) == ("retrieved", None, None)
    assert (reply.language, reply.truncated, reply.unknown_words) == ("en", False, ["is", "the"])


def test_answers_that_differ_by_case_and_punctuation_alone_appear_once(directory):
    found = texts(ask(directory, "blue", answers=10))

    assert found[:2] == ["blue", "The sky is blue"]
    assert sorted(found) == sorted(["Red!", "The sky is blue", "Green grass", "blue", "?!"])


def test_more_answers_than_are_sorted_at_first_can_be_had(tmp_path):
    directory = write_ranking_bundle(tmp_path / "b", ["red"] * 100 + ["blue"])

    assert texts(ask(directory, "red", answers=2)) == ["red", "blue"]


def test_a_long_question_is_answered_from_its_last_part(directory):
    reply = ask(directory, "red " * 6 + "green")

    assert reply.truncated
    assert texts(reply) == ["Red!"]


@pytest.mark.parametrize("text", ["\u200b", "\u202e", "<u></u>"])
def test_a_question_with_nothing_to_read_has_no_answer(directory, text):
    assert ask(directory, text).fallback


@pytest.mark.parametrize("text", ["zanzibar", "?!", "😀", "x" * 5000, "你好" * 500])
def test_any_text_gets_an_answer(directory, text):
    assert texts(ask(directory, text))[0].strip()


def test_a_bundle_with_a_ranker_warms_up(directory):
    Responder.open(directory).warm_up()


def test_all_answers_come_in_the_order_of_their_scores(ranker):
    red = WORDS.lookup("red")

    ranked = list(ranker.best_first([red]))

    assert ranked[0] == Ranked(0, pytest.approx(1.0, abs=0.01))
    assert sorted(each.row for each in ranked) == list(range(len(ANSWERS)))
    assert [each.score for each in ranked] == sorted((each.score for each in ranked), reverse=True)
    assert ranker.search([red], 3) == ranked[:3]


def test_given_answers_are_scored_without_their_neighbours(ranker):
    asked, answers = WORDS.encode(["why", "blue"]), [[6], [4], [6, 7, 9]]

    scores = ranker.score(asked, answers)

    assert scores.tolist() == pytest.approx([2**-0.5, 0.0, (2 / 3) ** 0.5 * 1.0], abs=1e-6)
    assert [ranker.score(asked, [answer])[0] for answer in answers] == scores.tolist()
    assert ranker.score(asked, []).shape == (0,)


def test_stored_vectors_rank_as_the_exact_ones():
    exact = np.random.default_rng(0).normal(size=(3000, 64)).astype(np.float32)
    exact /= np.linalg.norm(exact, axis=1, keepdims=True)

    vectors, scale = stored(exact)

    assert vectors.dtype == np.int8
    np.testing.assert_allclose(np.float32(scale) * products(vectors, exact[7]), exact @ exact[7], atol=0.01)


@given(lists(integers(0, 5).map(float) | floats(-1, 1, width=32), max_size=300), integers(1, 60))
@settings(max_examples=60, deadline=None)
def test_the_highest_are_those_that_sorting_finds(values, number):
    scores = np.array(values, np.float32)

    assert highest(scores, number).tolist() == np.argsort(-scores, kind="stable")[:number].tolist()


def rewrite(directory, name, alter):
    """Change a file of the ranker and state its new checksum, as a damaged export would."""
    path = directory / "ranker" / name
    alter(path)
    manifest = json.loads((directory / "manifest.json").read_text())
    manifest["parts"][0]["files"][name] = {"sha256": checksum(path), "bytes": path.stat().st_size}
    (directory / "manifest.json").write_text(json.dumps(manifest))


def change(alter):
    return lambda path: np.save(path, alter(np.load(path)), allow_pickle=True)


@pytest.mark.parametrize(
    ("name", "alter", "complaint"),
    [
        (
            "answer_vectors.npy",
            change(lambda array: array[:-1]),
            "vector for each of the 7 exchanges. It has 6",
        ),
        (
            "answer_vectors.npy",
            change(lambda array: array[:, :-1]),
            "question network must give 9 finite numbers",
        ),
        (
            "answer_vectors.npy",
            change(lambda array: array[0]),
            "int8 for each answer. Received int8 of shape",
        ),
        ("answer_vectors.npy", change(lambda array: array.astype(np.float32)), "Received float32"),
        ("answer_vectors.npy", change(lambda array: array[:, :0]), "int8 for each answer"),
        ("answer_vectors.npy", change(lambda array: np.array([{}], object)), "ranker part must be whole"),
        ("answer_vectors.npy", lambda path: path.write_bytes(b"damaged"), "ranker part must be whole"),
        ("vocabulary.txt", lambda path: path.write_text("hello\n"), "ranker part must be whole"),
        (
            "vocabulary.txt",
            lambda path: path.write_text(path.read_text() + "more\n"),
            "question network must read texts",
        ),
        ("question.onnx", lambda path: path.write_bytes(b"damaged"), "question.onnx must be a network"),
        (
            "answer.onnx",
            lambda path: save(path, tower(vectors_of_words()[:, :4])),
            "answer network must give 10 finite numbers of length 1",
        ),
        (
            "answer.onnx",
            lambda path: save(path, tower(np.full((len(WORDS), len(WORDS)), np.nan, np.float32))),
            "answer network must give 10 finite numbers of length 1",
        ),
    ],
)
def test_a_ranker_whose_files_do_not_fit_is_refused_before_it_answers(directory, name, alter, complaint):
    rewrite(directory, name, alter)

    with pytest.raises(BundleError, match=complaint):
        Responder.open(directory)


@pytest.mark.parametrize(
    ("odd", "complaint"),
    [
        ({"precision": "int4"}, "precision must be one of float32, int8. Received int4"),
        ({"vector_scale": float("nan")}, "scale must be a number above 0 and at most 1. Received nan"),
        ({"vector_scale": 0.0}, "scale must be a number above 0"),
        ({"vector_scale": True}, "scale must be a number above 0"),
        ({"vector_scale": None}, "scale must be a number above 0"),
    ],
)
def test_settings_that_make_no_sense_are_refused(directory, odd, complaint):
    path = directory / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["parts"][0]["settings"].update(odd)
    path.write_text(json.dumps(manifest))

    with pytest.raises(BundleError, match=complaint):
        Responder.open(directory)


@pytest.fixture
def listed(directory):
    """The same ranker with its vectors in lists, all of which are read."""
    lists = make_lists(
        np.load(directory / "ranker" / "answer_vectors.npy"), np.eye(len(WORDS), dtype=np.float32)
    )
    lists.save(directory / "ranker")
    settings = json.loads((directory / "manifest.json").read_text())["parts"][0]["settings"]
    return Ranker(directory / "ranker", {**settings, "probes": 1})


def test_vectors_in_lists_are_ranked_as_without(ranker, listed):
    asked = WORDS.encode(["blue", "sky"])
    exact = dict(ranker.best_first(asked))
    found = list(listed.best_first(asked))

    assert dict(found) == exact
    assert len(found) == len(ANSWERS)
    assert found[0] == next(ranker.best_first(asked))


@pytest.mark.parametrize(("probes", "complaint"), [("many", "whole number"), (0, "lists must be read")])
def test_lists_that_are_read_in_another_number_are_refused(directory, listed, probes, complaint):
    with pytest.raises(BundleError, match=complaint):
        Ranker(directory / "ranker", {"vector_scale": 0.01, "probes": probes})
