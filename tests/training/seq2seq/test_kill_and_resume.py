"""A run that is killed for real, at random moments, beside one that is not."""

import json
import os
import random
import signal
import subprocess
import sys
import time

import pytest

from tests.conftest import ROOT

RUN = """
import sys
from pathlib import Path
from preprocessing.dataset import Dataset
from preprocessing.progress import NullMonitor
from training.parameters import Hyperparameters
from training.seq2seq.train import Beginning, make_trainer

dataset, run, settings = Dataset.open(Path(sys.argv[1])), Path(sys.argv[2]), eval(sys.argv[3])
run.mkdir(exist_ok=True)
make_trainer(dataset, run, Hyperparameters(**settings), NullMonitor(), Beginning()).train()
"""
SETTINGS = {
    "hidden_size": 16,
    "embedding_size": 16,
    "batch_size": 4,
    "epochs": 3,
    "save_every": 7,
    "dropout": 0.3,
    "average_decay": 0.9,
    "schedule": "cosine",
    "sample_answers": 0,
}
KILLS = 4


def start(dataset, run, settings):
    command = [sys.executable, "-c", RUN, str(dataset.directory), str(run), repr(settings)]
    return subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)


def lines_of(run):
    path = run / "metrics.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def without_clock(line):
    return {name: value for name, value in line.items() if name != "seconds"}


def step_of(run):
    return max((line["step"] for line in lines_of(run)), default=0)


@pytest.mark.slow
@pytest.mark.parametrize("architecture", ["rnn", "transformer"])
def test_a_run_that_was_killed_at_random_steps_has_the_losses_of_one_that_was_not(
    make_dataset, tmp_path, architecture
):
    dataset = make_dataset(600)
    settings = {**SETTINGS, "architecture": architecture}
    assert start(dataset, tmp_path / "unbroken", settings).wait(timeout=600) == 0

    chance, broken = random.Random(5), tmp_path / "broken"
    for _ in range(KILLS):
        process = start(dataset, broken, settings)
        until = step_of(broken) + chance.randint(5, 60)
        while step_of(broken) < until and process.poll() is None:
            time.sleep(0.02)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    assert start(dataset, broken, settings).wait(timeout=600) == 0

    one, other = lines_of(tmp_path / "unbroken"), lines_of(broken)
    assert [line["step"] for line in one] == [line["step"] for line in other]
    for plain, resumed in zip(map(without_clock, one), map(without_clock, other), strict=True):
        assert resumed == pytest.approx(plain, abs=1e-6)
