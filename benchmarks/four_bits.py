"""The vocabulary's matrix in 4 bits instead of 8: how much faster a step is, and which answers stay."""

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from answering.candidates.generated import Generator
from answering.decoding.greedy import decode_greedily
from answering.question import Question
from answering.responder import Responder
from answering.runtime import GeneratorRuntime
from benchmarks.report import Figure

BLOCK, LARGEST, ZERO = 32, 8, 8


def four_bits_figures(bundle: Path, questions: Sequence[str]) -> list[Figure]:
    """Return how many greedy answers of a trained generator are those of its 32 bits."""
    responder = Responder.open(bundle)
    generator, part = responder.generator, responder.bundle.part("generator")
    if generator is None or part is None:
        raise SystemExit(f"{bundle} must have a generator. Name another one with BUNDLE=.")
    with tempfile.TemporaryDirectory() as directory:
        folder = Path(directory) / "generator"
        shutil.copytree(responder.bundle.part_directory(part), folder)
        exact, eight = (
            answers(generator, folder, "float32", questions),
            answers(generator, folder, "int8", questions),
        )
        write_with_four_bits(folder / "decoder.onnx", folder / "decoder.int8.onnx")
        four = answers(generator, folder, "int8", questions)
    return [
        Figure(f"greedy answers as of 32 bits, {name}", 100 * share_equal(found, exact), "%")
        for name, found in (("all in 8", eight), ("the vocabulary's matrix in 4", four))
    ]


def answers(
    generator: Generator, folder: Path, precision: str, questions: Sequence[str]
) -> list[tuple[int, ...]]:
    runtime, found = GeneratorRuntime(folder, precision), []
    for text in questions:
        question = Question(text=text)
        encoding = runtime.encode(generator.reader.encode(generator.reader.read(question).tokens))
        found.append(
            decode_greedily(runtime.step_for(encoding), encoding.states, generator.limits(question)).ids
        )
    return found


def share_equal(found: Sequence[object], others: Sequence[object]) -> float:
    return sum(a == b for a, b in zip(found, others, strict=True)) / len(others)


def write_with_four_bits(source: Path, target: Path) -> None:
    """Quantise a decoder as exports do, but for its largest matrix."""
    import onnx
    from onnx import helper, numpy_helper

    from training.seq2seq.quantisation import DOMAIN, INT8_PRODUCTS, quantise

    model = onnx.load(source)
    weights = {tensor.name: tensor for tensor in model.graph.initializer}
    products = [node for node in model.graph.node if node.op_type == "MatMul" and node.input[1] in weights]
    largest = max(products, key=lambda node: int(np.prod(weights[node.input[1]].dims)))
    matrix = numpy_helper.to_array(weights[largest.input[1]])
    packed, scales = in_four_bits(matrix)
    replacement = helper.make_node(
        "MatMulNBits", [largest.input[0], "packed_in_4", "scales_of_4"], list(largest.output), domain=DOMAIN,
        K=matrix.shape[0], N=matrix.shape[1], bits=4, block_size=BLOCK, accuracy_level=INT8_PRODUCTS,
    )  # fmt: skip
    largest.CopyFrom(replacement)
    model.graph.initializer.extend(
        [numpy_helper.from_array(packed, "packed_in_4"), numpy_helper.from_array(scales, "scales_of_4")]
    )
    halfway = target.with_name("halfway.onnx")
    onnx.save(model, halfway)
    quantise(halfway, target)


def in_four_bits(matrix: Any) -> tuple[Any, Any]:
    """Return the numbers of a matrix (K, N), two a byte, and a scale a block; K is a multiple of `BLOCK`."""
    rows, columns = matrix.shape
    blocks = matrix.T.reshape(columns, rows // BLOCK, BLOCK)
    extremes = np.take_along_axis(blocks, np.abs(blocks).argmax(axis=-1)[..., np.newaxis], axis=-1)
    scales = (extremes / -LARGEST).astype(np.float32)
    scales[scales == 0] = 1
    numbers = np.clip(np.rint(blocks / scales) + ZERO, 0, 2 * ZERO - 1).astype(np.uint8)
    return numbers[..., 0::2] | (numbers[..., 1::2] << 4), scales.ravel()
