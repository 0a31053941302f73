import dataclasses

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

from answering import explanation
from answering.errors import ExplanationError
from answering.explanation import explain, shown
from answering.question import Question
from answering.responder import Responder
from answering.runtime import GeneratorRuntime
from preprocessing.vocabulary import EOS_ID
from tests.answering.conftest import VOCABULARY, encoder_graph, save, step_graph

HOW = VOCABULARY.lookup("how")
ASKED = Question(text="How are Zanzibar")


def spelled_table(words="hello anna !"):
    table = np.full((len(VOCABULARY), len(VOCABULARY)), -4.0, np.float32)
    ids = [1, *VOCABULARY.encode(words.split()), EOS_ID]
    table[ids[:-1], ids[1:]] = 4.0
    return table


def listening_graph(table):
    """A step that is sure of itself only where the question has `how`, and looks most at large ids."""
    graph = step_graph(table)
    del graph.node[:]
    graph.node.extend(
        [
            helper.make_node("Gather", ["table", "token"], ["spelled"]),
            helper.make_node("Equal", ["question", "how"], ["is_how"]),
            helper.make_node("Cast", ["is_how"], ["hows"], to=TensorProto.FLOAT),
            helper.make_node("ReduceSum", ["hows", "across"], ["heard"], keepdims=1),
            helper.make_node("Mul", ["spelled", "heard"], ["logits"]),
            helper.make_node("Cast", ["question"], ["ids"], to=TensorProto.FLOAT),
            helper.make_node("Softmax", ["ids"], ["attention"], axis=1),
            helper.make_node("Identity", ["state_0"], ["next_state_0"]),
        ]
    )
    graph.initializer.extend(
        [
            numpy_helper.from_array(np.array(HOW, np.int32), "how"),
            numpy_helper.from_array(np.array([1], np.int64), "across"),
        ]
    )
    return graph


def with_network(responder, folder, step, encoder=None):
    """Return a responder that generates with these networks instead of its bundle's."""
    folder.mkdir()
    save(folder / "encoder.onnx", encoder or encoder_graph())
    save(folder / "decoder.onnx", step)
    runtime = GeneratorRuntime(folder, "float32")
    responder.generator = dataclasses.replace(responder.generator, runtime=runtime)
    return responder


@pytest.fixture
def toy(bundle_directory):
    return Responder.open(bundle_directory)


@pytest.fixture
def listening(toy, tmp_path):
    return with_network(toy, tmp_path / "listening", listening_graph(spelled_table()))


def test_an_answer_is_explained_with_words_and_tokens_as_people_write_them(listening):
    found = explain(listening, ASKED)

    assert found.words == ("How", "are", "Zanzibar")
    assert found.tokens == ("hello", "Anna", "!")
    assert found.text == "Hello Anna!"
    assert found.score == pytest.approx(listening.answer(ASKED).answers[0].score, abs=1e-4)


def test_attention_has_a_row_for_each_token_and_a_share_for_each_word(listening):
    found = explain(listening, ASKED)

    assert found.attention.shape == (3, 3)
    assert found.attention.sum(axis=1) == pytest.approx(np.ones(3))
    # "are" has the largest id of the three.
    assert found.attention.argmax(axis=1).tolist() == [1, 1, 1]


def test_without_the_word_that_it_depends_on_an_answers_score_falls_most(listening):
    falls = explain(listening, ASKED).falls

    assert falls[0] > 1
    assert falls[1:] == pytest.approx([0, 0], abs=1e-6)


def test_a_question_that_is_read_backwards_is_shown_forwards(listening):
    backwards = dataclasses.replace(listening.generator, reverse_question=True)
    forwards = explain(listening, ASKED)
    listening.generator = backwards

    found = explain(listening, ASKED)

    assert np.array_equal(found.attention, forwards.attention)
    assert found.falls == pytest.approx(forwards.falls)


def growing_encoder():
    """Like a transformer's: nothing has been said yet, so its second state is empty."""
    graph = encoder_graph()
    graph.node.append(helper.make_node("Slice", ["floats", "none", "none", "across"], ["state_1"]))
    graph.output.append(helper.make_tensor_value_info("state_1", TensorProto.FLOAT, ["B", "t"]))
    graph.initializer.extend(
        [
            numpy_helper.from_array(np.array([0], np.int64), "none"),
            numpy_helper.from_array(np.array([1], np.int64), "across"),
        ]
    )
    return graph


def growing_graph(table):
    """A step that keeps all tokens it was given in its second state."""
    graph = listening_graph(table)
    graph.node.extend(
        [
            helper.make_node("Cast", ["token"], ["floating"], to=TensorProto.FLOAT),
            helper.make_node("Unsqueeze", ["floating", "across"], ["newest"]),
            helper.make_node("Concat", ["state_1", "newest"], ["next_state_1"], axis=1),
        ]
    )
    graph.input.append(helper.make_tensor_value_info("state_1", TensorProto.FLOAT, ["B", "t"]))
    graph.output.append(helper.make_tensor_value_info("next_state_1", TensorProto.FLOAT, ["B", "u"]))
    return graph


def test_states_may_be_several_and_grow(listening, tmp_path):
    before = explain(listening, ASKED)
    growing = with_network(
        listening, tmp_path / "growing", growing_graph(spelled_table()), encoder=growing_encoder()
    )

    found = explain(growing, ASKED)

    assert np.array_equal(found.attention, before.attention)
    assert found.falls == before.falls


def test_any_of_several_answers_can_be_explained(toy):
    several = Question(text="how are you", answers=2)
    second = toy.answer(several).answers[1]

    found = explain(toy, several, second.text)

    assert found.text == second.text == "How are you"
    assert found.score == pytest.approx(second.score, abs=1e-4)


@pytest.mark.parametrize(
    ("question", "answer", "complaint"),
    [
        ("how are you", "Fine,\nthank you.", "Only an answer that the generator gives"),
        ("\u200b", None, "must have something to read"),
    ],
)
def test_what_was_not_generated_is_not_explained(toy, question, answer, complaint):
    with pytest.raises(ExplanationError, match=complaint):
        explain(toy, Question(text=question), answer)


def test_a_bundle_without_a_generator_says_so(toy):
    toy.generator = None

    with pytest.raises(ExplanationError, match="this trained model has no generator"):
        explain(toy, ASKED)


def test_networks_that_do_not_tell_their_attention_are_explained_by_their_words_alone(listening, tmp_path):
    silent = listening_graph(spelled_table())
    silent.output.pop()

    found = explain(with_network(listening, tmp_path / "silent", silent), ASKED)

    assert found.attention is None
    assert "do not tell what they look at. Export the run again." in found.no_attention
    assert found.falls[0] > 1


def test_attention_that_is_no_share_of_words_is_not_shown(toy, tmp_path):
    odd = listening_graph(spelled_table())
    odd.node[6].op_type, odd.node[6].attribute[0].name = "ReduceSum", "keepdims"

    found = explain(with_network(toy, tmp_path / "odd", odd), ASKED)

    assert found.attention is None
    assert "not understood" in found.no_attention


def test_of_one_word_nothing_can_be_left_out(listening):
    found = explain(listening, Question(text="how"))

    assert found.falls is None
    assert "one word" in found.no_falls
    assert found.attention.shape == (3, 1)


def test_what_would_take_too_long_is_said(listening, monkeypatch):
    monkeypatch.setattr(explanation, "MOST_STEPS", 11)

    found = explain(listening, ASKED)

    assert found.falls is None
    assert found.no_falls == "Question and answer are too long: 3 words, 4 tokens said."


def test_only_the_words_that_the_network_sees_are_explained(listening):
    assert len(explain(listening, Question(text="hello " * 20)).words) == 6


@pytest.mark.parametrize(("token", "seen"), [("▁how", "how"), ("▁", "␣"), ("你", "你"), ("a▁b", "a b")])
def test_pieces_of_words_are_shown_without_their_marks(token, seen):
    assert shown(token) == seen
