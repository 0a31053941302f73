import json

import pytest

from answering.errors import BundleError, ModeError
from answering.responder import EchoResponder, Question, Responder
from answering.runtime import open_session
from tests.answering.conftest import EXCHANGES, write_toy_bundle


@pytest.fixture
def responder(bundle_directory):
    return Responder.open(bundle_directory)


def texts(reply):
    return [answer.text for answer in reply.answers]


def test_a_generated_answer_reads_as_people_write_it(responder):
    reply = responder.answer(Question(text="how are you"))

    assert texts(reply) == ["Hello Anna!"]
    assert reply.answers[0].source == "generated"
    assert -5 < reply.answers[0].score < 0
    assert (reply.language, reply.fallback, reply.truncated, reply.unknown_words) == ("en", False, False, [])


def test_several_answers_differ(responder):
    assert texts(responder.answer(Question(text="hello", answers=2))) == ["Hello Anna!", "How are you"]
    assert texts(responder.answer(Question(text="hello", beam_size=5))) == ["Hello Anna!"]


def test_words_that_the_vocabulary_lacks_are_reported_as_written(responder):
    reply = responder.answer(Question(text="Hello Zanzibar, Zanzibar! 42"))

    assert reply.unknown_words == ["Zanzibar", "42"]
    assert "<unknown>" not in texts(reply)[0]


def test_a_long_question_is_answered_from_its_last_part(responder):
    assert responder.answer(Question(text="hello " * 7)).truncated
    assert not responder.answer(Question(text="hello " * 6)).truncated


@pytest.mark.parametrize("text", ["\u200b", "\u202e", "<u></u>"])
def test_a_question_with_nothing_to_read_has_no_answer(responder, text):
    reply = responder.answer(Question(text=text))

    assert (reply.answers, reply.fallback) == ([], True)


@pytest.mark.parametrize("text", ["?!", "😀", "שלום", "x" * 5000, "a " * 10_000, "你好" * 500])
def test_any_text_gets_an_answer(responder, text):
    assert texts(responder.answer(Question(text=text)))[0]


def test_the_precision_in_the_manifest_is_the_one_that_serves(tmp_path):
    directory = write_toy_bundle(tmp_path / "int8", precision="int8")

    reply = Responder.open(directory).answer(Question(text="hello", answers=2))

    assert texts(reply) == ["Hello Anna!", "How are you"]


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("Hello", "Hi there"),
        ("hello!!", "Hi there"),
        ("how are yuo", "Fine,\nthank you."),
        ("WHAT IS THE CAPITAL OF JORDAN", "Amman"),
        ("what is the captal of jordan?", "Amman"),
        ("你好吗？", "我很好"),
    ],
)
def test_the_closest_question_is_found_also_when_typed_carelessly(responder, asked, answer):
    reply = responder.answer(Question(text=asked, mode="retrieve"))

    assert texts(reply) == [answer]
    assert (reply.answers[0].source, reply.answers[0].score) == ("retrieved", None)


def test_several_retrieved_answers_differ(responder):
    assert texts(responder.answer(Question(text="Hello", mode="retrieve", answers=3))) == [
        "Hi there",
        "Good day",
    ]


@pytest.mark.parametrize("asked", ["Quantum chromodynamics explained", "zzz", "?", "\u200b"])
def test_far_from_everything_there_is_no_answer(responder, asked):
    assert responder.answer(Question(text=asked, mode="retrieve")).fallback


def test_the_bundles_own_mode_is_the_default(tmp_path):
    directory = write_toy_bundle(tmp_path / "b", mode="retrieve")

    assert texts(Responder.open(directory).answer(Question(text="Where do you live"))) == ["In a computer"]


def test_a_mode_without_its_part_is_refused(bundle_directory):
    responder = Responder.open(bundle_directory)
    responder._generator = None

    with pytest.raises(ModeError, match="cannot generate"):
        responder.answer(Question(text="hello", mode="generate"))


def test_the_same_question_gets_the_same_answer(responder):
    replies = [responder.answer(Question(text="hello there", answers=3)) for _ in range(3)]

    assert replies[0] == replies[1] == replies[2]


def test_original_answers_come_back_byte_for_byte(tmp_path):
    original = "  tabs\tand \r\n breaks, “quotes” & <tags>  "
    directory = write_toy_bundle(tmp_path / "b", exchanges=[*EXCHANGES, ("say it as it is", original)])

    assert texts(Responder.open(directory).answer(Question(text="say it as it is", mode="retrieve"))) == [
        original
    ]


def test_a_network_that_draws_in_other_files_is_refused(tmp_path):
    import numpy as np
    import onnx
    from onnx import TensorProto, helper, numpy_helper

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

    with pytest.raises(BundleError, match="network that ONNX Runtime opens"):
        open_session(path)


def test_bytes_that_are_no_network_are_refused(tmp_path):
    (tmp_path / "x.onnx").write_bytes(b"hello")

    with pytest.raises(BundleError, match=r"x.onnx must be a network"):
        open_session(tmp_path / "x.onnx")


def test_nothing_in_a_bundle_is_a_pickle(bundle_directory):
    for path in bundle_directory.rglob("*"):
        if path.is_file():
            assert not path.read_bytes().startswith(b"\x80"), path
    json.loads((bundle_directory / "manifest.json").read_text())


def test_the_echo_responder_has_the_real_interface():
    assert texts(EchoResponder().answer(Question(text=" hi "))) == ["hi"]
    assert EchoResponder().answer(Question(text=" ")).fallback
