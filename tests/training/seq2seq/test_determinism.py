import pytest
import tensorflow as tf


@pytest.fixture
def enabled(monkeypatch):
    """Return the calls that would let TensorFlow compute alike each time."""
    calls = []
    monkeypatch.setattr(tf.config.experimental, "enable_op_determinism", lambda: calls.append(None))
    return calls


def test_a_run_on_a_cpu_computes_alike_each_time(train, enabled):
    train()

    assert len(enabled) == 1


def test_a_run_on_a_gpu_does_not(train, enabled, monkeypatch):
    plain = tf.config.list_physical_devices
    gpu = tf.config.PhysicalDevice("/physical_device:GPU:0", "GPU")
    monkeypatch.setattr(
        "training.seq2seq.determinism.tf.config.list_physical_devices",
        lambda kind=None: [gpu] if kind == "GPU" else plain(kind),
    )
    train(precision="float32")

    assert enabled == []
