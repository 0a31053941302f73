"""What a run does when something goes wrong: every trouble has a name, and most an answer."""

import errno
import json
import logging
import os
from dataclasses import asdict, replace

import numpy as np
import pytest
import tensorflow as tf

from preprocessing.errors import DatasetError
from preprocessing.progress import NullMonitor, StoppedError
from training.errors import TrainingError
from training.seq2seq.callbacks import checkpointing
from training.seq2seq.checkpoint import TrainingState
from training.seq2seq.run_configuration import keep_configuration
from training.seq2seq.train import train_run


class Spoiled:
    """A training step that does something else at given calls, then goes on as ever."""

    def __init__(self, step, spoil):
        self._step, self._spoil, self.calls = step, spoil, 0

    def __call__(self, batch, number, wishes=()):
        self.calls += 1
        return self._spoil(self.calls) or self._step(batch, number, wishes)

    def __getattr__(self, name):
        return getattr(self._step, name)

    def __setattr__(self, name, value):
        if name in ("_step", "_spoil", "calls"):
            super().__setattr__(name, value)
        else:
            setattr(self._step, name, value)


def spoil(trainer, change):
    trainer.step = Spoiled(trainer.step, change)


def raised(error):
    raise error


@pytest.mark.parametrize("loss", [float("nan"), float("inf"), 1e6])
def test_an_exploded_loss_goes_back_once_at_half_the_rate(train, caplog, loss):
    _, trainer = train(epochs=2, save_every=4)
    rate = trainer.hyperparameters.learning_rate
    spoil(trainer, lambda call: (loss * 100, 100.0) if call == 6 else None)

    with caplog.at_level(logging.WARNING):
        state = trainer.train()

    assert (state.epoch, state.step, state.is_finished) == (2, 12, True)
    assert (state.restarts, state.rate_factor) == (1, 0.5)
    assert trainer.step.learning_rate == pytest.approx(rate / 2)
    assert trainer.step.calls == 12 + 2
    assert "goes back to step 4 and on from there at 0.5 of the rate" in caplog.text


def test_a_loss_that_explodes_again_ends_the_run_with_a_reason(train):
    directory, trainer = train(epochs=2, save_every=4)
    spoil(trainer, lambda call: (float("nan"), 1.0) if call >= 6 else None)

    with pytest.raises(TrainingError, match=r"also at half the rate\. Use a lower learning rate"):
        trainer.train()

    assert trainer.checkpoints.newest()[0].step == 4
    assert not (directory / "alive.json").exists()


def test_a_run_that_explodes_at_its_very_start_goes_back_to_where_it_began(train):
    _, trainer = train(epochs=1)
    spoil(trainer, lambda call: (float("nan"), 1.0) if call == 1 else None)

    assert trainer.train().restarts == 1


def test_a_run_from_before_xla_was_noted_notes_it_also_when_it_goes_back(train):
    _, trainer = train(epochs=1)
    newest = trainer.checkpoints.newest

    def newest_of_before():
        state, arrays = newest()
        return replace(state, is_compiled=None), arrays

    trainer.checkpoints.newest = newest_of_before
    spoil(trainer, lambda call: (float("nan"), 1.0) if call == 3 else None)

    assert trainer.train().is_compiled is False


def test_weights_that_are_no_numbers_are_never_saved_over_good_ones(train):
    _, trainer = train(epochs=3, learning_rate=1.0)
    broken = np.full(trainer.network.output_bias.shape, np.nan, np.float32)
    trainer.network.output_bias.assign(broken)

    with pytest.raises(TrainingError):
        trainer.train()

    assert trainer.checkpoints.newest() is None


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        tf.errors.ResourceExhaustedError(None, None, "OOM"),
        tf.errors.InternalError(None, None, "cuDNN call failed with status CUDNN_STATUS_ALLOC_FAILED"),
        tf.errors.InternalError(None, None, "Failed to allocate 512 bytes for new constant"),
        tf.errors.InternalError(None, None, "CUDA_ERROR_OUT_OF_MEMORY: out of memory"),
    ],
)
def test_when_memory_runs_out_batches_are_halved_once(train, caplog, error):
    _, trainer = train(epochs=1)
    spoil(trainer, lambda call: raised(error) if call == 3 else None)

    with caplog.at_level(logging.WARNING):
        state = trainer.train()

    assert (state.step, state.more_parts, trainer.step.accumulation) == (6, 2, 2)
    assert "Memory ran out: each batch is worked through in 2 parts from step 0 on" in caplog.text


def test_an_error_that_is_not_for_memory_ends_the_run(train):
    _, trainer = train(epochs=1)
    spoil(trainer, lambda call: raised(tf.errors.InternalError(None, None, "CUDNN_STATUS_BAD_PARAM")))

    with pytest.raises(tf.errors.InternalError, match="BAD_PARAM"):
        trainer.train()


def test_memory_that_runs_out_again_ends_the_run_with_a_reason(train):
    _, trainer = train(epochs=1)
    spoil(trainer, lambda call: raised(MemoryError()) if call >= 3 else None)

    with pytest.raises(TrainingError, match="it does not, also halved"):
        trainer.train()


def test_halved_batches_stay_halved_in_a_resumed_run(train):
    _, trainer = train(epochs=1)
    spoil(trainer, lambda call: raised(MemoryError()) if call == 3 else None)
    trainer.train()

    _, resumed = train(epochs=1)

    assert resumed.step.accumulation == 2


def test_two_deaths_at_the_same_step_halve_the_batches(train, caplog):
    parts = []
    for died_before in (0, 1, 2):
        directory, trainer = train(epochs=1)
        if died_before:
            content = {"pid": 1, "step": 0, "deaths": died_before - 1}
            (directory / "alive.json").write_text(json.dumps(content))
        trainer._tell("at_start")
        parts.append(trainer.step.accumulation)
        trainer._tell("at_end")

    assert parts == [1, 1, 2]
    assert "2 processes were killed in a row, maybe for memory" in caplog.text


def test_what_the_chief_halved_every_worker_halves(train, monkeypatch):
    monkeypatch.setattr("training.seq2seq.trainer.has_workers", lambda strategy: True)
    _, trainer = train(epochs=1)
    chiefs = TrainingState(fingerprint=trainer.dataset.fingerprint, more_parts=2, is_finished=True)
    monkeypatch.setattr(
        "training.seq2seq.trainer.text_from_chief", lambda strategy, text: json.dumps(asdict(chiefs))
    )

    assert trainer.train().more_parts == 2
    assert trainer.step.accumulation == 2


def test_a_worker_whose_memory_runs_out_says_so_instead_of_going_back_alone(train, monkeypatch):
    monkeypatch.setattr("training.seq2seq.trainer.has_workers", lambda strategy: True)
    _, trainer = train(epochs=1)
    spoil(trainer, lambda call: raised(MemoryError()) if call == 3 else None)

    with pytest.raises(TrainingError, match="into the memory of every worker"):
        trainer.train()


def test_a_death_at_another_step_does_not_count_on(train):
    directory, trainer = train(epochs=1)
    (directory / "alive.json").write_text(json.dumps({"pid": 1, "step": 7, "deaths": 5}))
    trainer.train()

    assert trainer.step.accumulation == 1


def test_a_full_disk_pauses_the_run_until_there_is_room(train, monkeypatch):
    monkeypatch.setattr(checkpointing, "SECONDS_UNTIL_NEXT_TRY", 0.01)
    heard = []

    class Listener(NullMonitor):
        def report(self, progress):
            heard.append(progress.message)

    _, trainer = train(epochs=1, monitor=Listener())
    save, tries = trainer.checkpoints.save, []

    def save_on_a_full_disk(state, arrays):
        tries.append(state.step)
        if len(tries) in (2, 3):
            raise OSError(errno.ENOSPC, "No space left on device")
        save(state, arrays)

    monkeypatch.setattr(trainer.checkpoints, "save", save_on_a_full_disk)
    state = trainer.train()

    assert state.is_finished
    assert tries == [0, 6, 6, 6]
    assert any(message.startswith("paused: the disk is full") for message in heard)


def test_a_run_that_waits_for_room_can_be_stopped_and_keeps_its_last_checkpoint(train, monkeypatch):
    class Stop(NullMonitor):
        is_asked = False

        def stop_requested(self):
            return self.is_asked

    monitor = Stop()
    _, trainer = train(epochs=1, monitor=monitor)
    save = trainer.checkpoints.save

    def save_on_a_full_disk(state, arrays):
        if state.step:
            monitor.is_asked = True
            raise OSError(errno.ENOSPC, "No space left on device")
        save(state, arrays)

    monkeypatch.setattr(trainer.checkpoints, "save", save_on_a_full_disk)
    with pytest.raises(StoppedError, match="while it waited for room"):
        trainer.train()

    assert trainer.checkpoints.newest()[0].step == 0


def test_a_dataset_whose_files_have_changed_is_refused(make_dataset, tiny, tmp_path):
    dataset = make_dataset(24)
    with (dataset.directory / "answer_ids.npy").open("r+b") as file:
        file.seek(-1, 2)
        file.write(b"\1")

    with pytest.raises(DatasetError, match="must be as they were written"):
        train_run(dataset.directory, tmp_path / "run", tiny(), NullMonitor())


def test_what_went_wrong_is_not_forgotten_by_going_back(train):
    _, trainer = train(epochs=2, save_every=1000)
    spoil(
        trainer,
        lambda call: raised(MemoryError()) if call == 3 else (float("nan"), 1.0) if call == 5 else None,
    )

    state = trainer.train()

    assert (state.more_parts, state.restarts, state.rate_factor) == (2, 1, 0.5)
    assert trainer.step.accumulation == 2


def test_steps_that_were_taken_back_are_not_recorded_twice(train):
    directory, trainer = train(epochs=6, save_every=1000)
    spoil(trainer, lambda call: (float("nan"), 1.0) if call == 15 else None)
    trainer.train()

    lines = (directory / "metrics.jsonl").read_text().splitlines()
    steps = [json.loads(line)["step"] for line in lines if "gradient_norm" in line]
    assert steps == [10, 20, 30]


def test_waiting_for_room_is_no_training(train, monkeypatch):
    monkeypatch.setattr(checkpointing, "SECONDS_UNTIL_NEXT_TRY", 0.5)
    _, trainer = train(epochs=1)
    before = trainer.elapsed_seconds()
    [saving] = [found for found in trainer._callbacks if isinstance(found, checkpointing.Checkpointing)]

    saving._wait_for_room(trainer, OSError(errno.ENOSPC, "No space left on device"))

    assert trainer.elapsed_seconds() - before < 0.1


def test_a_run_that_could_not_begin_for_want_of_room_begins_later(tiny, tmp_path, monkeypatch):
    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space left"):
            keep_configuration(tmp_path, tiny(), lambda asked: asked)

    assert keep_configuration(tmp_path, tiny(), lambda asked: asked) == tiny()
    assert keep_configuration(tmp_path, tiny(), lambda asked: asked) == tiny()
