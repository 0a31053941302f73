import functools
import json
import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.conftest import ROOT
from training.parameters import Hyperparameters
from training.seq2seq.architectures import make_network
from training.seq2seq.batches import Batch
from training.seq2seq.training_step import (
    TrainingStep,
    as_tensors,
    dense,
    filled,
    memory_report,
    part_of,
    seed_of,
)

VOCABULARY = 30
TOLERANCE = 1e-5

# The same steps on two devices in two parts each, which 7 rows do not fill.
TWO_DEVICES = """
import json
import tensorflow as tf
cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
from tests.training.seq2seq.test_training_step import make_step, outcome
from training.seq2seq.strategy import device_report, make_strategy
strategy = make_strategy()
with strategy.scope():
    step = make_step(accumulation=2)
    found = outcome(step)
print(json.dumps({
    "replicas": strategy.num_replicas_in_sync,
    "devices": device_report(),
    "rate": step.learning_rate,
    "outcome": found,
}))
"""


def make_batch(rows=7, question=5, answer=4, seed=0) -> Batch:
    generator = np.random.default_rng(seed)
    questions = generator.integers(4, VOCABULARY, (rows, question)).astype(np.int32)
    answers = generator.integers(4, VOCABULARY, (rows, answer)).astype(np.int32)
    answers[::2, -2:] = 0
    weights = generator.uniform(0.5, 2.0, rows).astype(np.float32)
    return Batch(questions, answers, answers, weights, np.zeros((0, 1), np.int32))


def make_step(**changes) -> TrainingStep:
    settings = {
        "layers": 1,
        "hidden_size": 8,
        "embedding_size": 8,
        "dropout": 0.0,
        "batch_size": 8,
        "average_decay": 0.9,
        # So small that what is clipped matters.
        "clip_norm": 0.1,
    }
    hyperparameters = Hyperparameters(**{**settings, **changes})
    with tf.distribute.get_strategy().scope():
        keras.utils.set_random_seed(1)
        step = TrainingStep(make_network(hyperparameters, VOCABULARY), hyperparameters)
    step.learning_rate = 0.05
    return step


def outcome(step: TrainingStep) -> dict[str, list]:
    """Return what three steps tell and leave behind."""
    told = []
    for number in range(3):
        told += [*step(make_batch(seed=number), number, wishes=[False, True]), step.gradient_norm]
        assert step.agreed == [False, True]
    measured = [*step.measure(make_batch())]
    with step.average.in_place():
        measured += step.measure(make_batch())
    return {
        "told": told,
        "measured": measured,
        "weights": [np.asarray(found).tolist() for found in step.network.trainable_variables],
        "averages": [np.asarray(found).tolist() for found in step.average.averages],
    }


@functools.cache
def whole_outcome():
    return outcome(make_step())


def assert_same(one, other):
    for name in one:
        # Adam divides by the gradient's size, which makes much of little where that is next to nothing.
        tolerance = 10 * TOLERANCE if name in ("weights", "averages") else TOLERANCE
        for found, expected in zip(one[name], other[name], strict=True):
            np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance)


def test_steps_lower_the_loss():
    told, measured = whole_outcome()["told"], whole_outcome()["measured"]

    assert measured[0] / measured[1] < told[0] / told[1]
    assert told[1] == pytest.approx(measured[1])


def test_the_norm_is_that_of_all_gradients_before_they_are_clipped():
    step = make_step()
    batch = as_tensors(make_batch())
    with tf.GradientTape() as tape:
        loss = step.network.batch_loss(batch)
        mean = loss.total / loss.count
    variables = step.network.trainable_variables
    gradients = [np.asarray(tf.convert_to_tensor(found)) for found in tape.gradient(mean, variables)]
    expected = np.sqrt(sum(np.square(found).sum() for found in gradients))

    step(make_batch(), 0)

    assert step.gradient_norm == pytest.approx(expected, rel=1e-4)


def test_rows_that_were_looked_up_twice_are_one_row_of_the_gradient():
    slices = tf.IndexedSlices(tf.constant([[1.0], [1.0], [5.0]]), tf.constant([1, 1, 0]))

    assert dense(slices, tf.zeros((3, 1))).numpy().ravel().tolist() == [5, 2, 0]


def test_parts_change_nothing():
    assert_same(outcome(make_step(accumulation=3)), whole_outcome())


# argv: the parts. Prints the most memory that two steps with many rows took, in MB.
PEAK = """
import sys
from preprocessing.peak_memory import peak_memory_bytes
from tests.training.seq2seq import test_training_step as tests
tests.VOCABULARY = 20_000
step = tests.make_step(accumulation=int(sys.argv[1]))
for number in range(2):
    step(tests.make_batch(rows=512, answer=20), number)
print(peak_memory_bytes() / 1e6)
"""


def peak_mb(parts):
    ended = subprocess.run(
        [sys.executable, "-c", PEAK, str(parts)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr[-2000:]
    return float(ended.stdout.splitlines()[-1])


@pytest.mark.slow
def test_parts_take_less_memory():
    assert peak_mb(8) < peak_mb(1) - 150


def test_more_parts_can_be_asked_for_between_two_steps():
    step = make_step()
    step(make_batch(seed=0), 0)
    step.accumulation = 2
    step(make_batch(seed=1), 1)
    step(make_batch(seed=2), 2)

    assert step.accumulation == 2
    for found, expected in zip(step.network.trainable_variables, whole_outcome()["weights"], strict=True):
        np.testing.assert_allclose(np.asarray(found), expected, rtol=1e-4, atol=1e-4)


def test_two_devices_with_two_parts_each_do_what_one_does():
    # Logical devices must be made before TensorFlow starts: in a process of their own.
    ended = subprocess.run(
        [sys.executable, "-c", TWO_DEVICES],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

    assert ended.returncode == 0, ended.stderr[-2000:]
    found = json.loads(ended.stdout.splitlines()[-1])
    assert (found["replicas"], found["devices"]) == (2, "2 logical CPUs")
    assert found["rate"] == pytest.approx(0.05)
    assert_same(found["outcome"], whole_outcome())


def test_one_part_draws_what_the_seed_says():
    step = make_step(dropout=0.5, seed=3)
    expected = float(step.network.batch_loss(as_tensors(make_batch()), tf.constant([3, 11])).total)

    assert step(make_batch(), 11)[0] == pytest.approx(expected, rel=1e-4)


def test_parts_draw_apart():
    seed = tf.constant([3, 11])
    seeds = [tuple(seed_of(seed, number).numpy().tolist()) for number in range(4)]

    assert seeds[0] == (3, 11)
    assert len(set(seeds)) == 4


def test_each_part_has_its_own_rows_and_all_distractors():
    batch = make_batch(rows=6)._replace(distractors=np.ones((5, 2), np.int32))
    parts = [part_of(as_tensors(batch), number, 3) for number in range(3)]

    np.testing.assert_array_equal(np.concatenate([part.questions for part in parts]), batch.questions)
    np.testing.assert_array_equal(np.concatenate([part.weights for part in parts]), batch.weights)
    assert [len(part.weights) for part in parts] == [2, 2, 2]
    assert [part.distractors.shape for part in parts] == [(5, 2)] * 3


def test_a_batch_is_filled_with_its_last_row_at_weight_0():
    batch = filled(make_batch(rows=5), 4)

    np.testing.assert_array_equal(batch.questions[5:], np.tile(batch.questions[4], (3, 1)))
    assert batch.weights[5:].tolist() == [0, 0, 0]
    assert filled(batch, 4) is batch


def test_what_a_training_holds_is_told():
    step = make_step()
    report = memory_report(step.network, step)

    weights = sum(int(np.prod(found.shape)) for found in step.network.trainable_variables)
    assert report.parameters == weights
    assert report.weights >= report.gradients == report.average == 4 * weights
    # Adam's two moments, its rate and its counter.
    assert report.optimizer == 8 * weights + 12
    assert str(report).startswith(f"{weights:,} parameters; ")


# XLA
