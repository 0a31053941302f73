import threading

import numpy as np
import pytest

from answering.shared_steps import (
    MOST_ROWS,
    SharedSteps,
    Wanted,
    filled_up,
    groups_of,
    joined,
    rows_are_apart,
)

SECONDS = 5


def wanted(*tokens, length=2, shape=(3,)):
    """A step of a question of that length; its states have the shape and hold the tokens."""
    question = np.full((1, length), tokens[0], np.int32)
    states = [np.stack([np.full(shape, token, np.float32) for token in tokens])]
    return Wanted(question, question[..., np.newaxis].astype(np.float32), np.array(tokens, np.int32), states)


def double(questions, outputs, tokens, states):
    """A network that knows a row by its token."""
    return np.stack([tokens, 2 * tokens], axis=1).astype(np.float32), [state + 1 for state in states]


class Watched:
    """Counts the rows of each step, and lets the first one take until it is released."""

    def __init__(self, error=None):
        self.sizes, self.begun, self.released = [], threading.Event(), threading.Event()
        self._error = error

    def __call__(self, questions, outputs, tokens, states):
        self.sizes.append(len(tokens))
        if len(self.sizes) == 1:
            self.begun.set()
            assert self.released.wait(SECONDS)
        elif self._error and len(self.sizes) == 2:
            raise self._error
        return double(questions, outputs, tokens, states)


def take_all(steps, run, *others):
    """Take a step, and those of others while it is under way; return what each got, by its first token."""
    got = {}

    def take(one):
        try:
            got[int(one.tokens[0])] = steps.take(one)
        except RuntimeError as error:
            got[int(one.tokens[0])] = error

    threads = [threading.Thread(target=take, args=[one]) for one in (wanted(1), *others)]
    threads[0].start()
    assert run.begun.wait(SECONDS)
    for number, thread in enumerate(threads[1:], 1):
        thread.start()
        while len(steps._waiting) < number:
            threading.Event().wait(0.001)
    run.released.set()
    for thread in threads:
        thread.join(SECONDS)
    return got


def test_who_comes_while_a_step_is_under_way_takes_the_next_one_together():
    run = Watched()
    got = take_all(SharedSteps(run), run, wanted(5), wanted(6, 7), wanted(8))

    assert run.sizes == [1, 4]
    assert {token: logits.tolist() for token, (logits, _) in got.items()} == {
        1: [[1, 2]], 5: [[5, 10]], 6: [[6, 12], [7, 14]], 8: [[8, 16]],
    }  # fmt: skip
    assert got[6][1][0].tolist() == [[7, 7, 7], [8, 8, 8]]


def test_alone_nobody_waits():
    logits, following = SharedSteps(double).take(wanted(3, 4))

    assert logits.tolist() == [[3, 6], [4, 8]]
    assert following[0].tolist() == [[4, 4, 4], [5, 5, 5]]


def test_what_goes_wrong_is_told_to_all_that_took_the_step_and_to_nobody_else():
    run = Watched(RuntimeError("no step"))
    steps = SharedSteps(run)
    got = take_all(steps, run, wanted(5), wanted(6))

    assert [type(got[token]) for token in (1, 5, 6)] == [tuple, RuntimeError, RuntimeError]
    assert steps.take(wanted(9))[0].tolist() == [[9, 18]]


def test_steps_of_one_length_are_put_together():
    questions, outputs, tokens, states = joined([wanted(5), wanted(6, 7)])

    assert questions.tolist() == [[5, 5], [6, 6], [6, 6]]
    assert outputs[..., 0].tolist() == questions.tolist()
    assert tokens.tolist() == [5, 6, 7]
    assert states[0][:, 0].tolist() == [5, 6, 7]


def test_questions_are_filled_up_on_the_right():
    assert filled_up(np.array([[5, 6, 7]]), 0).tolist() == [[5, 6, 7, 0, 0, 0, 0, 0]]
    assert filled_up(np.ones((1, 9, 2)), 0).shape == (1, 16, 2)
    assert filled_up(np.ones((1, 8)), 0).shape == (1, 8)


def test_other_lengths_and_shapes_and_too_many_rows_are_apart():
    many = wanted(*range(10, 10 + MOST_ROWS - 1))
    groups = groups_of(
        [wanted(1, shape=(4,)), wanted(2), wanted(5, length=8), wanted(3, shape=(4,)), many, wanted(4)]
    )

    assert [[int(one.tokens[0]) for one in group] for group in groups] == [[2, 10], [4], [1, 3], [5]]


@pytest.mark.parametrize("neighbours", [False, True])
def test_rows_that_see_their_neighbours_are_found_out(neighbours):
    def run(questions, outputs, tokens, states):
        logits, following = double(questions, outputs, tokens, states)
        return logits + (1e-7 * tokens.max() if neighbours else 0), following

    steps = [wanted(0), wanted(1, 2)]

    assert rows_are_apart(run, steps) is not neighbours
