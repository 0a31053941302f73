from types import SimpleNamespace

import keras
import numpy as np
import pytest
import tensorflow as tf

from training.architectures import ARCHITECTURES
from training.parameters import Hyperparameters
from training.seq2seq.architectures import make_network
from training.seq2seq.batches import Batch
from training.seq2seq.loss import PARTS, smoothed_losses, weighted_loss

SIZE, UNITS = 13, 4
TARGETS = tf.constant([[5, 6, 7, 2], [9, 2, 0, 0], [5, 2, 0, 0], [12, 11, 2, 0], [5, 5, 5, 2]], tf.int32)
WEIGHTS = tf.constant([1.0, 2.0, 0.5, 0.0, 1.0])
SEED = tf.constant([0, 1])
GENERATORS = [name for name, found in ARCHITECTURES.items() if found.role == "generator"]


class Output:
    """What a loss needs of a network."""

    def __init__(self, spread=1.0):
        self.configuration = SimpleNamespace(vocabulary_size=SIZE)
        self.output_kernel = tf.Variable(tf.random.stateless_normal((SIZE, UNITS), SEED, stddev=spread))
        self.output_bias = tf.Variable(tf.random.stateless_normal((SIZE,), SEED))

    def project(self, hidden):
        kernel = tf.cast(self.output_kernel, hidden.dtype)
        return tf.cast(tf.matmul(hidden, kernel, transpose_b=True), tf.float32) + self.output_bias


def make_batch(targets=TARGETS, weights=WEIGHTS):
    return Batch(targets, targets, targets, weights, tf.zeros((0, 1), tf.int32))


def plain_losses(network, hidden, targets, smoothing):
    """Return losses (B, T) by the formula."""
    scores = tf.nn.log_softmax(network.project(hidden))
    expected = (1 - smoothing) * tf.one_hot(targets, SIZE) + smoothing / SIZE
    return -tf.reduce_sum(expected * scores, axis=-1)


def with_gradients(network, hidden, function):
    with tf.GradientTape() as tape:
        total = function()
    return total, tape.gradient(total, [hidden, network.output_kernel, network.output_bias])


@pytest.mark.parametrize("smoothing", [0.0, 0.3])
@pytest.mark.parametrize("rows", [5, PARTS - 2])
@pytest.mark.parametrize("seed", [None, SEED], ids=["measured", "learned"])
@pytest.mark.parametrize("wrap", [lambda function: function, tf.function], ids=["eager", "graph"])
def test_loss_and_gradients_are_those_of_the_formula(smoothing, rows, seed, wrap):
    network = Output()
    hidden = tf.Variable(tf.random.stateless_normal((rows, 4, UNITS), SEED))
    targets, weights = TARGETS[:rows], WEIGHTS[:rows]

    def plain():
        losses = plain_losses(network, hidden, targets, smoothing) * weights[:, tf.newaxis]
        return tf.reduce_sum(tf.where(targets == 0, 0.0, losses)) / 7.0

    def ours():
        loss = weighted_loss(network, hidden, make_batch(targets, weights), smoothing=smoothing, seed=seed)
        return loss.total / 7.0

    total, gradients = wrap(lambda: with_gradients(network, hidden, ours))()
    expected_total, expected = with_gradients(network, hidden, plain)
    assert float(total) == pytest.approx(float(expected_total), rel=1e-5)
    for one, other in zip(gradients, expected, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)


def test_the_count_is_the_weight_of_real_tokens():
    loss = weighted_loss(Output(), tf.zeros((5, 4, UNITS)), make_batch())

    assert float(loss.count) == 4 * 1.0 + 2 * 2.0 + 2 * 0.5 + 3 * 0.0 + 4 * 1.0


@pytest.mark.parametrize("seed", [None, SEED], ids=["measured", "learned"])
def test_scores_far_apart_overflow_nothing(seed):
    network = Output(spread=1e4)
    hidden = tf.Variable(tf.random.stateless_normal((5, 4, UNITS), SEED))

    total, gradients = with_gradients(
        network, hidden, lambda: weighted_loss(network, hidden, make_batch(), seed=seed).total
    )

    assert np.isfinite(float(total))
    assert all(np.isfinite(tf.convert_to_tensor(found)).all() for found in gradients)


def test_hidden_states_of_16_bits_give_weights_gradients_of_32():
    network = Output()
    hidden = tf.Variable(tf.random.stateless_normal((5, 4, UNITS), SEED))

    def total(dtype):
        return weighted_loss(network, tf.cast(hidden, dtype), make_batch(), seed=SEED).total

    exact_total, exact = with_gradients(network, hidden, lambda: total(tf.float32))
    rough_total, rough = with_gradients(network, hidden, lambda: total(tf.float16))
    assert float(rough_total) == pytest.approx(float(exact_total), rel=1e-2)
    for one, other in zip(rough, exact, strict=True):
        assert one.dtype == tf.float32
        np.testing.assert_allclose(one, other, atol=2e-2)


def test_sampled_losses_take_16_bits_too():
    network = Output()
    hidden = tf.random.stateless_normal((5, 4, UNITS), SEED)

    totals = [
        float(weighted_loss(network, tf.cast(hidden, dtype), make_batch(), samples=8, seed=SEED).total)
        for dtype in (tf.float32, tf.float16)
    ]
    assert totals[1] == pytest.approx(totals[0], rel=1e-2)


@pytest.mark.parametrize("smoothing", [0.0, 0.3])
def test_losses_of_given_logits_learn_as_the_formula_does(smoothing):
    logits = tf.Variable(tf.random.stateless_normal((6, SIZE), SEED, stddev=3.0))
    labels = tf.constant([0, 1, 2, 3, 12, 12])

    with tf.GradientTape(persistent=True) as tape:
        ours = smoothed_losses(logits, labels, smoothing)
        expected = (1 - smoothing) * tf.one_hot(labels, SIZE) + smoothing / SIZE
        plain = tf.nn.softmax_cross_entropy_with_logits(expected, logits)

    np.testing.assert_allclose(ours, plain, rtol=1e-5)
    found, wanted = tape.gradient(ours, logits), tape.gradient(plain, logits)
    np.testing.assert_allclose(tf.convert_to_tensor(found), wanted, atol=1e-6)


# mechanism learns from another loss than it is measured by.
@pytest.mark.parametrize("name", [name for name in GENERATORS if name != "mechanism"])
def test_what_is_learned_is_what_is_measured(name):
    keras.utils.set_random_seed(0)
    sizes = {"layers": 1, "hidden_size": 8, "embedding_size": 8, "heads": 2}
    network = make_network(Hyperparameters(architecture=name, dropout=0.0, **sizes), SIZE)
    inputs = tf.concat([tf.ones((5, 1), tf.int32), TARGETS[:, :-1]], axis=1)
    batch = make_batch()._replace(inputs=inputs)

    learned, measured = network.batch_loss(batch, SEED), network.batch_loss(batch)

    assert float(learned.total) == pytest.approx(float(measured.total), rel=1e-5)
    assert float(learned.count) == float(measured.count)


def test_in_16_bits_small_shares_still_push_words_down():
    network, targets = Output(), TARGETS[:1]
    # All words but one are next to impossible: their shares are far below what 16 bits tell from 0.
    network.output_bias.assign([30.0] + [12.0] * (SIZE - 1))
    hidden = tf.Variable(tf.zeros((1, 4, UNITS)))
    found = []
    for dtype in (tf.float32, tf.float16):
        near = tf.Variable(tf.cast(hidden, dtype))
        batch = make_batch(targets, WEIGHTS[:1])
        with tf.GradientTape() as tape:
            total = weighted_loss(network, near, batch, seed=SEED).total
        found.append(tape.gradient(total, network.output_bias).numpy())

    # A word that is no target here.
    assert found[0][3] > 0
    assert found[1][3] == pytest.approx(found[0][3], rel=0.1)
