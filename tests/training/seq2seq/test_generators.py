"""What holds for every network that writes answers: one battery for all of them."""

import numpy as np
import pytest
import tensorflow as tf

from training.architectures import ARCHITECTURES
from training.parameters import Hyperparameters
from training.seq2seq.architectures import make_network
from training.seq2seq.batches import Batch
from training.seq2seq.generator import Encoding
from training.seq2seq.loss import weighted_loss

QUESTION = tf.constant([[5, 6, 7], [8, 9, 0]], tf.int32)
INPUTS = tf.constant([[1, 5, 6, 7], [1, 9, 0, 0]], tf.int32)
TARGETS = tf.constant([[5, 6, 7, 2], [9, 2, 0, 0]], tf.int32)
BATCH = Batch(QUESTION, INPUTS, TARGETS, tf.constant([1.0, 1.0]), tf.zeros((0, 1), tf.int32))
GENERATORS = [name for name, found in ARCHITECTURES.items() if found.role == "generator"]
VARIANTS = [
    (name, cell) for name in GENERATORS for cell in (("lstm",) if name == "transformer" else ("lstm", "gru"))
]


def make(name, cell="lstm", size=11, **changes):
    tf.random.set_seed(1)
    settings = {"layers": 2, "hidden_size": 8, "embedding_size": 8, "heads": 2, "dropout": 0.5, **changes}
    return make_network(Hyperparameters(architecture=name, cell=cell, **settings), size)


@pytest.fixture(params=VARIANTS, ids="-".join)
def network(request):
    return make(*request.param)


def test_shapes_are_what_the_docstrings_say(network):
    encoding = network.encode(QUESTION)
    hidden = network.decode(INPUTS, encoding)
    logits, following, attention = network.step(tf.constant([1, 1]), encoding)

    assert encoding.outputs.shape == (2, 3, network.memory_size())
    for state, shape in zip(encoding.states, network.state_shapes(), strict=True):
        assert all(length in (None, known) for known, length in zip(state.shape, (2, *shape), strict=True))
    assert [len(state.shape) for state in following] == [len(state.shape) for state in encoding.states]
    assert hidden.shape[:2] == (2, 4)
    assert network.project(hidden).shape == (2, 4, 11)
    assert network.output_kernel.shape == (11, hidden.shape[2])
    assert (logits.shape, attention.shape) == ((2, 11), (2, 3))


def test_teacher_forcing_and_stepping_agree(network):
    encoding = network.encode(QUESTION)
    forced = network.project(network.decode(INPUTS, encoding)).numpy()

    stepping = encoding
    for position in range(INPUTS.shape[1]):
        logits, states, _ = network.step(INPUTS[:, position], stepping)
        stepping = Encoding(encoding.outputs, encoding.mask, states)

        np.testing.assert_allclose(logits.numpy(), forced[:, position], atol=1e-5)


def test_padding_changes_nothing(network):
    short, padded = QUESTION[1:, :2], tf.pad(QUESTION[1:], [[0, 0], [0, 4]])
    plain, wide = network.encode(short), network.encode(padded)

    for one, other in zip(plain.states, wide.states, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)
    logits, _, attention = network.step(tf.constant([1]), plain)
    wide_logits, _, wide_attention = network.step(tf.constant([1]), wide)
    np.testing.assert_allclose(logits, wide_logits, atol=1e-5)
    np.testing.assert_allclose(attention, wide_attention[:, :2], atol=1e-5)
    np.testing.assert_allclose(network.decode(INPUTS[1:], plain), network.decode(INPUTS[1:], wide), atol=1e-5)


def test_neighbours_in_a_batch_change_nothing(network):
    together = network.decode(INPUTS, network.encode(QUESTION))
    alone = network.decode(INPUTS[:1], network.encode(QUESTION[:1]))

    np.testing.assert_allclose(together[:1], alone, atol=1e-5)


def test_attention_weights_sum_to_one_and_leave_padding_out(network):
    _, _, attention = network.step(tf.constant([1, 1]), network.encode(QUESTION))

    np.testing.assert_allclose(attention.numpy().sum(axis=1), [1, 1], atol=1e-6)
    assert attention[1, 2] == 0


def test_dropout_comes_from_the_seed_alone(network):
    def hidden(seed):
        return network.decode(INPUTS, network.encode(QUESTION, seed), seed).numpy()

    one, again, other = hidden(tf.constant([0, 1])), hidden(tf.constant([0, 1])), hidden(tf.constant([0, 2]))

    np.testing.assert_array_equal(one, again)
    assert np.abs(one - other).max() > 0.01


def test_padding_in_a_batch_does_not_change_its_loss(network):
    wider = Batch(
        tf.pad(QUESTION, [[0, 0], [0, 2]]),
        tf.pad(INPUTS, [[0, 0], [0, 3]]),
        tf.pad(TARGETS, [[0, 0], [0, 3]]),
        BATCH.weights,
        BATCH.distractors,
    )

    assert float(network.batch_loss(wider).total) == pytest.approx(
        float(network.batch_loss(BATCH).total), abs=1e-5
    )


def test_the_count_of_a_batch_is_known_before_its_loss(network):
    weighted = BATCH._replace(weights=tf.constant([2.0, 0.5]))

    assert float(network.batch_count(BATCH)) == float(network.batch_loss(BATCH).count) == 6
    assert float(network.batch_count(weighted)) == float(network.batch_loss(weighted).count) == 9


def test_every_weight_learns(network):
    with tf.GradientTape() as tape:
        loss = network.batch_loss(BATCH, tf.constant([0, 1])).total
    gradients = tape.gradient(loss, network.trainable_variables)

    unmoved = [
        variable.path
        for gradient, variable in zip(gradients, network.trainable_variables, strict=True)
        if gradient is None or not np.any(tf.convert_to_tensor(gradient))
    ]
    assert unmoved == []


def test_the_loss_counts_real_tokens_only():
    network = make("rnn")
    hidden = network.decode(INPUTS, network.encode(QUESTION))
    loss, tokens = weighted_loss(network, hidden, BATCH)

    scores = tf.nn.log_softmax(network.project(hidden)).numpy()
    by_hand = -sum(
        scores[row, t, TARGETS[row, t]] for row, t in [(0, 0), (0, 1), (0, 2), (0, 3), (1, 0), (1, 1)]
    )
    assert tokens == 6
    assert float(loss) == pytest.approx(by_hand, abs=1e-4)


def test_a_weight_multiplies_the_loss_of_its_exchange():
    network = make("rnn")
    rows = [
        Batch(QUESTION[r : r + 1], INPUTS[r : r + 1], TARGETS[r : r + 1], tf.ones(1), BATCH.distractors)
        for r in (0, 1)
    ]
    alone = [float(network.batch_loss(row).total) for row in rows]
    together = network.batch_loss(BATCH._replace(weights=tf.constant([2.0, 0.5])))

    assert float(together.total) == pytest.approx(2 * alone[0] + 0.5 * alone[1], abs=1e-4)


def test_sampled_losses_pull_the_same_way_as_the_whole_one():
    network = make("rnn", "gru", size=500, layers=1, hidden_size=8, embedding_size=8, dropout=0.0)
    hidden = tf.Variable(network.decode(INPUTS, network.encode(QUESTION)))

    def pull(**sampling):
        with tf.GradientTape() as tape:
            loss, _ = weighted_loss(network, hidden, BATCH, **sampling)
        return tape.gradient(loss, hidden).numpy().ravel()

    whole = pull()
    sampled = [pull(samples=200, seed=tf.constant([0, step])) for step in range(30)]
    mean = np.mean(sampled, axis=0)

    assert mean @ whole / np.linalg.norm(mean) / np.linalg.norm(whole) > 0.98
    assert np.abs(sampled[0] - sampled[1]).max() > 0


def test_a_step_draws_no_mask_of_its_neighbours():
    network = make("rnn")
    ones = tf.ones((4, 50))

    masks = {
        (step, place): network.drop(ones, tf.constant([0, step]), place).numpy().tobytes()
        for step in (1, 2, 3)
        for place in (0, 1, 2)
    }

    assert len(set(masks.values())) == 9
