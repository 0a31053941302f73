import keras
import numpy as np
import pytest
import tensorflow as tf

from training.parameters import Hyperparameters
from training.seq2seq.optimizers import MOMENTUM, OPTIMIZERS, make_optimizer

SHAPES = [(7, 3), (5,), ()]
KERAS = {
    "adam": lambda given: keras.optimizers.Adam(given.learning_rate, global_clipnorm=given.clip_norm),
    "adamw": lambda given: keras.optimizers.AdamW(
        given.learning_rate, weight_decay=given.weight_decay, global_clipnorm=given.clip_norm
    ),
    "sgd": lambda given: keras.optimizers.SGD(
        given.learning_rate, momentum=MOMENTUM, nesterov=True, global_clipnorm=given.clip_norm
    ),
}


def draw(shape, seed, spread):
    return tf.random.stateless_normal(shape, [seed, len(shape)], stddev=spread)


def make_weights():
    return [keras.Variable(draw(shape, 0, 1.0), name=f"weight_{len(shape)}") for shape in SHAPES]


def take_steps(optimizer, weights, seeds=range(1, 7)):
    """Take steps of which some are clipped, in a function as a training does."""
    if not optimizer.built:
        optimizer.build(weights)

    @tf.function
    def step(gradients):
        optimizer.apply_gradients(zip(gradients, weights, strict=True))

    for seed in seeds:
        step([draw(shape, seed, 0.1 * seed) for shape in SHAPES])


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_steps_and_what_a_checkpoint_keeps_are_those_of_keras(name):
    given = Hyperparameters(optimizer=name, learning_rate=0.01, clip_norm=1.0, weight_decay=0.1)
    ours, theirs = make_optimizer(given), KERAS[name](given)
    our_weights, their_weights = make_weights(), make_weights()

    take_steps(ours, our_weights)
    take_steps(theirs, their_weights)

    pairs = zip([*our_weights, *ours.variables], [*their_weights, *theirs.variables], strict=True)
    for one, other in pairs:
        np.testing.assert_allclose(np.asarray(one), np.asarray(other), atol=1e-6)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_run_goes_on_from_what_was_kept(name):
    given = Hyperparameters(optimizer=name, learning_rate=0.01, clip_norm=1.0)
    whole, first, second = (make_optimizer(given) for _ in range(3))
    whole_weights, weights = make_weights(), make_weights()

    take_steps(whole, whole_weights, range(1, 5))
    take_steps(first, weights, range(1, 3))
    second.build(weights)
    for kept, variable in zip(first.variables, second.variables, strict=True):
        variable.assign(kept)
    take_steps(second, weights, range(3, 5))

    for one, other in zip(weights, whole_weights, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("name", ["adam", "adamw"])
def test_a_strategy_s_copies_of_a_weight_change_too(name):
    strategy = tf.distribute.MirroredStrategy(["CPU:0"])
    with strategy.scope():
        optimizer = make_optimizer(Hyperparameters(optimizer=name, learning_rate=0.01, weight_decay=0.0))
        weights = make_weights()
        optimizer.build(weights)
    before = np.asarray(weights[0])

    @tf.function
    def step():
        strategy.run(lambda: optimizer.apply_gradients([(tf.ones(found.shape), found) for found in weights]))

    step()

    # Adam's first step is as long as the learning rate, whatever the gradient.
    np.testing.assert_allclose(np.asarray(weights[0]), before - 0.01, atol=1e-5)
