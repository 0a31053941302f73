"""A graph with weights of 8 bits: a quarter of the bytes, and a step in a third of the time.

Matrices become MatMulNBits of ONNX Runtime: a scale for each `BLOCK` numbers of a column of the weights, and
likewise of a row of what they are multiplied with. So no row of a batch depends on its neighbours, as it does
where one scale spans the batch (DynamicQuantizeLinear): docs/decisions/0007. Tables of embeddings have one
a row.

K rows and N columns of a matrix.
"""

from pathlib import Path

import numpy as np
import onnx
from onnx import GraphProto, NodeProto, TensorProto, helper, numpy_helper

from training.seq2seq.graph_cleaning import drop_unread, graphs_of

DOMAIN = "com.microsoft"
# From 128 on a row differs by some 1e-6 with what stands beside it; of smaller ones this is the fastest.
BLOCK = 64
BITS = 8
# What multiplies with 8 bits on both sides; the default makes floats of the weights first.
INT8_PRODUCTS = 4
# The stored number that means 0 in a matrix; the largest that a weight becomes.
ZERO, LARGEST = 128, 127
Replacement = tuple[list[NodeProto], dict[str, np.ndarray]]


def quantise(source: Path, target: Path) -> None:
    """Write the graph at `source` with its matrices and tables, also those inside loops, in 8 bits."""
    model = onnx.load(source)
    weights = {tensor.name: tensor for graph in graphs_of(model.graph) for tensor in graph.initializer}
    for graph in graphs_of(model.graph):
        store_in_8_bits(graph, weights)
    drop_unread(model.graph)
    model.opset_import.append(helper.make_opsetid(DOMAIN, 1))
    onnx.save(model, target)


def store_in_8_bits(graph: GraphProto, weights: dict[str, TensorProto]) -> None:
    """Replace products with fixed matrices and looking up in tables, where those are of floats.

    Their numbers lie in the very graph, a loop's body say: ONNX Runtime looks for them there and ends the
    process where it finds none (its issue 31137).
    """
    nodes: list[NodeProto] = []
    here: set[str] = set()
    for node in graph.node:
        found = store_of(node, weights)
        if found is None:
            nodes.append(node)
            continue
        replacement, arrays = found
        nodes += replacement
        graph.initializer.extend(
            numpy_helper.from_array(array, key) for key, array in arrays.items() if key not in here
        )
        here.update(arrays)
    copies = [NodeProto.FromString(node.SerializeToString()) for node in nodes]
    del graph.node[:]
    graph.node.extend(copies)


def store_of(node: NodeProto, weights: dict[str, TensorProto]) -> Replacement | None:
    """Return what takes the place of a node, and the arrays that it reads, by name; None where it stays."""
    if node.op_type == "MatMul" and is_matrix(weights.get(node.input[1])):
        return multiplied_in_blocks(node, numpy_helper.to_array(weights[node.input[1]]))
    if node.op_type == "Gather" and is_matrix(weights.get(node.input[0])) and is_of_rows(node):
        return looked_up(node, numpy_helper.to_array(weights[node.input[0]]))
    return None


def is_matrix(tensor: TensorProto | None) -> bool:
    return tensor is not None and len(tensor.dims) == 2 and tensor.data_type == TensorProto.FLOAT


def is_of_rows(node: NodeProto) -> bool:
    return all(attribute.i == 0 for attribute in node.attribute if attribute.name == "axis")


def multiplied_in_blocks(node: NodeProto, matrix: np.ndarray) -> Replacement:
    names = f"{node.input[1]}_packed", f"{node.input[1]}_scales"
    product = helper.make_node(
        "MatMulNBits",
        [node.input[0], *names],
        list(node.output),
        name=node.name,
        domain=DOMAIN,
        K=matrix.shape[0],
        N=matrix.shape[1],
        bits=BITS,
        block_size=BLOCK,
        accuracy_level=INT8_PRODUCTS,
    )
    return [product], dict(zip(names, packed_blocks(matrix), strict=True))


def packed_blocks(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the numbers (N, blocks, BLOCK) as bytes around `ZERO`, and a scale for each block (N x blocks,).

    The last block of a column is filled up with zeros.
    """
    rows, columns = matrix.shape
    number = -(-rows // BLOCK)
    padded = np.zeros((columns, number * BLOCK), np.float32)
    padded[:, :rows] = matrix.T
    numbers, scales = scaled(padded.reshape(columns, number, BLOCK))
    return (numbers + ZERO).astype(np.uint8), scales.ravel()


def looked_up(node: NodeProto, table: np.ndarray) -> Replacement:
    numbers, scales = scaled(table)
    names = f"{node.input[0]}_rows", f"{node.input[0]}_row_scales"
    rows, row_scales, floats = (f"{node.output[0]}_{what}" for what in ("rows", "scales", "floats"))
    nodes = [
        helper.make_node("Gather", [names[0], node.input[1]], [rows], axis=0),
        helper.make_node("Gather", [names[1], node.input[1]], [row_scales], axis=0),
        helper.make_node("Cast", [rows], [floats], to=TensorProto.FLOAT),
        helper.make_node("Mul", [floats, row_scales], list(node.output)),
    ]
    return nodes, {names[0]: numbers.astype(np.int8), names[1]: scales}


def scaled(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return rows (..., N) as whole numbers up to `LARGEST`, and what to multiply them with (..., 1)."""
    scales: np.ndarray = np.abs(rows).max(axis=-1, keepdims=True) / LARGEST
    scales[scales == 0] = 1
    return np.rint(rows / scales), scales.astype(np.float32)
