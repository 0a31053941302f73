import pytest

from training.parameters import Hyperparameters
from training.seq2seq.learning_rate import learning_rate_at


def rates(steps, *, steps_in_all=100, reductions=0, **settings):
    given = Hyperparameters(learning_rate=0.8, **settings)
    found = [learning_rate_at(s, given, steps_in_all=steps_in_all, reductions=reductions) for s in steps]
    return pytest.approx(found)


def test_a_constant_rate_stays():
    assert rates([0, 1, 99]) == [0.8, 0.8, 0.8]


def test_any_schedule_may_warm_up():
    assert rates([0, 1, 2, 3, 4], warmup_steps=4) == [0.2, 0.4, 0.6, 0.8, 0.8]


def test_the_inverse_root_has_its_peak_at_the_end_of_the_warm_up():
    assert rates([0, 3, 15, 63], schedule="inverse-root", warmup_steps=4) == [0.2, 0.8, 0.4, 0.2]


def test_the_cosine_falls_to_0_with_the_last_step():
    assert rates([0, 50, 100, 150], schedule="cosine") == [0.8, 0.4, 0.0, 0.0]
    assert rates([4, 7, 10], schedule="cosine", warmup_steps=4, steps_in_all=10) == [0.8, 0.4, 0.0]


def test_the_step_decay_falls_after_so_many_steps():
    assert rates([0, 9, 10, 29], schedule="step-decay", decay_steps=10) == [0.8, 0.8, 0.4, 0.2]


def test_the_plateau_falls_with_each_reduction():
    assert rates([7], schedule="plateau", decay_rate=0.1, reductions=2) == [0.008]
    assert rates([7], reductions=2) == [0.8]
