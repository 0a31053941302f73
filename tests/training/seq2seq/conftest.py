"""Tiny datasets and networks: a few exchanges, a few units."""

from functools import partial

import keras
import numpy as np
import pytest
import tensorflow as tf

from preprocessing.dataset import Dataset
from preprocessing.pipeline import preprocess
from preprocessing.progress import NullMonitor, StoppedError
from preprocessing.request import PreprocessRequest
from training.parameters import Hyperparameters
from training.seq2seq.callbacks.standard import standard_callbacks
from training.seq2seq.precision import set_precision
from training.seq2seq.trainer import Trainer

EXPORT = "training.seq2seq.train.export_in_child"
WORDS = ["red", "green", "blue", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]


class StopAt(NullMonitor):
    """Asks to stop after so many steps; remembers what was reported."""

    def __init__(self, step=None):
        self.step = step
        self.seen = []

    def report(self, progress):
        self.seen.append(progress)

    def stop_requested(self):
        return self.step is not None and len(self.seen) >= self.step


class StopWhenTold(NullMonitor):
    """Asks to stop from the moment on that a test says so."""

    is_asked = False

    def stop_requested(self):
        return self.is_asked


def weights(trainer):
    """Return all that a checkpoint holds."""
    return [np.asarray(variable) for _, group in trainer.step.variables() for variable in group]


def assert_same_weights(one, other):
    """Hold what two trainings learned together: to the last bit where that is promised, on a CPU."""
    tolerance = 1e-6 if tf.config.list_physical_devices("GPU") else 0
    for ours, theirs in zip(weights(one), weights(other), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=tolerance, atol=tolerance)


def assert_resumes(train, stopped_at, **changes):
    """Hold a run that was stopped to one that was not; return both."""
    _, unbroken = train("unbroken", **changes)
    unbroken.train()

    _, first = train("broken", monitor=StopAt(stopped_at), **changes)
    with pytest.raises(StoppedError, match=f"step {stopped_at}"):
        first.train()
    _, second = train("broken", **changes)
    assert second.state.step == stopped_at
    second.train()

    assert_same_weights(unbroken, second)
    return unbroken, second


def toy_dataset(directory, exchanges=24, name="toy", pairs=None, **options) -> Dataset:
    """Make a dataset of questions that name a word and answers that repeat it."""
    pairs = pairs or [
        (f"say {WORDS[n % 12]} number {n}", f"{WORDS[n % 12]} {WORDS[n % 5]}") for n in range(exchanges)
    ]
    lines = "\n".join(f"- - {question}\n  - {answer}" for question, answer in pairs)
    path = directory / f"{name}.yml"
    path.write_text(f"conversations:\n{lines}\n")
    request = PreprocessRequest.of_corpus(name, path, directory, **options)
    return Dataset.open(preprocess(request, NullMonitor()).directory)


@pytest.fixture
def make_dataset(tmp_path):
    return partial(toy_dataset, tmp_path)


def tiny_hyperparameters(**changes) -> Hyperparameters:
    """Return those of a network that trains in a moment."""
    settings = {
        "layers": 2,
        "hidden_size": 8,
        "embedding_size": 8,
        "batch_size": 4,
        "epochs": 2,
        "dropout": 0.2,
        # Each makes functions of its own, which takes a second.
        "sample_answers": 0,
    }
    return Hyperparameters(**{**settings, **changes})


@pytest.fixture
def tiny():
    return tiny_hyperparameters


def export_here(run_directory, dataset_directory, monitor, bundle_directory=None):
    """Export in the tests' own process, which needs not load TensorFlow first."""
    from training.seq2seq import export

    export.export_bundle(run_directory, dataset_directory, bundle_directory)


@pytest.fixture
def mixed():
    """Let networks that are made now compute in 16 bits."""
    before = keras.config.dtype_policy()
    set_precision("mixed")
    yield
    keras.config.set_dtype_policy(before)


@pytest.fixture
def quick_export(monkeypatch):
    monkeypatch.setattr(EXPORT, export_here)


@pytest.fixture
def train(make_dataset, tiny, tmp_path):
    """Return a function that makes a run's directory and its trainer; the same name goes on with that run."""
    dataset = make_dataset(24)

    def run(name="run", monitor=None, dataset=dataset, **changes):
        directory = tmp_path / name
        directory.mkdir(exist_ok=True)
        hyperparameters = tiny(**changes)
        callbacks = standard_callbacks(directory, hyperparameters)
        trainer = Trainer(dataset, directory, hyperparameters, monitor or NullMonitor(), callbacks)
        return directory, trainer

    return run
