"""What the battery of all generators leaves out: the likelihood, the shares, and answers that differ."""

import math

import numpy as np
import pytest
import tensorflow as tf

from answering.bundle import Bundle
from answering.question import Question
from answering.responder import Responder
from preprocessing.dataset import Dataset
from preprocessing.filters import FilterSettings
from preprocessing.progress import NullMonitor
from tests.training.seq2seq.conftest import WORDS
from training.seq2seq.batches import Batch
from training.seq2seq.generator import Encoding
from training.seq2seq.mechanism import MechanismNetwork, shares
from training.seq2seq.network import NetworkConfiguration
from training.seq2seq.train import train_run

QUESTION = tf.constant([[5, 6, 7], [8, 9, 0]], tf.int32)
INPUTS = tf.constant([[1, 5, 6, 7], [1, 9, 0, 0]], tf.int32)
TARGETS = tf.constant([[5, 6, 7, 2], [9, 2, 0, 0]], tf.int32)
BATCH = Batch(QUESTION, INPUTS, TARGETS, tf.constant([2.0, 0.5]), tf.zeros((0, 1), tf.int32))


@pytest.fixture(scope="module", params=["lstm", "gru"])
def network(request):
    tf.random.set_seed(1)
    return MechanismNetwork(
        NetworkConfiguration(
            vocabulary_size=11, cell=request.param, hidden_size=8, embedding_size=6, mechanisms=3, dropout=0.5
        )
    )


def answering_by(encoding, mechanism):
    choice = tf.one_hot([mechanism] * encoding.mask.shape[0], 3)
    return Encoding(encoding.outputs, encoding.mask, [*encoding.states[:-1], choice])


def test_the_loss_is_the_likelihood_over_all_mechanisms(network):
    encoding = network.encode(QUESTION)
    priors = tf.exp(network.encoder_extras(encoding)["mechanism_scores"]).numpy()  # (B, M)
    likelihoods = np.ones((2, 3))
    for mechanism in range(3):
        hidden = network.decode(INPUTS, answering_by(encoding, mechanism))
        tokens = tf.nn.softmax(network.project(hidden)).numpy()
        for row, length in enumerate([4, 2]):
            likelihoods[row, mechanism] = np.prod([tokens[row, t, TARGETS[row, t]] for t in range(length)])
    answers = -np.log((priors * likelihoods).sum(axis=1))

    loss = network.batch_loss(BATCH)
    assert float(loss.total) == pytest.approx(2 * answers[0] + 0.5 * answers[1], rel=1e-5)
    assert float(loss.count) == 2 * 4 + 0.5 * 2
    np.testing.assert_allclose(network.answer_losses(BATCH), answers / [4, 2], rtol=1e-5)


def test_a_training_learns_from_shares_and_tells_the_likelihood(network):
    with tf.GradientTape() as tape:
        loss = network.batch_loss(BATCH, tf.constant([0, 1])).total
    assert tape.gradient(loss, network.diverter.kernel) is not None

    encoding = network.encode(QUESTION, tf.constant([0, 1]))
    losses = network.losses_by_mechanism(encoding, BATCH, tf.constant([0, 1]))
    marginal = -tf.reduce_logsumexp(network.scores_of(encoding.states[:-1]) - losses, axis=1)
    assert float(loss) == pytest.approx(float(tf.reduce_sum(marginal * BATCH.weights)), rel=1e-5)


def test_the_encoder_chooses_the_likeliest_mechanism_and_steps_pass_it_on(network):
    encoding = network.encode(QUESTION)
    scores = network.encoder_extras(encoding)["mechanism_scores"].numpy()
    _, following, _ = network.step(tf.constant([1, 1]), encoding)

    np.testing.assert_array_equal(encoding.states[-1], np.eye(3)[scores.argmax(axis=1)])
    np.testing.assert_array_equal(following[-1], encoding.states[-1])
    np.testing.assert_allclose(np.exp(scores).sum(axis=1), [1, 1], rtol=1e-6)
    assert network.part_settings() == {"mechanisms": 3}


def test_mechanisms_answer_differently(network):
    encoding = network.encode(QUESTION)
    one, other = (network.step(tf.constant([1, 1]), answering_by(encoding, m))[0] for m in (0, 1))

    assert np.abs(one - other).max() > 0.001


def test_dropout_leaves_out_the_same_for_all_mechanisms(network):
    values = network.drop_alike(tf.ones((2, 3, 4, 8)), tf.constant([0, 1]), 7).numpy()

    assert set(np.unique(values)) == {0.0, 2.0}
    np.testing.assert_array_equal(values, np.repeat(values[:, :1], 3, axis=1))


def test_sampled_words_are_near_the_whole_loss_and_pull_on_every_weight(network):
    with tf.GradientTape() as tape:
        loss = network.batch_loss(BATCH, tf.constant([0, 1]), samples=8)
    gradients = tape.gradient(loss.total, network.trainable_variables)

    assert math.isfinite(float(loss.total))
    assert all(np.any(tf.convert_to_tensor(gradient)) for gradient in gradients)


def test_shares_are_sharp_and_even_over_the_batch():
    losses = tf.constant([[1.0, 3.0], [2.0, 3.0], [5.0, 9.0], [4.0, 4.5]])
    found = shares(losses, tf.ones(4)).numpy()

    np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-5)
    np.testing.assert_allclose(found.sum(axis=0), 2, atol=0.3)
    # The first mechanism is better at all of them; the other one gets those where it is least so.
    assert found.argmax(axis=1).tolist() == [0, 1, 0, 1]


def test_an_exchange_without_weight_changes_no_share():
    losses = tf.constant([[1.0, 3.0], [2.0, 3.0], [9.0, 0.0]])

    found = shares(losses, tf.constant([1.0, 1.0, 0.0])).numpy()

    np.testing.assert_allclose(found[:2], shares(losses[:2], tf.ones(2)).numpy(), atol=1e-5)
    assert np.isfinite(found).all()


# Learning what is to be learned


@pytest.fixture
def many_answers(make_dataset) -> Dataset:
    """Return 12 questions with three different answers each."""
    exchanges = [
        (f"say {word}", answer)
        for n, word in enumerate(WORDS)
        for answer in (f"{word} it is", f"no {WORDS[n - 1]}", f"why not {WORDS[n - 2]} {WORDS[n - 3]}")
    ]
    return make_dataset(name="many", pairs=exchanges, filters=FilterSettings(near_duplicates=False))


LEARNED = {"layers": 1, "hidden_size": 48, "embedding_size": 32, "learning_rate": 0.01, "batch_size": 12}


@pytest.mark.slow
def test_mechanisms_learn_to_tell_the_answers_to_a_question_apart(many_answers, tiny, tmp_path):
    def trained(name):
        settings = {**LEARNED, "epochs": 100, "patience": 100, "dropout": 0.0}
        return train_run(
            many_answers.directory, tmp_path / name, tiny(architecture=name, **settings), NullMonitor()
        ).bundle_directory

    bundles = {name: Bundle.open(trained(name)) for name in ("rnn", "mechanism")}

    losses = {name: bundle.manifest.metrics["training_loss"] for name, bundle in bundles.items()}
    assert losses["mechanism"] < losses["rnn"]
    responder = Responder(bundles["mechanism"])
    right = 0
    for n, word in enumerate(WORDS):
        reply = responder.answer(Question(text=f"say {word}", answers=4))
        said = {answer.text.lower() for answer in reply.answers}
        right += len(said & {f"{word} it is", f"no {WORDS[n - 1]}", f"why not {WORDS[n - 2]} {WORDS[n - 3]}"})
    assert right >= 33
