import logging

import numpy as np
import pytest
import tensorflow as tf

from preprocessing.errors import SettingsError
from training.errors import TrainingError
from training.seq2seq import strategy as strategies
from training.seq2seq.strategy import (
    broadcast_from_chief,
    device_report,
    is_chief,
    join_workers,
    make_strategy,
    noticing_who_left,
    text_from_chief,
)


def test_one_device_needs_no_strategy_of_its_own():
    found = make_strategy()

    assert found is tf.distribute.get_strategy()
    assert found.num_replicas_in_sync == 1
    assert device_report() == "CPU"


def test_alone_there_is_nobody_to_ask():
    alone = make_strategy()
    arrays = [np.array([1.0, 2.0]), np.array(3)]

    assert is_chief(alone)
    assert broadcast_from_chief(alone, arrays) == arrays
    assert text_from_chief(alone, "a state") == "a state"


def test_several_gpus_share_the_work(monkeypatch):
    made = []
    gpus = [tf.config.PhysicalDevice(f"/physical_device:GPU:{n}", "GPU") for n in range(3)]
    names = iter(["A10", "A10", "T4"])
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: gpus if kind == "GPU" else [])
    monkeypatch.setattr(tf.config, "get_logical_device_configuration", lambda device: None)
    monkeypatch.setattr(tf.config.experimental, "set_memory_growth", lambda gpu, wanted: made.append(gpu))
    monkeypatch.setattr(
        tf.config.experimental, "get_device_details", lambda gpu: {"device_name": next(names)}
    )
    monkeypatch.setattr(tf.distribute, "MirroredStrategy", lambda devices: devices)

    assert make_strategy() == ["GPU:0", "GPU:1", "GPU:2"]
    assert made == gpus
    assert device_report() == "2 x A10, T4"


def test_workers_that_make_no_sense_are_refused():
    with pytest.raises(SettingsError, match="at least two, each once"):
        make_strategy("first:1", 0)


@pytest.mark.parametrize("index", [-1, 2])
def test_the_index_must_be_one_of_the_workers(index):
    with pytest.raises(SettingsError, match="worker_index must be 0 to 1"):
        make_strategy("first:1,second:2", index)


def test_workers_are_joined_before_anything_is_computed(monkeypatch):
    def refuse(**options):
        raise RuntimeError("Collective ops must be configured at program startup")

    monkeypatch.setattr(tf.distribute, "MultiWorkerMirroredStrategy", refuse)
    monkeypatch.setattr(strategies, "wait_for_all", lambda *given: None)
    level = tf.get_logger().level
    try:
        with pytest.raises(SettingsError, match="Start the training in a process of its own"):
            join_workers(["127.0.0.1:1", "127.0.0.1:2"], 0)
    finally:
        tf.get_logger().setLevel(level)


def test_a_worker_that_left_is_told_in_a_sentence(monkeypatch):
    monkeypatch.setattr(strategies, "has_workers", lambda strategy: True)

    with pytest.raises(TrainingError, match="one is gone"), noticing_who_left(make_strategy()):
        raise tf.errors.UnavailableError(None, None, "Connection reset by peer")


def test_who_left_before_the_chief_could_be_heard_is_told_in_a_sentence(monkeypatch):
    def leave(array):
        raise tf.errors.UnavailableError(None, None, "Connection reset by peer")

    monkeypatch.setattr(strategies, "has_workers", lambda strategy: True)
    monkeypatch.setattr(strategies, "as_summable", leave)

    with pytest.raises(TrainingError, match="one is gone"):
        broadcast_from_chief(make_strategy(), [np.array(1.0)])


def test_memory_that_cannot_be_shared_is_no_failure(monkeypatch, caplog):
    def refuse(gpu, wanted):
        raise RuntimeError("Physical devices cannot be modified after being initialized")

    caplog.set_level(logging.INFO)
    monkeypatch.setattr(
        tf.config, "list_physical_devices", lambda kind: [tf.config.PhysicalDevice("GPU:0", "GPU")]
    )
    monkeypatch.setattr(tf.config.experimental, "set_memory_growth", refuse)

    strategies.take_memory_as_needed()

    assert "takes all of its memory at once" in caplog.text
