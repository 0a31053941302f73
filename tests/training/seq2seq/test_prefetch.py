import gc
import itertools
import threading
import time

import pytest

from training.seq2seq.prefetch import DEPTH, Prefetch

SECONDS = 0.02
PATIENCE_SECONDS = 5.0


def threads():
    return [thread for thread in threading.enumerate() if thread.name == "prefetch"]


def assert_no_thread_is_left():
    deadline = time.monotonic() + PATIENCE_SECONDS
    while threads():
        assert time.monotonic() < deadline, "the thread did not end"
        time.sleep(0.01)


def slowly(items, seconds=SECONDS):
    for item in items:
        time.sleep(seconds)
        yield item


def test_items_come_in_their_order():
    assert list(Prefetch(range(100))) == list(range(100))
    assert_no_thread_is_left()


def test_items_are_made_while_the_consumer_works():
    with Prefetch(slowly(range(10))) as items:
        for _ in items:
            time.sleep(3 * SECONDS)

        # But for the first one.
        assert items.waited_seconds < 4 * SECONDS


def test_it_is_told_how_long_the_consumer_waited():
    with Prefetch(slowly(range(10))) as items:
        list(items)

        assert items.waited_seconds > 5 * SECONDS


def test_no_more_than_a_few_items_are_made_ahead():
    made = []

    def items():
        for number in itertools.count():
            made.append(number)
            yield number

    with Prefetch(items()) as found:
        next(found)
        time.sleep(5 * SECONDS)

        # One was taken, one waits for a place.
        assert len(made) == DEPTH + 2


def test_an_error_in_the_making_comes_in_its_turn():
    def items():
        yield 1
        raise OSError("the disk is gone")

    found = Prefetch(items())

    assert next(found) == 1
    with pytest.raises(OSError, match="the disk is gone"):
        next(found)
    with pytest.raises(StopIteration):
        next(found)
    assert_no_thread_is_left()


def test_the_thread_ends_when_the_consumer_stops_early():
    with Prefetch(itertools.count()) as items:
        next(items)
    assert_no_thread_is_left()
    with pytest.raises(StopIteration):
        next(items)


def test_the_thread_ends_when_the_consumer_fails():
    def consume():
        with Prefetch(itertools.count()) as items:
            for item in items:
                raise ValueError(item)

    with pytest.raises(ValueError, match="0"):
        consume()
    assert_no_thread_is_left()


def test_the_thread_of_an_abandoned_iterator_ends():
    items = Prefetch(itertools.count())
    next(items)

    del items
    gc.collect()

    assert_no_thread_is_left()
