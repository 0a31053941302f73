import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.training.seq2seq.test_training_step import make_batch, make_step
from training.seq2seq.precision import has_fast_float16, set_precision
from training.seq2seq.training_step import LOSS_SCALE, as_tensors


@pytest.fixture
def precision():
    """Return what sets the precision; what was set before is set again."""
    before = keras.config.dtype_policy()
    yield set_precision
    keras.config.set_dtype_policy(before)


@pytest.fixture
def gpus(monkeypatch):
    def are(*capabilities):
        devices = [
            tf.config.PhysicalDevice(f"/physical_device:GPU:{n}", "GPU") for n in range(len(capabilities))
        ]
        details = {
            device.name: {"compute_capability": c} for device, c in zip(devices, capabilities, strict=True)
        }
        monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: devices)
        monkeypatch.setattr(tf.config.experimental, "get_device_details", lambda device: details[device.name])

    return are


def test_auto_is_32_bits_without_a_gpu(precision):
    assert precision("auto") == "float32"
    assert keras.config.dtype_policy().name == "float32"


def test_auto_is_mixed_where_every_gpu_has_units_for_it(precision, gpus):
    gpus((8, 0), (7, 0))
    assert has_fast_float16()
    assert precision("auto") == "mixed_float16"
    assert precision("float32") == "float32"

    gpus((8, 0), (6, 1))
    assert not has_fast_float16()


def test_mixed_steps_lower_the_loss_and_keep_weights_in_32_bits(precision):
    precision("mixed")
    step = make_step(clip_norm=5.0)
    before = step.measure(make_batch())
    for number in range(5):
        step(make_batch(), number)

    assert step.measure(make_batch())[0] < 0.9 * before[0]
    assert 0 < step.gradient_norm < 100
    groups = dict(step.variables())
    assert {found.dtype for found in groups["network"][:1]} == {"float32"}
    # Its own counter and rate, the steps without an overflow, and the scale.
    assert [np.asarray(found).item() for found in groups[LOSS_SCALE]] == [0, 0, 5, 2**15]


def test_hidden_states_have_16_bits_and_logits_32(precision):
    precision("mixed")
    network = make_step().network
    batch = as_tensors(make_batch())
    hidden = network.decode(batch.inputs, network.encode(batch.questions))

    assert hidden.dtype == tf.float16
    assert network.project(hidden).dtype == tf.float32


def test_a_step_that_overflows_changes_nothing_but_the_scale(precision):
    precision("mixed")
    step = make_step()
    step(make_batch(), 0)
    before = [np.asarray(found) for found in step.network.trainable_variables]
    scale = dict(step.variables())[LOSS_SCALE][-1]
    scale.assign(1e38)
    step(make_batch(), 1)

    assert not np.isfinite(step.gradient_norm)
    assert float(scale) == pytest.approx(5e37)
    for found, expected in zip(step.network.trainable_variables, before, strict=True):
        np.testing.assert_array_equal(np.asarray(found), expected)


def test_in_32_bits_there_is_no_scale_to_keep(precision):
    precision("float32")

    assert LOSS_SCALE not in dict(make_step().variables())
