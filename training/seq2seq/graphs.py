"""The network as two ONNX graphs: the encoder, and one decoder step. Signatures: docs/training.md.

B batch, S question length, M size of a memory's row, V vocabulary.
"""

import logging
from pathlib import Path
from typing import Any

import onnx
import tensorflow as tf
import tf2onnx

from training.seq2seq.generator import Encoding, Generator
from training.seq2seq.graph_cleaning import clean
from training.seq2seq.network import PAD_ID
from training.seq2seq.quantisation import quantise

OPSET = 18
IDS = tf.int32


def write_graphs(network: Generator, directory: Path) -> None:
    """Write encoder.onnx and decoder.onnx, and their int8 forms beside them."""
    logging.getLogger("tf2onnx").setLevel(logging.WARNING)
    write_graph(encoder_function(network), directory / "encoder.onnx")
    write_graph(step_function(network), directory / "decoder.onnx")
    for name in ("encoder", "decoder"):
        quantise(directory / f"{name}.onnx", directory / f"{name}.int8.onnx")


def encoder_function(network: Generator) -> Any:
    """Return the encoder: ids of questions (B, S) become outputs (B, S, M) and states by name."""

    @tf.function(input_signature=[tf.TensorSpec((None, None), IDS, name="question")])
    def encode(question):
        encoding = network.encode(question)
        states = {f"state_{number}": state for number, state in enumerate(encoding.states)}
        return {"outputs": encoding.outputs, **states, **network.encoder_extras(encoding)}

    return encode


def step_function(network: Generator) -> Any:
    """Return a step of the decoder with the types that the network computes in."""
    example = network.encode(tf.ones((1, 1), IDS))
    signature = [
        tf.TensorSpec((None,), IDS, name="token"),
        tf.TensorSpec((None, None, network.memory_size()), example.outputs.dtype, name="outputs"),
        tf.TensorSpec((None, None), IDS, name="question"),
        *[
            tf.TensorSpec((None, *shape), state.dtype, name=f"state_{number}")
            for number, (shape, state) in enumerate(zip(network.state_shapes(), example.states, strict=True))
        ],
    ]

    @tf.function(input_signature=signature)
    def step(token, outputs, question, *states):
        encoding = Encoding(outputs, tf.not_equal(question, PAD_ID), list(states))
        logits, following, attention = network.step(token, encoding)
        named = {f"next_state_{number}": state for number, state in enumerate(following)}
        return {"logits": logits, "attention": attention, **named}

    return step


def write_graph(function: Any, path: Path) -> None:
    model, _ = tf2onnx.convert.from_function(function, input_signature=function.input_signature, opset=OPSET)
    clean(model.graph)
    onnx.save(model, path)


def size_mib(directory: Path, precision: str) -> float:
    """Return the size of a part's graphs of that precision."""
    small = set(directory.glob("*.int8.onnx"))
    paths = small if precision == "int8" else set(directory.glob("*.onnx")) - small
    return round(sum(path.stat().st_size for path in paths) / 2**20, 2)
