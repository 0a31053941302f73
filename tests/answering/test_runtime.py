from types import SimpleNamespace

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from answering.decoding.beam import decode_with_beam
from answering.decoding.hypothesis import Limits
from answering.errors import BundleError
from answering.runtime import GeneratorRuntime, numbered, open_session
from preprocessing.vocabulary import EOS_ID, GO_ID
from tests.answering.conftest import VOCABULARY, encoder_graph, save, step_graph, write_toy_network

HELLO = VOCABULARY.lookup("hello")


@pytest.fixture
def folder(tmp_path):
    write_toy_network(tmp_path)
    return tmp_path


def write_step_that_sees_its_neighbours(folder):
    """Dynamic quantisation: the largest token id of the batch moves every row's scores."""
    rng = np.random.default_rng(0)
    graph = step_graph(rng.normal(size=(len(VOCABULARY), len(VOCABULARY))).astype(np.float32))
    graph.node[0].output[0] = "looked_up"
    graph.node.extend(
        [
            helper.make_node("Cast", ["token"], ["floats"], to=TensorProto.FLOAT),
            helper.make_node("DynamicQuantizeLinear", ["floats"], ["bytes", "scale", "zero"]),
            helper.make_node("DequantizeLinear", ["bytes", "scale", "zero"], ["rounded"]),
            helper.make_node("Unsqueeze", ["rounded", "last_axis"], ["column"]),
            helper.make_node("Mul", ["looked_up", "column"], ["logits"]),
        ]
    )
    graph.initializer.append(numpy_helper.from_array(np.array([1], np.int64), "last_axis"))
    save(folder / "decoder.int8.onnx", graph)


def test_a_question_is_encoded_and_a_step_gives_log_probabilities(folder):
    runtime = GeneratorRuntime(folder, "float32")

    encoding = runtime.encode([HELLO, HELLO])
    scores, states = runtime.step_for(encoding)(np.array([GO_ID], np.int32), encoding.states)

    assert encoding.question.tolist() == [[HELLO, HELLO]]
    assert scores.shape == (1, len(VOCABULARY))
    assert np.exp(scores).sum() == pytest.approx(1, abs=1e-5)
    assert [state.shape for state in states] == [(1, 1)]


def test_rows_of_dynamic_quantisation_do_not_see_each_other(folder):
    write_step_that_sees_its_neighbours(folder)
    runtime = GeneratorRuntime(folder, "int8")
    encoding = runtime.encode([HELLO])
    step = runtime.step_for(encoding)
    pair = [np.repeat(state, 2, axis=0) for state in encoding.states]

    together, _ = step(np.array([4, 9], np.int32), pair)
    alone, _ = step(np.array([4], np.int32), encoding.states)

    assert np.array_equal(together[:1], alone)


def test_a_beam_on_dynamic_quantisation_gives_what_its_rows_give_alone(folder):
    write_step_that_sees_its_neighbours(folder)
    runtime = GeneratorRuntime(folder, "int8")
    encoding = runtime.encode([HELLO])
    limits = Limits(go_id=GO_ID, eos_id=EOS_ID, forbidden=(0, 1, 3), max_tokens=4)
    step = runtime.step_for(encoding)

    for found in decode_with_beam(step, encoding.states, limits, 4):
        assert found.log_probability == pytest.approx(said_alone(step, encoding, found), abs=1e-4)


def said_alone(step, encoding, hypothesis):
    total, states = 0.0, encoding.states
    spoken = [*hypothesis.ids, EOS_ID][: hypothesis.length]
    for before, token in zip([GO_ID, *spoken], spoken, strict=False):
        scores, states = step(np.array([before], np.int32), states)
        total += float(scores[0, token])
    return total


def test_networks_that_fit_pass_their_check(folder):
    GeneratorRuntime(folder, "float32").check(len(VOCABULARY))


@pytest.mark.parametrize("size", [len(VOCABULARY) - 1, len(VOCABULARY) + 1])
def test_another_vocabulary_than_the_networks_is_refused(folder, size):
    with pytest.raises(BundleError, match="The networks must"):
        GeneratorRuntime(folder, "float32").check(size)


def test_a_network_without_numbers_is_refused(folder):
    table = np.full((len(VOCABULARY), len(VOCABULARY)), np.nan, np.float32)
    save(folder / "decoder.onnx", step_graph(table))

    with pytest.raises(BundleError, match="finite numbers"):
        GeneratorRuntime(folder, "float32").check(len(VOCABULARY))


def test_states_are_ordered_by_number():
    values = [SimpleNamespace(name=name) for name in ("state_10", "state_2", "outputs", "state_x", "state_0")]

    assert numbered(values, "state_") == ["state_0", "state_2", "state_10"]


def test_a_session_has_one_thread(folder):
    options = open_session(folder / "encoder.onnx").get_session_options()

    assert (options.intra_op_num_threads, options.inter_op_num_threads) == (1, 1)


@pytest.fixture
def drawing_in(tmp_path):
    """A network whose weights lie in a file beside it."""
    weights = numpy_helper.from_array(np.ones(2000, np.float32), "weights")
    graph = helper.make_graph(
        [helper.make_node("Add", ["x", "weights"], ["y"])],
        "evil",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [2000])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [2000])],
        [weights],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    path = tmp_path / "evil.onnx"
    onnx.save(model, path, save_as_external_data=True, location="secret.bin", size_threshold=0)
    return path


@pytest.mark.parametrize("working_folder", ["beside it", "elsewhere"])
def test_a_network_that_draws_in_other_files_is_refused(
    drawing_in, working_folder, tmp_path_factory, monkeypatch
):
    is_beside = working_folder == "beside it"
    monkeypatch.chdir(drawing_in.parent if is_beside else tmp_path_factory.mktemp("elsewhere"))

    with pytest.raises(BundleError, match="network that ONNX Runtime opens"):
        open_session(drawing_in)


def test_bytes_that_are_no_network_are_refused(tmp_path):
    (tmp_path / "x.onnx").write_bytes(b"hello")

    with pytest.raises(BundleError, match=r"x.onnx must be a network"):
        open_session(tmp_path / "x.onnx")


def test_a_network_that_is_not_there_is_refused(tmp_path):
    save(tmp_path / "encoder.onnx", encoder_graph())

    with pytest.raises(BundleError, match=r"decoder.onnx must be a network"):
        GeneratorRuntime(tmp_path, "float32")
