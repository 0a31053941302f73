import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from preprocessing.errors import SettingsError
from tests.conftest import ROOT
from training.errors import CorruptRunError
from training.seq2seq.checkpoint import CheckpointFolder, TrainingState

WRITER = """
import sys
import numpy as np
from pathlib import Path
from training.seq2seq.checkpoint import CheckpointFolder, TrainingState
folder = CheckpointFolder(Path(sys.argv[1]))
found = folder.newest()
step = found[0].step if found else 0
while True:
    step += 1
    folder.save(TrainingState(step=step), {"values": np.full(500_000, step, np.float32)})
    print(step, flush=True)
"""


def arrays(value):
    return {"values": np.full(4, value, np.float32)}


@pytest.fixture
def folder(tmp_path):
    return CheckpointFolder(tmp_path / "checkpoints")


def at_epoch(epoch, **metrics):
    return TrainingState(step=10 * epoch, epoch=epoch, metrics=metrics)


def names(folder):
    return list(folder.states())


def test_what_was_saved_is_loaded(folder):
    saved = TrainingState(step=7, epoch=1, batch=3, best_value=2.5, metrics={"loss": 2.5})
    folder.save(saved, arrays(7))

    state, loaded = folder.newest()

    assert state == saved
    np.testing.assert_array_equal(loaded["values"], [7, 7, 7, 7])


def test_a_checkpoint_is_named_by_its_epoch_and_what_was_measured(tmp_path):
    for metric, name in [
        ("loss", "epoch=07-val_loss=3.412"),
        ("recall@1", "epoch=07-val_recall@1=0.250"),
        ("training_loss", "epoch=07-training_loss=3.000"),
        ("made/up", "epoch=07-val_made_up=1.000"),
    ]:
        folder = CheckpointFolder(tmp_path / metric.replace("/", "-"), metric=metric)
        state = at_epoch(7, **{"loss": 3.4121, "recall@1": 0.25, "training_loss": 3.0, "made/up": 1.0})
        with contextlib.suppress(SettingsError):
            folder.save(state, arrays(7))

        assert (folder.directory / f"{name}.npz").exists()


def test_a_checkpoint_in_the_middle_of_an_epoch_is_named_by_its_step(folder):
    folder.save(TrainingState(step=25, epoch=2, batch=5, metrics={"loss": 3.0}), arrays(1))

    assert names(folder) == ["epoch=02-step=000000025"]
    assert folder.best() is None


def test_the_newest_and_the_best_are_kept(tmp_path):
    folder = CheckpointFolder(tmp_path / "checkpoints", keep_last=2, keep_best=2)
    for epoch, loss in enumerate([3.0, 2.0, 2.5, 2.9, 2.8, 2.7], 1):
        folder.save(at_epoch(epoch, loss=loss), arrays(epoch))

    assert [name[:8] for name in names(folder)] == ["epoch=02", "epoch=03", "epoch=05", "epoch=06"]
    assert len(list(folder.directory.iterdir())) == 8


def test_a_metric_may_be_better_when_larger(tmp_path):
    folder = CheckpointFolder(tmp_path / "checkpoints", metric="recall@1", keep_last=1)
    for epoch, recall in enumerate([0.1, 0.4, 0.2], 1):
        folder.save(at_epoch(epoch, **{"recall@1": recall, "loss": 9.0 - epoch}), arrays(epoch))

    assert folder.best() == "epoch=02-val_recall@1=0.400"
    assert len(names(folder)) == 2


def test_the_best_is_the_newest_best_at_the_moment_it_is_read(folder):
    folder.save(at_epoch(1, loss=2.0), arrays(1))
    assert folder.best() == "epoch=01-val_loss=2.000"

    folder.save(at_epoch(2, loss=1.0), arrays(2))
    folder.save(at_epoch(3, loss=1.0), arrays(3))

    assert folder.best() == "epoch=03-val_loss=1.000"


@pytest.mark.parametrize("suffix", ["npz", "json"])
@pytest.mark.parametrize("damage", [lambda content: content[:-10], lambda content: b"\0" * len(content)])
def test_a_damaged_newest_checkpoint_gives_way_to_the_one_before(folder, suffix, damage):
    for epoch in (1, 2):
        folder.save(at_epoch(epoch, loss=3.0 - epoch), arrays(epoch))
    path = folder.directory / f"epoch=02-val_loss=1.000.{suffix}"
    path.write_bytes(damage(path.read_bytes()))

    assert folder.newest()[0].step == 10
    with pytest.raises(CorruptRunError):
        folder.load("epoch=02-val_loss=1.000")


def test_a_checkpoint_of_the_first_format_is_read(folder):
    folder.save(TrainingState(step=7), arrays(7))
    old, new = folder.directory / "step-000000007", folder.directory / "epoch=00-step=000000007"
    content = json.loads((new.with_name(new.name + ".json")).read_text())
    of_first_format = {"step", "epoch", "batch", "epoch_loss", "epoch_tokens", "best_step", "sha256"}
    content = {name: value for name, value in content.items() if name in of_first_format}
    content |= {"best_loss": 2.5, "validation_loss": 2.75}
    new.with_name(new.name + ".npz").rename(old.with_name(old.name + ".npz"))
    new.with_name(new.name + ".json").unlink()
    old.with_name(old.name + ".json").write_text(json.dumps(content))

    state, _ = folder.newest()

    assert (state.step, state.best_value, state.metrics) == (7, 2.5, {"loss": 2.75})


def test_a_run_without_a_checkpoint_begins_anew(folder):
    assert folder.newest() is None


def test_kill_9_in_the_middle_of_a_checkpoint_leaves_the_one_before_whole(tmp_path):
    directory = tmp_path / "checkpoints"
    chance = random.Random(0)
    newest = 0
    for _ in range(6):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(directory)], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        reported = int(writer.stdout.readline())
        time.sleep(chance.uniform(0, 0.05))
        os.kill(writer.pid, signal.SIGKILL)
        writer.wait()
        reported = int((writer.stdout.read().split() or [reported])[-1])
        writer.stdout.close()

        state, loaded = CheckpointFolder(directory).newest()

        assert state.step >= reported > newest
        assert (loaded["values"] == state.step).all()
        newest = state.step


@pytest.mark.parametrize("suffix", ["npz", "json"])
def test_a_run_does_not_begin_anew_over_checkpoints_that_it_cannot_read(folder, suffix):
    folder.save(at_epoch(1, loss=3.0), arrays(1))
    (folder.directory / f"epoch=01-val_loss=3.000.{suffix}").write_text("{}")

    with pytest.raises(CorruptRunError, match="none of them is whole"):
        folder.newest()


def test_what_cannot_be_read_is_not_dropped(folder):
    newer = folder.directory / "epoch=09-val_loss=0.100.json"
    newer.write_text(json.dumps({"step": 90, "colour": "red", "sha256": ""}))
    for epoch in (1, 2, 3):
        folder.save(at_epoch(epoch, loss=3.0), arrays(epoch))

    assert newer.exists()
    assert folder.newest()[0].step == 30


def test_what_was_just_saved_stays_also_behind_a_damaged_one(tmp_path):
    folder = CheckpointFolder(tmp_path / "checkpoints", keep_last=1)
    folder.save(at_epoch(5, loss=1.0), arrays(5))
    (folder.directory / "epoch=05-val_loss=1.000.npz").write_bytes(b"")

    folder.save(at_epoch(4, loss=2.0), arrays(4))

    assert folder.newest()[0].step == 40


def test_a_damaged_best_checkpoint_gives_way_to_the_next_best(tmp_path):
    folder = CheckpointFolder(tmp_path / "checkpoints", keep_last=3)
    for epoch, loss in ((1, 2.0), (2, 1.0), (3, 3.0)):
        folder.save(at_epoch(epoch, loss=loss), arrays(epoch))
    (folder.directory / "epoch=02-val_loss=1.000.npz").write_bytes(b"")

    assert folder.load_best()[0].step == 10
