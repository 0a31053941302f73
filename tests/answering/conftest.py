"""A bundle small enough to make in a test: its network spells answers by rote."""

import json
from dataclasses import asdict
from itertools import pairwise

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from answering.bundle import FileRecord, Manifest, Part, checksum, new_bundle, write_manifest
from answering.retrieval import Provenance, build_retriever_part
from preprocessing.ragged import TextColumn
from preprocessing.realisation import SurfaceForms
from preprocessing.text_settings import TextSettings
from preprocessing.tokenisation import Tokeniser
from preprocessing.vocabulary import EOS_ID, GO_ID, SPECIAL_TOKENS, Vocabulary

SETTINGS = TextSettings(max_length=6, max_answer_length=5)
VOCABULARY = Vocabulary([*SPECIAL_TOKENS, "hello", "anna", "!", "how", "are", "you"])


def write_toy_network(folder):
    """An encoder that says nothing, and a step that looks at the last token only: hello anna ! <eos>."""
    size = len(VOCABULARY)
    table = np.full((size, size), -4.0, np.float32)
    spelled = [GO_ID, *VOCABULARY.encode(["hello", "anna", "!"]), EOS_ID]
    for before, after in pairwise(spelled):
        table[before, after] = 4.0
    # The second best beginning: "how are you <eos>"; and <unknown> would be best of all, if it were allowed.
    other = [GO_ID, *VOCABULARY.encode(["how", "are", "you"]), EOS_ID]
    for before, after in pairwise(other):
        table[before, after] = max(table[before, after], 3.0)
    table[:, 3] = 6.0
    save(folder / "encoder.onnx", encoder_graph())
    save(folder / "decoder.onnx", step_graph(table))
    for name in ("encoder", "decoder"):
        (folder / f"{name}.int8.onnx").write_bytes((folder / f"{name}.onnx").read_bytes())


def save(path, graph):
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    onnx.checker.check_model(model)
    onnx.save(model, path)


def encoder_graph():
    return helper.make_graph(
        [
            helper.make_node("Cast", ["question"], ["floats"], to=TensorProto.FLOAT),
            helper.make_node("Unsqueeze", ["floats", "last"], ["outputs"]),
            helper.make_node("ReduceMean", ["floats", "last_axis"], ["state_0"], keepdims=1),
        ],
        "encoder",
        [helper.make_tensor_value_info("question", TensorProto.INT32, ["B", "S"])],
        [
            helper.make_tensor_value_info("outputs", TensorProto.FLOAT, ["B", "S", 1]),
            helper.make_tensor_value_info("state_0", TensorProto.FLOAT, ["B", 1]),
        ],
        [
            numpy_helper.from_array(np.array([2], np.int64), "last"),
            numpy_helper.from_array(np.array([1], np.int64), "last_axis"),
        ],
    )


def step_graph(table):
    return helper.make_graph(
        [
            helper.make_node("Gather", ["table", "token"], ["logits"]),
            helper.make_node("Identity", ["state_0"], ["next_state_0"]),
            helper.make_node("Cast", ["question"], ["attention"], to=TensorProto.FLOAT),
        ],
        "decoder",
        [
            helper.make_tensor_value_info("token", TensorProto.INT32, ["B"]),
            helper.make_tensor_value_info("outputs", TensorProto.FLOAT, ["B", "S", 1]),
            helper.make_tensor_value_info("question", TensorProto.INT32, ["B", "S"]),
            helper.make_tensor_value_info("state_0", TensorProto.FLOAT, ["B", 1]),
        ],
        [
            helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["B", len(VOCABULARY)]),
            helper.make_tensor_value_info("next_state_0", TensorProto.FLOAT, ["B", 1]),
            helper.make_tensor_value_info("attention", TensorProto.FLOAT, ["B", "S"]),
        ],
        [numpy_helper.from_array(table, "table")],
    )


EXCHANGES = [
    ("Hello", "Hi there"),
    ("How are you?", "Fine,\nthank you."),
    ("What is the capital of Jordan?", "Amman"),
    ("Where do you live?", "In a computer"),
    ("你好吗", "我很好"),
    ("Hello", "Good day"),
]


def write_toy_bundle(directory, *, exchanges=EXCHANGES, mode="generate", precision="float32"):
    """Write a bundle with both parts."""
    count = len(exchanges)
    with new_bundle(directory) as partial:
        generator = partial / "generator"
        generator.mkdir()
        write_toy_network(generator)
        VOCABULARY.to_file(generator / "vocabulary.txt")
        SurfaceForms({"anna": "Anna"}).to_file(generator / "surface_forms.json")
        retriever = build_retriever_part(
            partial,
            questions=TextColumn.from_texts(question for question, _ in exchanges),
            answers=TextColumn.from_texts(answer for _, answer in exchanges),
            provenance=Provenance(
                TextColumn.from_texts(["toy"] * count),
                TextColumn.from_texts(map(str, range(count))),
                np.zeros(count, np.int32),
            ),
            tokeniser=Tokeniser(SETTINGS),
        )
        parts = (
            Part(
                "generator",
                "generator",
                SETTINGS.as_json(),
                {"precision": precision, "reverse_question": False},
            ),
            retriever,
        )
        manifest = Manifest(
            architecture="toy", default_mode=mode, parts=parts, created="2026-01-01T00:00:00Z"
        )
        write_manifest(partial, manifest)
    return directory


def ask_backwards(bundle_directory, size=None):
    """Let the generator be one that asks; its vocabulary ends after `size` tokens."""
    path = bundle_directory / "generator" / "vocabulary.txt"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:size]))
    manifest = json.loads((bundle_directory / "manifest.json").read_text())
    manifest["parts"][0]["role"] = "reverse_generator"
    manifest["parts"][0]["files"]["vocabulary.txt"] = asdict(FileRecord(checksum(path), path.stat().st_size))
    (bundle_directory / "manifest.json").write_text(json.dumps({**manifest, "default_mode": "retrieve"}))


@pytest.fixture
def bundle_directory(tmp_path):
    return write_toy_bundle(tmp_path / "bundle")
