"""Several ways to answer: a toy network with three mechanisms, two of which say the same."""

from itertools import pairwise

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

from answering.bundle import Bundle, read_manifest, write_manifest
from answering.errors import BundleError
from answering.explanation import Finding, said_by
from answering.question import Question
from answering.responder import Responder
from answering.runtime import GeneratorRuntime
from preprocessing.vocabulary import EOS_ID, GO_ID
from tests.answering.conftest import VOCABULARY, save, write_toy_bundle

SAID = (["hello", "anna", "!"], ["how", "are", "you"], ["hello", "anna", "!"])
# The second mechanism is the likeliest one.
SCORES = np.log(np.array([[0.3, 0.5, 0.2]], np.float32))


def write_toy_mechanisms(folder, choice=(0, 1, 0)):
    """An encoder that chooses a mechanism, and a step that looks at the last token and at the choice."""
    size = len(VOCABULARY)
    tables = np.full((size, len(SAID), size), -4.0, np.float32)
    for mechanism, words in enumerate(SAID):
        for before, after in pairwise([GO_ID, *VOCABULARY.encode(words), EOS_ID]):
            tables[before, mechanism, after] = 4.0
    for suffix in ("", ".int8"):
        save(folder / f"encoder{suffix}.onnx", encoder_graph(np.array([choice], np.float32)))
        save(folder / f"decoder{suffix}.onnx", step_graph(tables, len(choice)))


def encoder_graph(choice):
    floats, ids = TensorProto.FLOAT, TensorProto.INT32
    return helper.make_graph(
        [
            helper.make_node("Cast", ["question"], ["floats"], to=floats),
            helper.make_node("Unsqueeze", ["floats", "last"], ["outputs"]),
            helper.make_node("ReduceMean", ["floats", "last_axis"], ["mean"], keepdims=1),
            helper.make_node("Mul", ["mean", "zero"], ["nothing"]),
            helper.make_node("Add", ["nothing", "choice"], ["state_0"]),
            helper.make_node("Add", ["nothing", "scores"], ["mechanism_scores"]),
        ],
        "encoder",
        [helper.make_tensor_value_info("question", ids, ["B", "S"])],
        [
            helper.make_tensor_value_info("outputs", floats, ["B", "S", 1]),
            helper.make_tensor_value_info("state_0", floats, ["B", choice.shape[1]]),
            helper.make_tensor_value_info("mechanism_scores", floats, ["B", len(SAID)]),
        ],
        [
            numpy_helper.from_array(np.array([2], np.int64), "last"),
            numpy_helper.from_array(np.array([1], np.int64), "last_axis"),
            numpy_helper.from_array(np.zeros(1, np.float32), "zero"),
            numpy_helper.from_array(choice, "choice"),
            numpy_helper.from_array(SCORES, "scores"),
        ],
    )


def step_graph(tables, chosen):
    floats, ids = TensorProto.FLOAT, TensorProto.INT32
    return helper.make_graph(
        [
            helper.make_node("Gather", ["tables", "token"], ["by_mechanism"]),
            helper.make_node("Slice", ["state_0", "first", "many", "last_axis"], ["known"]),
            helper.make_node("Unsqueeze", ["known", "last_axis"], ["row"]),
            helper.make_node("MatMul", ["row", "by_mechanism"], ["one"]),
            helper.make_node("Squeeze", ["one", "last_axis"], ["logits"]),
            helper.make_node("Identity", ["state_0"], ["next_state_0"]),
        ],
        "decoder",
        [
            helper.make_tensor_value_info("token", ids, ["B"]),
            helper.make_tensor_value_info("outputs", floats, ["B", "S", 1]),
            helper.make_tensor_value_info("question", ids, ["B", "S"]),
            helper.make_tensor_value_info("state_0", floats, ["B", chosen]),
        ],
        [
            helper.make_tensor_value_info("logits", floats, ["B", len(VOCABULARY)]),
            helper.make_tensor_value_info("next_state_0", floats, ["B", chosen]),
        ],
        [
            numpy_helper.from_array(tables, "tables"),
            numpy_helper.from_array(np.array([0], np.int64), "first"),
            numpy_helper.from_array(np.array([len(SAID)], np.int64), "many"),
            numpy_helper.from_array(np.array([1], np.int64), "last_axis"),
        ],
    )


@pytest.fixture(params=["float32", "int8"])
def responder(request, tmp_path):
    directory = write_toy_bundle(tmp_path / "bundle", precision=request.param)
    write_toy_mechanisms(directory / "generator")
    write_manifest(directory, read_manifest(directory))
    return Responder.open(directory)


def texts(reply):
    return [answer.text for answer in reply.answers]


def test_one_answer_is_the_likeliest_mechanisms(responder):
    assert texts(responder.answer(Question(text="hello"))) == ["How are you"]


def test_several_answers_are_given_by_a_mechanism_each(responder):
    reply = responder.answer(Question(text="hello", answers=2))

    assert texts(reply) == ["How are you", "Hello Anna!"]
    assert all(-0.1 < answer.score < 0 for answer in reply.answers)


def test_what_reads_alike_is_dropped_and_a_beam_finds_the_rest(responder):
    answers = texts(responder.answer(Question(text="hello", answers=4)))

    assert answers[:2] == ["How are you", "Hello Anna!"]
    assert len(set(answers)) == len(answers) == 4


def test_a_beam_for_one_answer_stays_with_the_likeliest_mechanism(responder):
    assert texts(responder.answer(Question(text="hello", beam_size=4))) == ["How are you"]


def test_mechanisms_come_likeliest_first(tmp_path):
    write_toy_mechanisms(tmp_path)
    encoding = GeneratorRuntime(tmp_path, "float32").encode([4, 5])

    assert encoding.mechanisms == [1, 0, 2]
    assert [state.tolist() for state in encoding.states_of(2)] == [[[0, 0, 1]]]
    assert encoding.states[0].tolist() == [[0, 1, 0]]


def test_a_choice_that_does_not_fit_the_mechanisms_is_refused(tmp_path):
    write_toy_mechanisms(tmp_path, choice=(0, 1, 0, 0))

    with pytest.raises(BundleError, match=r"must choose one of the mechanisms.*\(1, 4\) for 3"):
        GeneratorRuntime(tmp_path, "float32").check(len(VOCABULARY))


def test_a_network_without_mechanisms_has_none(bundle_directory):
    bundle = Bundle.open(bundle_directory)

    assert GeneratorRuntime(bundle.directory / "generator", "float32").encode([4]).mechanisms == []


def test_an_answer_is_explained_by_the_mechanism_that_gave_it(responder):
    question = Question(text="hello how", answers=2)
    tokens = responder.generator.reader.read(question).tokens
    candidates = responder.generator.candidates(tokens, question)

    scores = [
        Finding(responder.generator, tuple(tokens), found).score(tokens, said_by(found.hypothesis))
        for found in candidates
    ]

    assert [found.mechanism for found in candidates] == [1, 0]
    assert scores == pytest.approx([found.hypothesis.score for found in candidates], abs=1e-5)
