import logging
import socket
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import tensorflow as tf

from preprocessing.errors import SettingsError
from preprocessing.progress import StoppedError
from training.errors import TrainingError
from training.seq2seq import strategy as strategies
from training.seq2seq.strategy import (
    broadcast_from_chief,
    device_report,
    is_chief,
    is_own_address,
    join_workers,
    listening,
    make_strategy,
    noticing_who_left,
    own_index,
    read_workers,
    text_from_chief,
    wait_for_all,
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


def test_workers_are_read():
    assert read_workers(" first:2222, 10.0.0.2:80 ,[::1]:65535,") == [
        "first:2222",
        "10.0.0.2:80",
        "[::1]:65535",
    ]


@pytest.mark.parametrize(
    ("workers", "message"),
    [
        ("first,second", "host:port with a port from 1 to 65535. Received 'first'"),
        ("first:0,second:1", "Received 'first:0'"),
        ("first:1,second:65536", "Received 'second:65536'"),
        ("first:1,second:1 2", "Received 'second:1 2'"),
        ("http://first:1,second:2", "Received 'http://first:1'"),
        ("first:1", "at least two, each once"),
        ("first:1,first:1", "at least two, each once"),
        (",", "at least two, each once"),
    ],
)
def test_workers_that_make_no_sense_are_refused(workers, message):
    with pytest.raises(SettingsError) as refused:
        make_strategy(workers, 0)

    assert message in str(refused.value)


@pytest.mark.parametrize("index", [-1, 2])
def test_the_index_must_be_one_of_the_workers(index):
    with pytest.raises(SettingsError, match="worker_index must be 0 to 1"):
        make_strategy("first:1,second:2", index)


def test_an_address_is_ones_own_or_not():
    assert is_own_address("127.0.0.1")
    assert not is_own_address("no-such-host.invalid")


def test_a_worker_finds_itself_by_its_address(monkeypatch):
    monkeypatch.setattr(strategies, "is_own_address", lambda host: host == "second")

    assert own_index(["first:2222", "second:2222"]) == 1


@pytest.mark.parametrize("workers", ["here:1,here:2", "first:1,second:1"])
def test_a_worker_that_is_unsure_which_one_it_is_must_be_told(workers, monkeypatch):
    monkeypatch.setattr(strategies, "is_own_address", lambda host: host == "here")

    with pytest.raises(SettingsError, match="Give worker_index, from 0"):
        make_strategy(workers)


@pytest.fixture
def free_workers():
    """Return two workers of this machine with ports that were free a moment ago."""
    with socket.socket() as one, socket.socket() as other:
        for found in (one, other):
            found.bind(("127.0.0.1", 0))
        return [f"127.0.0.1:{found.getsockname()[1]}" for found in (one, other)]


def test_workers_wait_until_all_are_there(free_workers, monkeypatch):
    monkeypatch.setattr(strategies, "MOST_SECONDS_TO_WAIT", 30.0)

    def wait(index):
        wait_for_all(free_workers, index, lambda: False)
        # As TensorFlow does then.
        return listening(free_workers[index])

    with ThreadPoolExecutor() as pool:
        listeners = list(pool.map(wait, (0, 1)))
    for listener in listeners:
        listener.close()


def test_a_worker_that_does_not_come_is_named(free_workers, monkeypatch):
    monkeypatch.setattr(strategies, "MOST_SECONDS_TO_WAIT", 0.0)

    with pytest.raises(TrainingError, match=f"not heard from: {free_workers[1]}"):
        make_strategy(",".join(free_workers), 0)


def test_who_waits_for_workers_can_be_stopped(free_workers):
    with pytest.raises(StoppedError):
        make_strategy(",".join(free_workers), 0, lambda: True)


def test_a_port_that_is_taken_is_refused(free_workers):
    port = int(free_workers[0].rpartition(":")[2])

    with (
        socket.create_server(("127.0.0.1", port)),
        pytest.raises(SettingsError, match="or a port that is free"),
    ):
        make_strategy(",".join(free_workers), 0)


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
