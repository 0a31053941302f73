from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf

from preprocessing.progress import StoppedError
from tests.training.seq2seq.test_training_step import VOCABULARY, assert_same, make_batch, make_step, outcome
from training.parameters import Hyperparameters
from training.seq2seq import xla
from training.seq2seq.callbacks.compilation import outlook_of
from training.seq2seq.training_step import as_tensors
from training.seq2seq.xla import (
    LEAST_STEPS,
    Outlook,
    choose_compilation,
    compiling,
    count_shapes,
    every_place,
    is_compiling,
    rounded,
    settle_compilation,
    with_few_shapes,
)
from training.seq2seq.xla_trial import timed_apart


@pytest.mark.slow
@pytest.mark.parametrize("architecture", ["rnn", "mechanism", "transformer"])
def test_compiled_steps_are_the_same_steps(architecture):
    step = make_step(architecture=architecture, heads=2)
    step.is_compiled = True

    assert_same(outcome(step), outcome(make_step(architecture=architecture, heads=2)))


def test_what_xla_does_not_know_is_not_compiled_and_trains_all_the_same(monkeypatch):
    step = make_step()
    plain = step.network.batch_loss

    def with_a_text(*given, **options):
        loss = plain(*given, **options)
        return loss._replace(total=loss.total + 0 * tf.strings.to_number(tf.strings.as_string(loss.total)))

    monkeypatch.setattr(step.network, "batch_loss", with_a_text)

    assert not settle_compilation(step, "on", [make_batch()], Outlook(steps_left=1, shapes=1))
    assert np.isfinite(step(make_batch(), 0)[0])


def test_all_places_have_the_loss_of_the_tokens():
    network = make_step().network
    batch = as_tensors(make_batch())
    hidden = network.decode(batch.inputs, network.encode(batch.questions))
    rows, labels, weights = every_place(hidden, batch)
    losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, network.project(rows))

    expected = network.batch_loss(batch)
    assert float(tf.reduce_sum(losses * weights)) == pytest.approx(float(expected.total), rel=1e-5)
    assert float(tf.reduce_sum(weights)) == pytest.approx(float(expected.count), rel=1e-5)


def test_only_what_is_traced_for_xla_is_told_so():
    with compiling(True):
        with compiling(False):
            assert not is_compiling()
        assert is_compiling()
    assert not is_compiling()


SMALL = Hyperparameters(layers=1, hidden_size=8, embedding_size=8, batch_size=8)
OUTLOOK = Outlook(steps_left=10_000, shapes=9)


class FakeStep:
    """Takes a given time for gradients, and more for the first ones that are compiled."""

    def __init__(self, clock, plain=1.0, compiled=0.5, compiling=5.0, error=None):
        self.is_compiled = False
        self.accumulation = 1
        self._clock = clock
        self._plain, self._compiled, self._compiling, self._error = plain, compiled, compiling, error

    def rehearse(self, batch):
        if not self.is_compiled:
            self._clock.now += self._plain
            return 0.0
        if self._error is not None:
            raise self._error
        self._clock.now += self._compiled + self._compiling
        self._compiling = 0.0
        return 0.0


@pytest.fixture
def fake(monkeypatch):
    class Clock:
        now = 0.0

    clock = Clock()
    monkeypatch.setattr("training.seq2seq.xla.time.perf_counter", lambda: clock.now)
    return lambda **figures: FakeStep(clock, **figures)


def choose(step, wanted="auto", **changes):
    return choose_compilation(step, wanted, [make_batch()], replace(OUTLOOK, **changes))


def test_what_saves_more_than_it_costs_is_compiled(fake, caplog):
    step = fake()
    caplog.set_level("INFO")

    assert settle_compilation(step, "auto", [make_batch()], OUTLOOK)

    assert step.is_compiled
    assert caplog.messages == [
        "XLA is on: 500 ms for gradients with it, 1000 ms without, "
        "5 s to compile each of up to 9 shapes, 10000 steps."
    ]


@pytest.mark.parametrize(
    ("figures", "options", "reason"),
    [
        ({}, {"wanted": "off"}, "XLA is off: the settings say so."),
        ({}, {"decided": False}, "XLA is off: the run began so."),
        ({}, {"steps_left": LEAST_STEPS - 1}, "over before compiling pays"),
        ({}, {"replicas": 2}, "with several devices it is not measured"),
        ({}, {"replicas": 2, "has_workers": True}, "several workers must fill their batches alike"),
        ({}, {"wanted": "on", "has_workers": True}, "several workers must fill their batches alike"),
        ({"plain": 0.01}, {}, "the run takes about 100 s"),
        # Epochs without end, but ten minutes: what is saved in them is less than the compiling costs.
        ({}, {"seconds_left": 200.0}, "the run takes about 200 s"),
        ({}, {"seconds_left": 600.0, "shapes": 40, "steps_left": 10**6}, "1000 ms without, 5 s"),
        ({"compiled": 0.98}, {}, "980 ms for gradients with it"),
        ({"compiled": 2.0}, {}, "2000 ms for gradients with it"),
        ({"compiling": 20.0}, {"shapes": 1000}, "20 s to compile each of up to 1000 shapes"),
        ({"compiling": 40.0}, {"shapes": 1}, "compiling takes too long on a CPU"),
        (
            {"error": ValueError("No kernel for CudnnRNN\nmore")},
            {},
            "cannot be compiled, or not in time. No kernel for CudnnRNN",
        ),
        (
            {"error": ValueError("No kernel")},
            {"wanted": "on"},
            "cannot be compiled, or not in time. No kernel",
        ),
    ],
)
def test_what_does_not_pay_or_does_not_work_is_not_compiled(fake, figures, options, reason):
    choice = choose(fake(**figures), **options)

    assert not choice.is_compiled
    assert reason in choice.reason


def test_without_a_batch_or_memory_nothing_is_tried(fake):
    assert "no batch" in choose_compilation(fake(), "on", [], OUTLOOK).reason

    def run_out(batch):
        raise tf.errors.ResourceExhaustedError(None, None, "OOM")

    step = fake()
    step.rehearse = run_out
    assert "memory ran out" in choose(step).reason


def test_what_a_run_began_with_is_not_measured_again(fake):
    step = fake(compiled=2.0)

    assert choose(step, decided=True).reason == "XLA is on: the run began so."
    assert not choose(fake(error=ValueError("No kernel")), decided=True).is_compiled


@pytest.mark.parametrize("is_faster", [True, False])
def test_a_resumed_run_computes_as_it_began(train, monkeypatch, is_faster):
    monkeypatch.setattr(xla, "LEAST_STEPS", 0)
    monkeypatch.setattr(xla, "weigh", lambda *given: xla.Choice(is_faster, "It was measured."))
    _, first = train()
    first._tell("at_start")
    first._tell("at_end")
    monkeypatch.setattr(xla, "weigh", lambda *given: pytest.fail("It is measured again."))
    _, second = train()
    monkeypatch.setattr(second.step, "rehearse", lambda batch: 0.0)

    second._tell("at_start")
    second._tell("at_end")

    assert second.step.is_compiled == is_faster


def test_who_asks_to_stop_is_heard_while_it_is_measured(fake):
    looks = []

    def look_up():
        looks.append(None)
        if len(looks) > 3:
            raise StoppedError("The work was asked to stop.")

    with pytest.raises(StoppedError):
        settle_compilation(fake(), "auto", [make_batch()], OUTLOOK, look_up)


def test_what_cannot_be_compiled_is_not_left_compiled(fake):
    step = fake(error=NotImplementedError("no"))

    assert not settle_compilation(step, "on", [make_batch()], Outlook(steps_left=1, shapes=1))
    assert not step.is_compiled


def test_a_run_looks_at_the_devices_it_was_made_for(train, monkeypatch):
    """A run trains outside its strategy's scope, where TensorFlow tells of one device."""
    _, trainer = train()
    assert outlook_of(trainer, []).replicas == 1
    assert outlook_of(trainer, []).seconds_left is None

    monkeypatch.setattr(trainer, "_strategy", SimpleNamespace(num_replicas_in_sync=2))

    assert outlook_of(trainer, []).replicas == 2


def test_a_run_looks_at_its_minutes_and_at_the_lengths_of_distractors(train):
    _, plain = train("plain", architecture="dual_encoder", max_minutes=10)
    _, trainer = train("more", architecture="dual_encoder", distractors=5, max_minutes=10)

    assert outlook_of(trainer, []).seconds_left == pytest.approx(600, abs=60)
    assert outlook_of(trainer, []).shapes == 3 * outlook_of(plain, []).shapes


def test_few_shapes_are_compiled():
    assert [rounded(length) for length in (1, 8, 9, 33, 65, 400)] == [8, 8, 16, 40, 80, 448]
    assert count_shapes(20, 20) == 9
    assert count_shapes(20, 20, has_distractors=True) == 27
    few = with_few_shapes(make_batch())
    assert (few.questions.shape, few.targets.shape, few.distractors.shape) == ((7, 8), (7, 8), (0, 8))
    np.testing.assert_array_equal(few.questions[:, :5], make_batch().questions)
    assert not few.questions[:, 5:].any()


def test_a_process_of_its_own_measures_compiled_steps():
    first, later = timed_apart(SMALL, VOCABULARY, [make_batch()], lambda: None, most_seconds=300)

    assert first > later > 0


def test_what_has_no_end_is_ended_and_not_compiled(fake):
    with pytest.raises(ValueError, match="It took more than 1 s"):
        timed_apart(SMALL, VOCABULARY, [make_batch()], lambda: None, most_seconds=1)

    def endless():
        raise ValueError("It took more than 60 s.")

    for wanted in ("on", "auto"):
        choice = choose(fake(), wanted, timed_apart=endless)
        assert (choice.is_compiled, "It took more than 60 s" in choice.reason) == (False, True)


def test_what_was_measured_apart_decides(fake):
    assert choose(fake(), timed_apart=lambda: (5.5, 0.5)).is_compiled
    assert not choose(fake(), timed_apart=lambda: (5.5, 2.0)).is_compiled


def test_who_asks_to_stop_is_heard_while_another_process_compiles():
    def look_up():
        raise StoppedError("The work was asked to stop.")

    with pytest.raises(StoppedError):
        timed_apart(SMALL, VOCABULARY, [make_batch()], look_up)


def test_a_trial_that_fails_says_why():
    with pytest.raises(ValueError, match="hidden_size must be a multiple of heads"):
        timed_apart(Impossible(), VOCABULARY, [make_batch()], lambda: None, most_seconds=300)


class Impossible:
    """Settings that no network can be made from."""

    def as_json(self):
        return {**SMALL.as_json(), "architecture": "transformer", "heads": 3}
