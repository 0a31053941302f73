"""What the battery of all generators leaves out: the cache, positions, training, export, answering."""

import numpy as np
import pytest
import tensorflow as tf

from answering.decoding.beam import decode_with_beam
from answering.decoding.greedy import decode_greedily
from answering.decoding.hypothesis import Limits
from answering.runtime import GeneratorRuntime
from preprocessing.errors import SettingsError
from preprocessing.vocabulary import EOS_ID, GO_ID, PAD_ID
from training.seq2seq.graphs import write_graphs
from training.seq2seq.network import NetworkConfiguration
from training.seq2seq.transformer import Transformer
from training.seq2seq.transformer_layers import Tokens, position_codes

SIZES = {"layers": 2, "hidden_size": 8, "heads": 2}
QUESTION = tf.constant([[5, 6, 7], [8, 9, 0]], tf.int32)


@pytest.fixture(scope="module")
def network():
    tf.random.set_seed(1)
    return Transformer(NetworkConfiguration(vocabulary_size=11, **SIZES))


def test_the_cache_begins_empty_and_grows_by_a_token(network):
    encoding = network.encode(QUESTION)
    _, once, _ = network.step(tf.constant([1, 1]), encoding)

    assert [tuple(state.shape) for state in encoding.states] == [(2, 2, 0, 4)] * 4
    assert [tuple(state.shape) for state in once] == [(2, 2, 1, 4)] * 4
    assert network.state_shapes() == [(2, None, 4)] * 4


def test_question_answer_and_output_share_one_table(network):
    tables = [variable for variable in network.trainable_variables if 11 in variable.shape]

    assert [variable.shape for variable in tables] == [(11, 8), (11,)]
    assert len({variable.path for variable in network.variables}) == len(network.variables)
    assert network.embedding.embeddings is network.output_kernel


def test_the_embedding_size_is_not_read():
    network = Transformer(NetworkConfiguration(vocabulary_size=11, embedding_size=99, **SIZES))

    assert network.output_kernel.shape == (11, 8)


def test_heads_must_share_the_hidden_size_evenly():
    with pytest.raises(SettingsError, match=r"must be a multiple of heads.*Received 8 and 3"):
        Transformer(NetworkConfiguration(vocabulary_size=11, hidden_size=8, heads=3))


def test_a_token_sees_none_that_follow_it(network):
    encoding = network.encode(QUESTION)
    one = network.decode(tf.constant([[1, 5, 6], [1, 7, 8]]), encoding)
    other = network.decode(tf.constant([[1, 5, 9], [1, 7, 3]]), encoding)

    np.testing.assert_array_equal(one[:, :2], other[:, :2])
    assert np.abs(one[:, 2] - other[:, 2]).max() > 0.01


def test_the_order_of_a_question_matters(network):
    forwards, backwards = (network.encode(tf.constant([ids])).outputs for ids in ([5, 6, 7], [7, 6, 5]))

    assert np.abs(forwards[:, ::-1] - backwards).max() > 0.01


def test_tokens_become_rows_and_padding_none():
    tokens = Tokens(tf.not_equal(QUESTION, PAD_ID))

    rows = tokens.pack(tf.reshape(QUESTION, [-1, 1]))

    assert rows.numpy().ravel().tolist() == [5, 6, 7, 8, 9]
    assert tokens.unpack(rows).numpy().ravel().tolist() == [5, 6, 7, 8, 9, 0]


def test_positions_are_waves_of_growing_length():
    codes = position_codes(0, 400, 6).numpy()

    assert codes.shape == (400, 6)
    np.testing.assert_allclose(codes[0], [0, 0, 0, 1, 1, 1])
    np.testing.assert_allclose(codes[3, ::3], [np.sin(3), np.cos(3)], rtol=1e-6)
    np.testing.assert_allclose(codes[3, 2::3], [np.sin(3 / 10_000 ** (4 / 6)), codes[3, 5]], rtol=1e-5)
    np.testing.assert_array_equal(position_codes(7, 1, 6).numpy()[0], codes[7])
    assert position_codes(0, 2, 7).shape == (2, 7)


@pytest.fixture(scope="module", params=["float32", "int8"])
def runtime(request, network, tmp_path_factory):
    directory = tmp_path_factory.mktemp("graphs")
    write_graphs(network, directory)
    return GeneratorRuntime(directory, request.param)


LIMITS = Limits(go_id=GO_ID, eos_id=EOS_ID, forbidden=(PAD_ID, GO_ID), max_tokens=60)


def test_an_exported_step_grows_its_cache(runtime):
    encoding = runtime.encode([5, 6, 7])
    step = runtime.step_for(encoding)
    _, once = step(np.array([GO_ID], np.int32), encoding.states)
    _, twice = step(np.array([5], np.int32), once)

    assert {state.shape for state in encoding.states} == {(1, 2, 0, 4)}
    assert {state.shape for state in twice} == {(1, 2, 2, 4)}
    runtime.check(11)


def test_beams_reorder_the_cache(runtime):
    encoding = runtime.encode([5, 6, 7])
    step = runtime.step_for(encoding)
    greedy = decode_greedily(step, encoding.states, LIMITS)

    assert len(decode_with_beam(step, encoding.states, LIMITS, 3)) == 3
    assert decode_with_beam(step, encoding.states, LIMITS, 1)[0].ids == greedy.ids
    for found in decode_with_beam(step, encoding.states, LIMITS, 3):
        assert found.log_probability == pytest.approx(spelled(runtime, found), abs=1e-4)


def spelled(runtime, hypothesis):
    """Return the log-probability of an answer, token by token."""
    encoding = runtime.encode([5, 6, 7])
    step, states, before, total = runtime.step_for(encoding), encoding.states, GO_ID, 0.0
    for token in [*hypothesis.ids, EOS_ID][: hypothesis.length]:
        scores, states = step(np.array([before], np.int32), states)
        total, before = total + float(scores[0, token]), token
    return total
