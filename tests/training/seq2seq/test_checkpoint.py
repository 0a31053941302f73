import os
import random
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

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


def test_what_was_saved_is_loaded(folder):
    folder.save(TrainingState(step=7, epoch=1, best_loss=2.5), arrays(7))

    state, loaded = folder.newest()

    assert state == TrainingState(step=7, epoch=1, best_loss=2.5)
    np.testing.assert_array_equal(loaded["values"], [7, 7, 7, 7])


def test_the_last_two_and_the_best_are_kept(folder):
    for step in range(1, 6):
        folder.save(TrainingState(step=step, best_step=2), arrays(step))

    assert folder.steps() == [2, 4, 5]
    assert len(list(folder.directory.iterdir())) == 6


@pytest.mark.parametrize("suffix", ["npz", "json"])
@pytest.mark.parametrize("damage", [lambda content: content[:-10], lambda content: b"\0" * len(content)])
def test_a_damaged_newest_checkpoint_gives_way_to_the_one_before(folder, suffix, damage):
    for step in (1, 2):
        folder.save(TrainingState(step=step), arrays(step))
    path = folder.directory / f"step-000000002.{suffix}"
    path.write_bytes(damage(path.read_bytes()))

    assert folder.newest()[0].step == 1
    with pytest.raises(CorruptRunError):
        folder.load(2)


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
