"""A machine that helps another one to train: which it is, and how the command ends."""

import sys

import pytest
from django.core.management import CommandError, call_command

from preprocessing.errors import SettingsError
from preprocessing.progress import NullMonitor, StoppedError
from training import workers
from training.errors import CorruptRunError, TrainingError
from training.management.commands import train
from training.models import Dataset
from training.services.helping import help_with_training

WORKERS = "first:2222,second:2222"


@pytest.fixture
def dataset(db):
    return Dataset.objects.create(
        name="toy", directory="data/toy/1", max_length=20, exchanges=4, vocabulary_size=9
    )


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (SettingsError("Exactly one worker must have an address of this machine."), 2),
        (CorruptRunError("All workers must train on the same dataset; this one has another."), 1),
        (TrainingError("All workers must be there to the end of a training; one is gone."), 1),
        (StoppedError("Training was asked to stop."), 130),
    ],
)
def test_only_wrong_settings_end_a_helper_with_exit_status_2(dataset, monkeypatch, error, status):
    def fail(*given):
        raise error

    monkeypatch.setattr(train, "help_with_training", fail)

    with pytest.raises(CommandError, match=str(error)) as ended:
        call_command("train", "toy", "--workers", WORKERS)

    assert ended.value.returncode == status


def test_the_first_worker_does_not_help(tmp_path, monkeypatch):
    monkeypatch.setattr(workers, "is_own_address", lambda host: host == "first")

    assert not help_with_training(tmp_path, WORKERS, None, NullMonitor())
    assert not help_with_training(tmp_path, WORKERS, 0, NullMonitor())


def test_who_makes_no_sense_of_the_workers_loads_no_framework(tmp_path, monkeypatch):
    # Importing it would raise.
    monkeypatch.setitem(sys.modules, "training.seq2seq.train", None)

    with pytest.raises(SettingsError, match="host:port"):
        help_with_training(tmp_path, "first,second", 1, NullMonitor())
