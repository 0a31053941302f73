"""Two processes on this machine train as two machines would."""

import json
import os
import signal
import socket
import subprocess
import sys
from contextlib import ExitStack, contextmanager

import numpy as np
import pytest

from tests.conftest import ROOT
from tests.training.seq2seq.test_training_step import make_batch, make_step
from training.seq2seq.checkpoint import CheckpointFolder, TrainingState

pytestmark = pytest.mark.slow
STEPS, SECONDS = 4, 300
TOLERANCE = 1e-4

# argv: the workers, which one this is, the chief's checkpoints, how many steps to take.
WORKER = """
import json, sys
from dataclasses import asdict
from pathlib import Path
import numpy as np
from tests.training.seq2seq.test_training_step import make_batch, make_step
from training.errors import TrainingError
from training.seq2seq.checkpoint import CheckpointFolder, TrainingState
from training.seq2seq.strategy import (
    is_chief, make_strategy, share_variables, text_from_chief,
)
from training.seq2seq.weights import load_weights

workers, index, folder, steps = sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4])
strategy = make_strategy(workers, index)
with strategy.scope():
    step = make_step()
state = TrainingState()
if is_chief(strategy) and (found := CheckpointFolder(Path(folder)).newest()):
    state, arrays = found
    for prefix, variables in step.variables():
        load_weights(variables, arrays, prefix)
state = TrainingState.from_json(json.loads(text_from_chief(strategy, json.dumps(asdict(state)))))
share_variables(strategy, step.variables())
told = []
try:
    for number in range(state.step, state.step + steps):
        told.append([*step(make_batch(seed=number), number, wishes=[index == 1, False]), step.gradient_norm])
        if number == state.step:
            print(json.dumps("begun"), flush=True)
    with step.average.in_place():
        measured = step.measure(make_batch())
    print(json.dumps({
        "from": state.step,
        "told": told,
        "agreed": step.agreed,
        "measured": measured,
        "weights": [np.asarray(found).tolist() for found in step.network.trainable_variables],
    }), flush=True)
except TrainingError as error:
    print(json.dumps(str(error)), flush=True)
"""

# argv: the dataset, the chief's run, the workers, which one this is, the settings. Prints the last state.
RUN = """
import json, sys
from dataclasses import asdict
from pathlib import Path
from preprocessing.dataset import Dataset
from preprocessing.progress import NullMonitor
from training.parameters import Hyperparameters
from training.seq2seq.train import Beginning, help_train, make_trainer

dataset, run, workers, index, settings = sys.argv[1:]
if index == "0":
    settings, beginning = Hyperparameters(**json.loads(settings)), Beginning(workers=workers)
    trainer = make_trainer(Dataset.open(Path(dataset)), Path(run), settings, NullMonitor(), beginning)
    state = trainer.train()
else:
    state = help_train(Path(dataset), workers, int(index), NullMonitor())
print(json.dumps(asdict(state)), flush=True)
"""
SETTINGS = {
    "hidden_size": 8,
    "embedding_size": 8,
    "layers": 1,
    "dropout": 0.0,
    "batch_size": 50,
    "epochs": 2,
    "average_decay": 0.9,
    "metric": "distinct-1",
    "sample_answers": 1,
    "xla": "on",
}


@contextmanager
def started(workers, index, folder, steps=STEPS):
    """Start a worker; it is ended with the block, whatever became of it."""
    with script_running(WORKER, workers, index, folder, steps) as worker:
        yield worker


@contextmanager
def script_running(script, *arguments):
    worker = subprocess.Popen(
        [sys.executable, "-c", script, *map(str, arguments)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield worker
    finally:
        worker.kill()
        worker.wait()
        worker.stdout.close()
        worker.stderr.close()


def last_line(worker):
    told, errors = worker.communicate(timeout=SECONDS)
    assert worker.returncode == 0, errors[-2000:]
    return json.loads(told.splitlines()[-1])


@pytest.fixture
def workers():
    """Return two addresses of this machine with ports that were free a moment ago."""
    with socket.socket() as one, socket.socket() as other:
        for found in (one, other):
            found.bind(("127.0.0.1", 0))
        return ",".join(f"127.0.0.1:{found.getsockname()[1]}" for found in (one, other))


def train_together(workers, folders):
    """Return what both workers tell."""
    with ExitStack() as stack:
        running = [stack.enter_context(started(workers, index, folders[index])) for index in (0, 1)]
        return [last_line(worker) for worker in running]


def train_alone(steps, folder=None):
    step, told = make_step(), []
    for number in range(steps):
        told.append([*step(make_batch(seed=number), number), step.gradient_norm])
    with step.average.in_place():
        measured = step.measure(make_batch())
    if folder is not None:
        arrays = {
            f"{prefix}_{number}": np.asarray(variable)
            for prefix, variables in step.variables()
            for number, variable in enumerate(variables)
        }
        CheckpointFolder(folder).save(TrainingState(step=steps, batch=steps), arrays)
    return {
        "told": told,
        "measured": measured,
        "weights": [np.asarray(found) for found in step.network.trainable_variables],
    }


def assert_same(found, expected):
    np.testing.assert_allclose(found["told"], expected["told"], rtol=TOLERANCE)
    np.testing.assert_allclose(found["measured"], expected["measured"], rtol=TOLERANCE)
    for one, other in zip(found["weights"], expected["weights"], strict=True):
        np.testing.assert_allclose(one, other, rtol=TOLERANCE, atol=TOLERANCE)


def test_two_workers_do_what_one_does_with_the_joint_batch(workers, tmp_path):
    chief, other = train_together(workers, [tmp_path / "a", tmp_path / "b"])

    expected = train_alone(STEPS)
    for found in (chief, other):
        assert_same(found, expected)
        # What the second worker wished, both know.
        assert found["agreed"] == [True, False]


def test_a_worker_without_a_checkpoint_goes_on_from_the_chiefs(workers, tmp_path):
    train_alone(2, tmp_path / "chief")

    chief, other = train_together(workers, [tmp_path / "chief", tmp_path / "none"])

    whole = train_alone(2 + STEPS)
    expected = {**whole, "told": whole["told"][2:]}
    for found in (chief, other):
        assert found["from"] == 2
        assert_same(found, expected)


@pytest.mark.parametrize("victim", [0, 1])
def test_who_is_left_alone_says_so(workers, tmp_path, victim):
    with (
        started(workers, 0, tmp_path, 10**9) as chief,
        started(workers, 1, tmp_path / "none", 10**9) as other,
    ):
        running = [chief, other]
        assert all(json.loads(worker.stdout.readline()) == "begun" for worker in running)
        os.kill(running[victim].pid, signal.SIGKILL)

        assert "one is gone. Start it again on all of them" in last_line(running[1 - victim])


def run_states(dataset, run, workers):
    """Return the states in which a run ends on the chief and on the other worker."""
    settings = json.dumps(SETTINGS)
    with ExitStack() as stack:
        running = [
            stack.enter_context(script_running(RUN, dataset.directory, run, workers, index, settings))
            for index in (0, 1)
        ]
        return [last_line(worker) for worker in running]


def test_two_workers_have_the_metrics_of_one_whatever_the_chief_would_do_alone(
    make_dataset, train, workers, tmp_path
):
    dataset, run = make_dataset(600, name="large"), tmp_path / "chief"
    run.mkdir()
    # Alone it would compile its steps, and halve its batches since it was killed twice.
    (run / "alive.json").write_text(json.dumps({"pid": 1, "step": 0, "deaths": 1}))

    chief, other = run_states(dataset, run, workers)

    assert chief["more_parts"] == other["more_parts"] == 2
    assert not chief["is_compiled"]
    assert chief["metrics"] == other["metrics"]
    alone = train(dataset=dataset, **{**SETTINGS, "xla": "off"})[1].train()
    assert chief["step"] == other["step"] == alone.step
    assert chief["metrics"] == pytest.approx(alone.metrics, rel=1e-3)
