import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from training.seq2seq.quantisation import BLOCK, packed_blocks, quantise

ROWS, COLUMNS = 300, 40
RNG = np.random.default_rng(0)
MATRIX = RNG.normal(size=(ROWS, COLUMNS)).astype(np.float32)
TABLE = RNG.normal(size=(50, ROWS)).astype(np.float32)


def model_of(nodes, inputs, outputs, initializers):
    graph = helper.make_graph(
        nodes,
        "graph",
        inputs,
        outputs,
        [numpy_helper.from_array(array, name) for name, array in initializers.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)


def looking_up_and_multiplying():
    """Rows of a table times a matrix."""
    return model_of(
        [
            helper.make_node("Gather", ["table", "ids"], ["rows"]),
            helper.make_node("MatMul", ["rows", "matrix"], ["products"]),
        ],
        [helper.make_tensor_value_info("ids", TensorProto.INT32, ["B"])],
        [helper.make_tensor_value_info("products", TensorProto.FLOAT, ["B", COLUMNS])],
        {"table": TABLE, "matrix": MATRIX},
    )


def looping():
    """The same, a row at each turn of a loop whose matrix lies outside of it."""
    body = helper.make_graph(
        [
            helper.make_node("Gather", ["table", "turn"], ["row"]),
            helper.make_node("MatMul", ["row", "matrix"], ["product"]),
            helper.make_node("Identity", ["go_on"], ["goes_on"]),
        ],
        "body",
        [
            helper.make_tensor_value_info("turn", TensorProto.INT64, []),
            helper.make_tensor_value_info("go_on", TensorProto.BOOL, []),
        ],
        [
            helper.make_tensor_value_info("goes_on", TensorProto.BOOL, []),
            helper.make_tensor_value_info("product", TensorProto.FLOAT, [COLUMNS]),
        ],
    )
    return model_of(
        [helper.make_node("Loop", ["turns", "is_true"], ["products"], body=body)],
        [helper.make_tensor_value_info("turns", TensorProto.INT64, [])],
        [helper.make_tensor_value_info("products", TensorProto.FLOAT, ["B", COLUMNS])],
        {"table": TABLE, "matrix": MATRIX, "is_true": np.array(True)},
    )


@pytest.fixture(params=[looking_up_and_multiplying, looping])
def path(request, tmp_path):
    onnx.save(request.param(), tmp_path / "exact.onnx")
    return tmp_path / "exact.onnx"


def products(path):
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    [given] = session.get_inputs()
    feed = {"ids": np.arange(5, dtype=np.int32), "turns": np.array(5)}
    return session.run(None, {given.name: feed[given.name]})[0]


def test_a_quantised_graph_gives_nearly_the_same_from_less(path):
    small = path.with_name("small.onnx")
    quantise(path, small)

    exact, found = products(path), products(small)
    assert np.abs(found - exact).mean() < 0.02 * np.abs(exact).mean()
    assert 3 * small.stat().st_size < path.stat().st_size


def test_no_row_depends_on_its_neighbours(tmp_path):
    onnx.save(looking_up_and_multiplying(), tmp_path / "exact.onnx")
    quantise(tmp_path / "exact.onnx", tmp_path / "small.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "small.onnx", providers=["CPUExecutionProvider"])

    [together] = session.run(None, {"ids": np.arange(5, dtype=np.int32)})
    alone = [session.run(None, {"ids": np.array([row], np.int32)})[0][0] for row in range(5)]

    assert np.array_equal(together, alone)


def test_a_product_with_what_is_computed_stays_as_it_is(tmp_path):
    model = model_of(
        [helper.make_node("MatMul", ["left", "right"], ["products"])],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, [2, 2]) for name in ("left", "right")],
        [helper.make_tensor_value_info("products", TensorProto.FLOAT, [2, 2])],
        {},
    )
    onnx.save(model, tmp_path / "exact.onnx")
    quantise(tmp_path / "exact.onnx", tmp_path / "small.onnx")

    assert [node.op_type for node in onnx.load(tmp_path / "small.onnx").graph.node] == ["MatMul"]


def test_the_last_block_of_a_column_is_filled_with_zeros():
    numbers, scales = packed_blocks(np.full((BLOCK + 1, 2), 0.5, np.float32))

    assert numbers.shape == (2, 2, BLOCK)
    assert numbers[0, 1].tolist() == [255] + [128] * (BLOCK - 1)
    assert scales.tolist() == pytest.approx([0.5 / 127] * 4)


def test_a_column_of_zeros_stays_zero():
    numbers, scales = packed_blocks(np.zeros((BLOCK, 1), np.float32))

    assert (numbers == 128).all()
    assert scales.tolist() == [1]
