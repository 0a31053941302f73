import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from training.seq2seq.graph_cleaning import clean


def carrying_its_weight(*, is_read_behind=False):
    """A loop that adds a weight at each turn, and hands the weight on to the next; and a node for nobody."""
    body = helper.make_graph(
        [
            helper.make_node("Add", ["sum_before", "weight_before"], ["sum_after"]),
            helper.make_node("Identity", ["go_on"], ["goes_on"]),
        ],
        "body",
        [
            helper.make_tensor_value_info("turn", TensorProto.INT64, []),
            helper.make_tensor_value_info("go_on", TensorProto.BOOL, []),
            helper.make_tensor_value_info("weight_before", TensorProto.FLOAT, [2]),
            helper.make_tensor_value_info("sum_before", TensorProto.FLOAT, [2]),
        ],
        [
            helper.make_tensor_value_info("goes_on", TensorProto.BOOL, []),
            helper.make_tensor_value_info("weight_before", TensorProto.FLOAT, [2]),
            helper.make_tensor_value_info("sum_after", TensorProto.FLOAT, [2]),
        ],
    )
    outputs = ["weight_behind", "sum"] if is_read_behind else ["sum"]
    graph = helper.make_graph(
        [
            helper.make_node("Mul", ["unread_weight", "zero"], ["for_nobody"]),
            helper.make_node("Neg", ["for_nobody"], ["for_nobody_either"]),
            helper.make_node(
                "Loop", ["turns", "is_true", "weight", "zero"], ["weight_behind", "sum"], body=body
            ),
        ],
        "graph",
        [helper.make_tensor_value_info("turns", TensorProto.INT64, [])],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, [2]) for name in outputs],
        [
            numpy_helper.from_array(np.array([1, 10], np.float32), "weight"),
            numpy_helper.from_array(np.zeros(2, np.float32), "zero"),
            numpy_helper.from_array(np.ones(2, np.float32), "unread_weight"),
            numpy_helper.from_array(np.array(True), "is_true"),
        ],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)


def outputs_of(model):
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return [found.tolist() for found in session.run(None, {"turns": np.array(3)})]


def test_a_loop_reads_its_weight_from_outside_and_gives_the_same():
    model = carrying_its_weight()
    before = outputs_of(model)
    clean(model.graph)
    onnx.checker.check_model(model)

    assert outputs_of(model) == before == [[3, 30]]
    assert list(model.graph.node[-1].input) == ["turns", "is_true", "zero"]


def test_what_is_read_behind_the_loop_is_carried_on():
    model = carrying_its_weight(is_read_behind=True)
    clean(model.graph)

    assert outputs_of(model) == [[1, 10], [3, 30]]


def test_what_nobody_reads_is_dropped_with_its_weights():
    model = carrying_its_weight()
    clean(model.graph)

    assert [node.op_type for node in model.graph.node] == ["Loop"]
    assert {tensor.name for tensor in model.graph.initializer} == {"weight", "zero", "is_true"}
