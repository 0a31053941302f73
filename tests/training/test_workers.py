import socket
from concurrent.futures import ThreadPoolExecutor

import pytest

from preprocessing.errors import SettingsError
from preprocessing.progress import StoppedError
from training import workers
from training.errors import TrainingError
from training.workers import is_own_address, listening, own_index, read_workers, wait_for_all


def test_workers_are_read():
    assert read_workers(" first:2222, 10.0.0.2:80 ,[::1]:65535,") == [
        "first:2222",
        "10.0.0.2:80",
        "[::1]:65535",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
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
def test_workers_that_make_no_sense_are_refused(text, message):
    with pytest.raises(SettingsError) as refused:
        read_workers(text)

    assert message in str(refused.value)


def test_an_address_is_ones_own_or_not():
    assert is_own_address("127.0.0.1")
    assert not is_own_address("no-such-host.invalid")


def test_a_worker_finds_itself_by_its_address(monkeypatch):
    monkeypatch.setattr(workers, "is_own_address", lambda host: host == "second")

    assert own_index(["first:2222", "second:2222"]) == 1


@pytest.mark.parametrize("named", [["here:1", "here:2"], ["first:1", "second:1"]])
def test_a_worker_that_is_unsure_which_one_it_is_must_be_told(named, monkeypatch):
    monkeypatch.setattr(workers, "is_own_address", lambda host: host == "here")

    with pytest.raises(SettingsError, match="Give worker_index, from 0"):
        own_index(named)


@pytest.fixture
def free_workers():
    """Return two workers of this machine with ports that were free a moment ago."""
    with socket.socket() as one, socket.socket() as other:
        for found in (one, other):
            found.bind(("127.0.0.1", 0))
        return [f"127.0.0.1:{found.getsockname()[1]}" for found in (one, other)]


def test_workers_wait_until_all_are_there(free_workers, monkeypatch):
    monkeypatch.setattr(workers, "MOST_SECONDS_TO_WAIT", 30.0)

    def wait(index):
        wait_for_all(free_workers, index, lambda: False)
        # As TensorFlow does then.
        return listening(free_workers[index])

    with ThreadPoolExecutor() as pool:
        listeners = list(pool.map(wait, (0, 1)))
    for listener in listeners:
        listener.close()


def test_a_worker_that_does_not_come_is_named(free_workers, monkeypatch):
    monkeypatch.setattr(workers, "MOST_SECONDS_TO_WAIT", 0.0)

    with pytest.raises(TrainingError, match=f"not heard from: {free_workers[1]}"):
        wait_for_all(free_workers, 0, lambda: False)


def test_who_waits_for_workers_can_be_stopped(free_workers):
    with pytest.raises(StoppedError):
        wait_for_all(free_workers, 0, lambda: True)


def test_a_port_that_is_taken_is_refused(free_workers):
    port = int(free_workers[0].rpartition(":")[2])

    with (
        socket.create_server(("127.0.0.1", port)),
        pytest.raises(SettingsError, match="or a port that is free"),
    ):
        wait_for_all(free_workers, 0, lambda: False)
