import numpy as np
import pytest
import tensorflow as tf

from tests.training.seq2seq.test_generators import BATCH, INPUTS, QUESTION, make
from training.parameters import Hyperparameters
from training.seq2seq.architectures import make_network
from training.seq2seq.generator import Encoding
from training.seq2seq.recurrent_layers import PackedTokens, PaddedTokens
from training.seq2seq.recurrent_scan import Products, Turns, scan
from training.seq2seq.xla import compiling

SEED = tf.constant([0, 1])
GRAPH_OR_NOT = pytest.mark.parametrize(
    "wrap", [lambda function: function, tf.function], ids=["eager", "graph"]
)


# The loop


T, B, U, S = 5, 3, 4, 6


def draw(*shape):
    return tf.random.stateless_normal(shape, [len(shape), shape[-1]], dtype=tf.float64)


def step(products, states):
    """Take a step with a chain of products of all kinds."""
    output, other = states
    output = tf.tanh(products("shared", output) * products("alone"))
    other = tf.nn.softmax(products("each", output) + other)
    return [output + tf.reduce_mean(other, axis=1, keepdims=True), other]


def by_hand(addends, kernels, states, kept):
    """Return what `scan` does where all rows take part in all steps, in a form that TensorFlow derives."""
    found = []
    for number in range(T):
        of_step = {name: values[number * B : (number + 1) * B] for name, values in addends.items()}
        states = step(Products(of_step, kernels), states)
        found.append(states)
    return [tf.concat([states[place] for states in found], axis=0) for place in kept], list(states)


@GRAPH_OR_NOT
@pytest.mark.parametrize("kept", [[0, 1], [1], []])
def test_a_loop_learns_what_its_steps_do(wrap, kept):
    addends = {"shared": draw(T * B, U), "each": draw(T * B, S), "alone": draw(T * B, U)}
    kernels = {"shared": draw(U, U), "each": draw(B, U, S)}
    states = [draw(B, U), draw(B, S)]
    turns = Turns(tf.constant(T), tf.constant(B))

    def outcome(function):
        with tf.GradientTape() as tape:
            tape.watch([addends, kernels, states])
            results = function()
            total = sum(tf.reduce_sum(tf.square(found + 1.0)) for found in tf.nest.flatten(results))
        return results, tape.gradient(total, [addends, kernels, states])

    ours = wrap(lambda: outcome(lambda: scan(step, addends, kernels, states, turns, kept)))()
    expected = outcome(lambda: by_hand(addends, kernels, states, kept))
    for one, other in zip(tf.nest.flatten(ours), tf.nest.flatten(expected), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-12)


# The encoder


LONG = tf.constant([[5, 6, 0, 0], [7, 8, 9, 4], [5, 0, 0, 0], [4, 5, 6, 0]], tf.int32)


def test_packed_tokens_come_back_to_their_places():
    tokens = PackedTokens(LONG)
    values = tf.cast(tokens.ids, tf.float32)[:, tf.newaxis]
    ranks = tf.constant([[1.0], [2.0], [3.0], [4.0]])

    assert tokens.ids.numpy()[:10].tolist() == [7, 4, 5, 5, 8, 5, 6, 9, 6, 4]
    assert not tokens.ids.numpy()[10:].any()
    np.testing.assert_array_equal(tokens.padded(values)[..., 0], tf.cast(LONG, tf.float32))
    mirrored = tokens.padded(tokens.reversed(values))[..., 0]
    np.testing.assert_array_equal(mirrored, [[6, 5, 0, 0], [4, 9, 8, 7], [5, 0, 0, 0], [6, 5, 4, 0]])
    spread = tokens.padded(tokens.spread(ranks))[..., 0]
    np.testing.assert_array_equal(spread, tf.cast(LONG > 0, tf.float32) * ranks)


@GRAPH_OR_NOT
@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_with_and_without_padding_an_encoder_is_the_same(cell, wrap, monkeypatch):
    network = make("rnn2", cell, layers=2)

    def outcome():
        with tf.GradientTape() as tape:
            encoding = network.encode(LONG, SEED)
            rows = encoding.outputs * tf.cast(encoding.mask, tf.float32)[..., tf.newaxis]
            total = sum(tf.reduce_sum(tf.square(found + 0.1)) for found in [rows, *encoding.states])
        weights = [found for layer in network.encoder_layers for found in layer.trainable_variables]
        return [rows, *encoding.states, *tape.gradient(total, weights)]

    packed = wrap(outcome)()
    monkeypatch.setattr("training.seq2seq.rnn2.PackedTokens", PaddedTokens)
    padded = wrap(outcome)()

    assert len(packed) > 10
    for one, other in zip(packed, padded, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-4)


def test_a_question_without_tokens_is_read_as_nothing():
    network = make("rnn2")
    encoding = network.encode(tf.constant([[5, 6], [0, 0]], tf.int32))

    assert np.isfinite(network.decode(INPUTS, encoding)).all()


# The decoder


def test_the_attentional_state_goes_into_the_next_step():
    network = make("rnn2")
    encoding = network.encode(QUESTION)
    *others, fed = encoding.states

    plain, states, _ = network.step(tf.constant([5, 5]), encoding)
    other = Encoding(encoding.outputs, encoding.mask, [*others, fed + 1.0])
    changed, _, _ = network.step(tf.constant([5, 5]), other)

    assert not np.any(fed)
    assert np.any(states[-1])
    assert np.abs(changed - plain).max() > 1e-3


@pytest.mark.parametrize("cell", ["lstm", "gru"])
@pytest.mark.parametrize("layers", [1, 3])
def test_embeddings_may_have_another_size_than_layers(cell, layers):
    network = make("rnn2", cell, layers=layers, embedding_size=12)
    hidden = network.decode(INPUTS, network.encode(QUESTION, SEED), SEED)
    paths = [found.path for found in network.trainable_variables]

    assert hidden.shape == (2, 4, 12)
    assert network.output_kernel is network.embedding.embeddings
    assert len(set(paths)) == len(paths)


def test_dropout_leaves_out_the_same_at_every_step():
    network = make("rnn2", layers=1)
    hidden = network.decode(INPUTS, network.encode(QUESTION, SEED), SEED).numpy()

    is_out = hidden == 0
    assert is_out.any()
    assert not is_out.all()
    np.testing.assert_array_equal(is_out, np.repeat(is_out[:, :1], hidden.shape[1], axis=1))


def test_scores_and_inputs_begin_neither_large_nor_small():
    network = make("rnn2", size=500, hidden_size=64, embedding_size=64, dropout=0.0)
    ids = tf.random.stateless_uniform((8, 9), SEED, 4, 500, tf.int32)
    scores = network.project(network.decode(ids, network.encode(ids)))

    assert 0.8 < float(tf.math.reduce_std(network.embedded(ids))) < 1.2
    assert 0.02 < float(tf.math.reduce_std(scores)) < 1.0


# In training


@pytest.mark.usefixtures("mixed")
@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_16_bits_are_enough(cell):
    network = make("rnn2", cell)
    hidden = network.decode(INPUTS, network.encode(QUESTION, SEED), SEED)
    with tf.GradientTape() as tape:
        total = network.batch_loss(BATCH, SEED).total
    gradients = tape.gradient(total, network.trainable_variables)

    assert hidden.dtype == tf.float16
    assert network.project(hidden).dtype == tf.float32
    assert all(np.isfinite(tf.convert_to_tensor(found)).all() for found in gradients)


@pytest.mark.slow
@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_xla_takes_it(cell):
    network = make("rnn2", cell, dropout=0.0)

    def gradients():
        with tf.GradientTape() as tape:
            total = network.batch_loss(BATCH, SEED).total
        return [tf.convert_to_tensor(found) for found in tape.gradient(total, network.trainable_variables)]

    with compiling(True):
        compiled = tf.function(gradients, jit_compile=True)()
    for one, other in zip(compiled, gradients(), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)


def test_an_export_has_the_weights_of_the_training():
    settings = Hyperparameters(architecture="rnn2", layers=2, hidden_size=8, embedding_size=8)
    trained, exported = make_network(settings, 11), make_network(settings, 11, for_export=True)
    for target, source in zip(exported.variables, trained.variables, strict=True):
        target.assign(source)

    hidden = [found.decode(INPUTS, found.encode(QUESTION)) for found in (trained, exported)]

    np.testing.assert_allclose(*hidden, atol=1e-6)
