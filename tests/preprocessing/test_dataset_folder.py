import json
import os
import pickle
import shutil

import pytest

from preprocessing.dataset import Dataset
from preprocessing.dataset_folder import import_folder
from preprocessing.errors import DatasetError
from preprocessing.progress import NullMonitor, StoppedError


@pytest.fixture
def elsewhere(make, tmp_path):
    """A dataset's folder as it was copied from another machine."""
    return shutil.copytree(make().directory, tmp_path / "copied")


@pytest.fixture
def home(tmp_path):
    return tmp_path / "here"


def tell(folder, **changes):
    path = folder / "dataset.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def test_a_copied_folder_becomes_a_dataset_with_the_same_fingerprint(elsewhere, home):
    summary = import_folder(elsewhere, home, NullMonitor())

    dataset, original = Dataset.open(summary.directory), Dataset.open(elsewhere)
    assert summary.directory.parent == home / "data" / "toy"
    assert dataset.fingerprint == original.fingerprint
    assert dataset.information == original.information
    assert summary.exchanges == len(dataset)
    dataset.require_unchanged()
    assert [path.name for path in (home / "data" / "toy").iterdir()] == [summary.directory.name]
    assert sorted(path.name for path in summary.directory.iterdir()) == sorted(
        path.name for path in elsewhere.iterdir()
    )


def test_the_link_points_to_the_pickle_as_after_preprocessing(elsewhere, home):
    summary = import_folder(elsewhere, home, NullMonitor())

    link = home / "data" / "dataset-toy-20.pkl"
    assert link.resolve() == summary.directory / link.name
    assert pickle.loads(link.read_bytes()) == pickle.loads((elsewhere / link.name).read_bytes())


def test_a_pickle_is_written_anew_and_never_copied(elsewhere, home):
    (elsewhere / "dataset-toy-20.pkl").write_bytes(b"cposix\nsystem\n(S'true'\ntR.")
    (elsewhere / "more.pkl").write_bytes(b"anything")

    summary = import_folder(elsewhere, home, NullMonitor())

    content = pickle.loads((summary.directory / "dataset-toy-20.pkl").read_bytes())
    assert content["corpusName"] == "toy"
    assert not (summary.directory / "more.pkl").exists()


def test_a_dataset_without_a_pickle_gets_none(elsewhere, home):
    (elsewhere / "dataset-toy-20.pkl").unlink()

    import_folder(elsewhere, home, NullMonitor())

    assert not list(home.rglob("*.pkl"))


def change_a_file(folder):
    with (folder / "answer_texts.bin").open("ab") as file:
        file.write(b"!")


def add_a_link(folder):
    (folder / "turn.npy").unlink()
    (folder / "turn.npy").symlink_to("/etc/passwd")


@pytest.mark.parametrize(
    ("damage", "complaint"),
    [
        (change_a_file, "must be as they were written"),
        (lambda folder: (folder / "vocabulary.txt").unlink(), "must be as they were written"),
        (lambda folder: (folder / "dataset.json").unlink(), "must hold a readable dataset.json"),
        (lambda folder: (folder / "dataset.json").write_text("[" * 100_000), "must hold a readable"),
        (add_a_link, "plain files alone, no links and no folders: turn.npy"),
        (lambda folder: (folder / "more").mkdir(), "no folders: more"),
        (lambda folder: os.mkfifo(folder / "pipe"), "plain files alone, no links and no folders: pipe"),
        (lambda folder: tell(folder, name="../evil"), "1 to 64 letters"),
        (lambda folder: tell(folder, counts=None), "counts is not as it must be"),
        (lambda folder: tell(folder, exchanges=3), "exchanges is not the same there"),
        (lambda folder: tell(folder, splits={"train": 1}), "splits is not the same there"),
        (lambda folder: tell(folder, text_settings={"max_length": "x"}), "as preprocessing writes them"),
        (lambda folder: tell(folder, format_version=99), "format version"),
    ],
)
def test_what_preprocessing_did_not_write_is_refused_and_leaves_nothing(elsewhere, home, damage, complaint):
    damage(elsewhere)

    with pytest.raises(DatasetError, match=complaint):
        import_folder(elsewhere, home, NullMonitor())

    assert not home.exists()


def test_files_that_change_while_they_are_copied_are_refused(elsewhere, home, monkeypatch):
    def copy_badly(source, target, **options):
        target.write_bytes(source.read_bytes()[:-1])

    monkeypatch.setattr("preprocessing.dataset_folder.shutil.copyfile", copy_badly)

    with pytest.raises(DatasetError):
        import_folder(elsewhere, home, NullMonitor())

    assert list((home / "data" / "toy").iterdir()) == []


def test_a_disk_that_fills_is_told_in_a_sentence(elsewhere, home, monkeypatch):
    def fail(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("preprocessing.dataset_folder.shutil.copyfile", fail)

    with pytest.raises(DatasetError, match="Make room"):
        import_folder(elsewhere, home, NullMonitor())

    assert list((home / "data" / "toy").iterdir()) == []


def test_asked_to_stop_it_leaves_nothing_behind(elsewhere, home):
    class Impatient(NullMonitor):
        def stop_requested(self):
            return True

    with pytest.raises(StoppedError):
        import_folder(elsewhere, home, Impatient())

    assert list((home / "data" / "toy").iterdir()) == []
