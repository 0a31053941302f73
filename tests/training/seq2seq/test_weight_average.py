import numpy as np
import tensorflow as tf

from training.seq2seq.weight_average import WeightAverage


def test_the_average_follows_the_weights_slowly():
    weight = tf.Variable([0.0, 10.0])
    average = WeightAverage([weight], 0.5)

    for step, values in enumerate([[1.0, 10.0], [1.0, 10.0]]):
        weight.assign(values)
        average.update(tf.constant(step))

    # The first steps' decay is 1/10 and 2/11: what was random at the start is soon forgotten.
    expected = 1 - (1 / 10) * (2 / 11)
    np.testing.assert_allclose(average.averages[0].numpy(), [expected, 10.0], rtol=1e-6)


def test_late_steps_have_the_given_decay():
    weight = tf.Variable([0.0])
    average = WeightAverage([weight], 0.75)
    weight.assign([1.0])

    average.update(tf.constant(1000))

    np.testing.assert_allclose(average.averages[0].numpy(), [0.25])


def test_in_place_the_network_has_the_averages_and_afterwards_its_own_weights():
    weight = tf.Variable([0.0])
    average = WeightAverage([weight], 0.75)
    weight.assign([1.0])

    with average.in_place():
        assert weight.numpy().tolist() == [0.0]
    assert weight.numpy().tolist() == [1.0]


def test_without_a_decay_nothing_is_kept():
    average = WeightAverage([tf.Variable([0.0])], 0.0)

    average.update(tf.constant(0))

    assert average.averages == []
