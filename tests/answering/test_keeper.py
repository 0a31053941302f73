import threading
import time
from pathlib import Path

import pytest

from answering.errors import BundleError
from answering.keeper import BundleReference, ResponderKeeper
from answering.question import EchoResponder

ONE, TWO = BundleReference("one", Path("one")), BundleReference("two", Path("two"))


class Wanted:
    """What shall answer, changed by the test."""

    def __init__(self, reference):
        self.reference = reference
        self.opened = []
        self.open_anything = False

    def find(self):
        if isinstance(self.reference, Exception):
            raise self.reference
        return self.reference

    def open(self, directory):
        self.opened.append(directory.name)
        if directory.name == "bad" and not self.open_anything:
            raise BundleError("the checksum is wrong")
        return EchoResponder()


@pytest.fixture
def wanted():
    return Wanted(ONE)


@pytest.fixture
def keeper(wanted):
    made = ResponderKeeper(wanted.find, open_responder=wanted.open, poll_seconds=0.02)
    yield made
    made.stop()


def wait_for(condition):
    deadline = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_what_is_wanted_is_loaded_once(keeper, wanted):
    keeper.start()
    keeper.start()
    time.sleep(0.1)

    assert keeper.current().reference == ONE
    assert wanted.opened == ["one"]


def test_nothing_answers_where_nothing_is_wanted(keeper, wanted):
    wanted.reference = None
    keeper.start()

    assert keeper.current() is None


def test_another_bundle_is_noticed_and_swapped_in(keeper, wanted):
    keeper.start()
    wanted.reference = TWO

    wait_for(lambda: keeper.current().reference == TWO)


def test_a_refused_bundle_leaves_the_one_before_and_is_not_tried_in_a_hurry(keeper, wanted, caplog):
    keeper.start()
    wanted.reference = BundleReference("bad", Path("bad"))
    wait_for(lambda: "bad" in wanted.opened)
    time.sleep(0.3)

    assert keeper.current().reference == ONE
    assert wanted.opened.count("bad") <= 5
    refusals = [record.message for record in caplog.records if "refused" in record.message]
    assert refusals == ["Trained model bad was refused: the checksum is wrong; one goes on answering"]


def test_a_database_that_is_away_changes_nothing_and_is_told_of_once(keeper, wanted, caplog):
    keeper.start()
    wanted.reference = RuntimeError("no database")
    time.sleep(0.1)
    assert keeper.current().reference == ONE
    assert [record.message for record in caplog.records if record.levelname == "WARNING"] == [
        "Which trained model is active could not be found out."
    ]

    wanted.reference = TWO
    wait_for(lambda: keeper.current().reference == TWO)


def test_readers_never_meet_a_swap_half_way(keeper, wanted):
    keeper.start()
    ended, missing = threading.Event(), []

    def read():
        while not ended.is_set():
            if keeper.current() is None:
                missing.append(1)

    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    for number in range(20):
        wanted.reference = TWO if number % 2 == 0 else ONE
        wait_for(lambda: keeper.current().reference == wanted.reference)
    ended.set()
    for reader in readers:
        reader.join()

    assert missing == []


def test_what_is_loading_does_not_stop_what_answers(wanted):
    may_open = threading.Event()

    def open_slowly(directory):
        if directory.name == "two":
            assert may_open.wait(5)
        return EchoResponder()

    keeper = ResponderKeeper(wanted.find, open_responder=open_slowly, poll_seconds=0.02)
    keeper.start()
    wanted.reference = TWO
    time.sleep(0.1)
    assert keeper.current().reference == ONE

    may_open.set()
    wait_for(lambda: keeper.current().reference == TWO)
    keeper.stop()


def test_a_bundle_that_fails_its_warm_up_never_answers(wanted):
    class Cold(EchoResponder):
        def warm_up(self):
            raise RuntimeError("the network is broken")

    keeper = ResponderKeeper(wanted.find, open_responder=lambda directory: Cold(), poll_seconds=0.02)
    keeper.start()

    assert keeper.current() is None
    keeper.stop()


def test_a_refused_bundle_is_taken_once_it_is_whole(keeper, wanted):
    keeper.start()
    bad = BundleReference("bad", Path("bad"))
    wanted.reference = bad
    wait_for(lambda: "bad" in wanted.opened)
    wanted.open_anything = True

    wait_for(lambda: keeper.current().reference == bad)


def test_nothing_is_loaded_after_the_end(keeper, wanted):
    keeper.start()
    keeper.stop()
    wanted.reference = TWO
    time.sleep(0.1)

    assert keeper.current().reference == ONE
