import json
import math
from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf

from preprocessing.errors import SettingsError
from preprocessing.progress import StoppedError
from tests.training.seq2seq.conftest import StopAt, StopWhenTold, assert_resumes, assert_same_weights
from training.errors import CorruptRunError
from training.seq2seq.loss import smoothed_losses
from training.seq2seq.rnn import RecurrentNetwork
from training.seq2seq.run_configuration import keep_configuration
from training.seq2seq.weights import load_network
from training.services.run_record import loss_curves


def test_a_run_trains_to_its_last_epoch_and_writes_what_it_measured(train):
    monitor = StopAt()
    directory, trainer = train(monitor=monitor, epochs=3)
    state = trainer.train()

    assert (state.epoch, state.step, state.is_finished) == (3, 18, True)
    lines = [json.loads(line) for line in (directory / "metrics.jsonl").read_text().splitlines()]
    losses = [line["training_loss"] for line in lines if "training_loss" in line]
    assert len(losses) == 3
    assert losses[-1] < losses[0]
    assert list((directory / "events").iterdir())
    last = monitor.seen[-1]
    assert (last.done, last.total, last.unit, last.message) == (18, 18, "steps", "epoch 3 of 3")
    assert last.metrics["checkpoint_step"] == 12


def test_pages_can_draw_what_a_run_writes_over_minutes(train):
    directory, trainer = train(epochs=3)
    trainer.train()

    curves = loss_curves(directory)
    minutes = [at for at, _ in curves.by_minutes["loss"]]
    assert len(minutes) == len(curves.by_step["loss"]) > 0
    assert minutes == sorted(minutes)
    assert 60 * minutes[-1] <= trainer.elapsed_seconds() + 0.1


@pytest.mark.parametrize("stopped_at", [1, 6, 9])
def test_a_resumed_run_has_the_same_losses_as_an_unbroken_one(train, tmp_path, stopped_at):
    unbroken, second = assert_resumes(train, stopped_at, softmax_samples=7)

    assert second.state.best_value == pytest.approx(unbroken.state.best_value, abs=1e-6)
    steps = [
        json.loads(line)["step"] for line in (tmp_path / "broken" / "metrics.jsonl").read_text().splitlines()
    ]
    assert steps == sorted(steps)


def stop_at_first_measurement(trainer, monitor, monkeypatch):
    """Ask to stop as soon as something is measured; return what is measured thereafter."""
    measure, measured = trainer.step.measure, []

    def measure_and_ask(batch):
        monitor.is_asked = True
        measured.append(batch)
        return measure(batch)

    monkeypatch.setattr(trainer.step, "measure", measure_and_ask)
    return measured


def test_a_run_that_is_stopped_while_it_measures_is_resumed_as_if_it_had_not_been(
    train, make_dataset, monkeypatch
):
    changes = {"dataset": make_dataset(600, name="large"), "batch_size": 16, "average_decay": 0.9}
    _, unbroken = train("unbroken", **changes)
    unbroken.train()

    monitor = StopWhenTold()
    _, first = train("broken", monitor=monitor, **changes)
    measured = stop_at_first_measurement(first, monitor, monkeypatch)
    with pytest.raises(StoppedError, match=f"step {first.steps_an_epoch}"):
        first.train()
    assert len(measured) == 1

    _, second = train("broken", **changes)
    assert (second.state.epoch, second.state.batch) == (0, second.steps_an_epoch)
    second.train()
    assert second.state.metrics == pytest.approx(unbroken.state.metrics, abs=1e-6)
    assert_same_weights(unbroken, second)


def test_one_of_several_workers_measures_to_the_end_before_it_stops(train, make_dataset, monkeypatch):
    monkeypatch.setattr("training.seq2seq.trainer.has_workers", lambda strategy: True)
    monitor = StopWhenTold()
    _, trainer = train(monitor=monitor, dataset=make_dataset(600, name="large"), batch_size=16)
    measured = stop_at_first_measurement(trainer, monitor, monkeypatch)

    with pytest.raises(StoppedError, match=f"step {trainer.steps_an_epoch + 1}"):
        trainer.train()

    assert len(measured) > 1
    assert trainer.state.epoch == 1


def test_a_run_reports_while_it_measures_at_most_once_a_second(train, make_dataset, monkeypatch):
    clock = iter(range(10**6))
    monkeypatch.setattr("training.seq2seq.callbacks.progress.time.monotonic", lambda: next(clock) / 4)
    dataset, monitor = make_dataset(600, name="large"), StopAt()
    _, trainer = train(monitor=monitor, dataset=dataset, batch_size=128, epochs=1, metric="distinct-1")
    trainer.train()

    steps = [progress for progress in monitor.seen if progress.message != "measuring"]
    measuring = [progress for progress in monitor.seen if progress.message == "measuring"]
    looks = len(dataset.indices("validation")) + 2
    assert 2 <= len(measuring) <= looks / 3
    assert measuring[-1] == replace(steps[-1], message="measuring")


@pytest.mark.parametrize(
    "changes",
    [
        {"optimizer": "adamw", "schedule": "cosine", "warmup_steps": 3, "average_decay": 0.9},
        {"optimizer": "sgd", "schedule": "plateau", "label_smoothing": 0.1},
    ],
)
def test_whatever_the_optimiser_and_its_schedule_a_resumed_run_is_the_same(train, changes):
    assert_resumes(train, 7, **changes)


def test_a_plateau_lowers_the_rate(train):
    directory, trainer = train(
        schedule="plateau", epochs=50, patience=3, learning_rate=1e-7, decay_rate=0.1, batch_size=2
    )
    state = trainer.train()

    assert state.reductions >= 3
    lines = [json.loads(line) for line in (directory / "metrics.jsonl").read_text().splitlines()]
    rates = [line["learning_rate"] for line in lines if "learning_rate" in line]
    assert rates == sorted(rates, reverse=True)
    assert rates[0] == pytest.approx(1e-7)
    assert rates[-1] == pytest.approx(1e-7 * 0.1 ** (state.reductions - 1))


def test_the_export_answers_from_the_average(train):
    _, trainer = train(average_decay=0.5)
    trainer.train()

    loaded = RecurrentNetwork(trainer.network.configuration)
    load_network(loaded, trainer.checkpoints.newest()[1])

    for weight, average in zip(loaded.trainable_variables, trainer.step.average.averages, strict=True):
        np.testing.assert_allclose(np.asarray(weight), average.numpy())


def test_smoothing_spreads_a_share_of_the_target_over_all_words():
    logits, labels = tf.constant([[0.0, math.log(3.0)]]), tf.constant([1])

    assert float(smoothed_losses(logits, labels, 0.0)[0]) == pytest.approx(-math.log(0.75))
    # Half of 0.2 goes to each of the two words.
    expected = -(0.9 * math.log(0.75) + 0.1 * math.log(0.25))
    assert float(smoothed_losses(logits, labels, 0.2)[0]) == pytest.approx(expected)


def test_smoothing_and_sampled_words_exclude_each_other(tiny):
    with pytest.raises(SettingsError, match="label_smoothing must be 0 where softmax_samples are drawn"):
        tiny(label_smoothing=0.1, softmax_samples=7)


def test_the_same_seed_gives_the_same_run_and_another_one_another(train):
    losses = []
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        _, trainer = train(name, seed=seed)
        losses.append(trainer.train().best_value)

    assert losses[0] == pytest.approx(losses[1], abs=1e-6)
    assert losses[0] != pytest.approx(losses[2], abs=1e-6)


def test_an_epoch_is_judged_by_what_the_chief_measured(train, monkeypatch):
    monkeypatch.setattr(
        "training.seq2seq.trainer.text_from_chief", lambda strategy, text: json.dumps({"training_loss": 0.5})
    )
    _, trainer = train(epochs=1)

    assert trainer.train().best_value == 0.5


def test_training_stops_early_without_a_better_loss(train):
    _, trainer = train(epochs=50, patience=1, learning_rate=1e-7)
    state = trainer.train()

    assert state.epoch < 50
    assert state.epochs_without_better == 1


def test_minutes_end_a_run_too(train):
    _, trainer = train(epochs=10_000, max_minutes=0.02, patience=10_000)
    state = trainer.train()

    assert state.is_finished
    assert state.epoch < 10_000


def test_another_dataset_than_the_runs_own_is_noticed(train, make_dataset):
    _, trainer = train()
    trainer.train()

    with pytest.raises(CorruptRunError, match="another fingerprint"):
        train(dataset=make_dataset(25, name="other"))


def test_other_settings_than_the_runs_own_are_noticed(tiny, tmp_path):
    keep_configuration(tmp_path, tiny(), lambda asked: asked)
    keep_configuration(tmp_path, tiny(), lambda asked: asked)

    with pytest.raises(CorruptRunError, match="these differ"):
        keep_configuration(tmp_path, tiny(layers=1), lambda asked: asked)


def test_held_out_exchanges_are_measured_and_choose_the_checkpoint(train, make_dataset):
    dataset = make_dataset(600, name="large")
    _, trainer = train(dataset=dataset, batch_size=128)
    state = trainer.train()

    assert set(state.metrics) == {"training_loss", "loss", "perplexity"}
    assert state.metrics["perplexity"] == pytest.approx(math.exp(state.metrics["loss"]))
    assert state.best_value == pytest.approx(state.metrics["loss"], abs=1e-6)
