import numpy as np
import pytest
import tensorflow as tf

from training.seq2seq.loss import summed_loss
from training.seq2seq.network import EncoderDecoder, Encoding, NetworkConfiguration

QUESTION = tf.constant([[5, 6, 7], [8, 9, 0]], tf.int32)
INPUTS = tf.constant([[1, 5, 6, 7], [1, 9, 0, 0]], tf.int32)
TARGETS = tf.constant([[5, 6, 7, 2], [9, 2, 0, 0]], tf.int32)


@pytest.fixture(params=["lstm", "gru"])
def network(request):
    tf.random.set_seed(1)
    return EncoderDecoder(
        NetworkConfiguration(
            vocabulary_size=11, cell=request.param, layers=2, hidden_size=6, embedding_size=5, dropout=0.5
        )
    )


def test_shapes_are_what_the_docstrings_say(network):
    encoding = network.encode(QUESTION)
    hidden = network.decode(INPUTS, encoding)
    logits, following, attention = network.step(tf.constant([1, 1]), encoding)

    assert encoding.outputs.shape == (2, 3, 6)
    assert {tuple(state.shape) for state in encoding.states} == {(2, 6)}
    assert len(following) == len(encoding.states)
    assert hidden.shape == (2, 4, 6)
    assert network.project(hidden).shape == (2, 4, 11)
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


def test_the_loss_counts_real_tokens_only(network):
    hidden = network.decode(INPUTS, network.encode(QUESTION))
    loss, tokens = summed_loss(network, hidden, TARGETS)

    scores = tf.nn.log_softmax(network.project(hidden)).numpy()
    by_hand = -sum(
        scores[row, t, TARGETS[row, t]] for row, t in [(0, 0), (0, 1), (0, 2), (0, 3), (1, 0), (1, 1)]
    )
    assert tokens == 6
    assert float(loss) == pytest.approx(by_hand, abs=1e-4)


def test_sampled_losses_pull_the_same_way_as_the_whole_one():
    network = EncoderDecoder(
        NetworkConfiguration(
            vocabulary_size=500, cell="gru", layers=1, hidden_size=6, embedding_size=5, dropout=0.0
        )
    )
    hidden = tf.Variable(network.decode(INPUTS, network.encode(QUESTION)))

    def pull(**sampling):
        with tf.GradientTape() as tape:
            loss, _ = summed_loss(network, hidden, TARGETS, **sampling)
        return tape.gradient(loss, hidden).numpy().ravel()

    whole = pull()
    sampled = [pull(samples=200, seed=tf.constant([0, step])) for step in range(30)]
    mean = np.mean(sampled, axis=0)

    assert mean @ whole / np.linalg.norm(mean) / np.linalg.norm(whole) > 0.98
    assert np.abs(sampled[0] - sampled[1]).max() > 0
