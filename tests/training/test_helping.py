"""A machine that helps another one to train: which one it is."""

import sys

import pytest

from preprocessing.errors import SettingsError
from preprocessing.progress import NullMonitor
from training import workers
from training.services.helping import help_with_training

WORKERS = "first:2222,second:2222"


def test_the_first_worker_does_not_help(tmp_path, monkeypatch):
    monkeypatch.setattr(workers, "is_own_address", lambda host: host == "first")

    assert not help_with_training(tmp_path, WORKERS, None, NullMonitor())
    assert not help_with_training(tmp_path, WORKERS, 0, NullMonitor())


def test_who_makes_no_sense_of_the_workers_loads_no_framework(tmp_path, monkeypatch):
    # Importing it would raise.
    monkeypatch.setitem(sys.modules, "training.seq2seq.train", None)

    with pytest.raises(SettingsError, match="host:port"):
        help_with_training(tmp_path, "first,second", 1, NullMonitor())
