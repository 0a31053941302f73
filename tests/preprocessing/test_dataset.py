import json
import os
import shutil
import signal
import subprocess
import sys
import time

import pytest

from preprocessing.dataset import Dataset
from preprocessing.errors import DatasetError
from preprocessing.progress import NullMonitor, StoppedError
from tests.conftest import ROOT


def test_asked_to_stop_it_leaves_nothing_behind(make, tmp_path, large_corpus):
    class Impatient(NullMonitor):
        def stop_requested(self):
            return True

    with pytest.raises(StoppedError):
        make(monitor=Impatient(), path=large_corpus)

    assert not list((tmp_path / "data").rglob("*")) if (tmp_path / "data").exists() else True


def test_a_failure_while_writing_leaves_no_half_dataset(make, tmp_path, monkeypatch):
    def fail(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("preprocessing.dataset.write_pickle", fail)

    with pytest.raises(DatasetError, match=r"needs about [\d,]+ bytes in .*Make room"):
        make()

    assert list((tmp_path / "data" / "toy").iterdir()) == []


def test_a_disk_without_room_is_reported_with_what_is_needed(make, tmp_path, monkeypatch):
    usage = shutil.disk_usage(tmp_path)._replace(free=10)
    monkeypatch.setattr("preprocessing.dataset.shutil.disk_usage", lambda _: usage)

    with pytest.raises(DatasetError, match=r"needs about [\d,]+ bytes .* has 10 bytes free. Make room"):
        make()

    assert list((tmp_path / "data" / "toy").iterdir()) == []


def test_killed_while_writing_it_leaves_no_half_dataset_and_the_next_one_cleans_up(make, tmp_path):
    code = f"""
import os, signal
from pathlib import Path
import preprocessing.dataset
from preprocessing.pipeline import preprocess
from preprocessing.progress import NullMonitor
from preprocessing.request import PreprocessRequest

preprocessing.dataset.write_pickle = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
request = PreprocessRequest.of_corpus(
    "toy", Path({str(ROOT / "tests/data/cornell")!r}), Path({str(tmp_path)!r})
)
preprocess(request, NullMonitor())
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False)
    left = list((tmp_path / "data" / "toy").iterdir())

    assert done.returncode == -signal.SIGKILL
    assert left
    assert not [path for path in left if (path / "dataset.json").exists()]

    an_hour_ago = time.time() - 2 * 3600
    for path in left:
        os.utime(path, (an_hour_ago, an_hour_ago))
    summary = make()

    assert list((tmp_path / "data" / "toy").iterdir()) == [summary.directory]


def test_a_dataset_of_another_format_is_refused(make):
    directory = make().directory
    information = json.loads((directory / "dataset.json").read_text())
    (directory / "dataset.json").write_text(json.dumps({**information, "format_version": 99}))

    with pytest.raises(DatasetError, match="Received 99"):
        Dataset.open(directory)


def test_a_cut_text_file_is_noticed(make):
    directory = make().directory
    (directory / "answer_texts.bin").write_bytes(b"short")

    with pytest.raises(DatasetError, match=r"answer_texts.bin must have"):
        Dataset.open(directory).answer_text(0)
