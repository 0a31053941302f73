import json
from pathlib import Path

import pytest

from answering.bundle import Bundle
from answering.question import Question
from answering.responder import Responder
from preprocessing.progress import NullMonitor, StoppedError
from preprocessing.text_settings import TextSettings
from preprocessing.user_words import UserWord
from training.errors import ExportError
from training.seq2seq import export_checks, train
from training.seq2seq.checkpoint import CheckpointFolder
from training.seq2seq.train import train_run


def test_a_run_tells_what_it_did_to_the_words(make_dataset, tiny, tmp_path):
    train_run(make_dataset(24).directory, tmp_path / "run", tiny(epochs=1), NullMonitor())

    words = json.loads((tmp_path / "run" / "neighbours.json").read_text())["words"]
    assert {"red", "number"} <= set(words)
    assert all(set(moments) == {"before", "after"} for moments in words.values())


@pytest.mark.usefixtures("quick_export")
@pytest.mark.parametrize("units", ["characters", "subwords"])
def test_smaller_units_are_learned_exported_and_put_together(make_dataset, tiny, tmp_path, units):
    text = TextSettings(units=units, lower_case=False, max_length=40, max_answer_length=40)
    dataset = make_dataset(24, text=text, vocabulary_size=400)

    result = train_run(dataset.directory, tmp_path / "run", tiny(epochs=1), NullMonitor())
    reply = Responder(Bundle.open(result.bundle_directory)).answer(Question(text="say red Дом 0"))

    # With subwords nothing is unknown; a character that was never seen is.
    assert bool(reply.unknown_words) == (units == "characters")
    found = Responder(Bundle.open(result.bundle_directory)).answer(
        Question(text="SAY red, number 0", mode="retrieve")
    )
    assert found.answers[0].text == "red red"


def test_added_words_travel_to_the_bundle(make_dataset, tiny, tmp_path):
    dataset = make_dataset(24, user_words=(UserWord("石墨烯量子点"),))

    bundle = Bundle.open(
        train_run(dataset.directory, tmp_path / "run", tiny(epochs=1), NullMonitor()).bundle_directory
    )

    reply = Responder(bundle).answer(Question(text="石墨烯量子点很贵"))
    assert "石墨烯量子点" in reply.unknown_words
    assert (bundle.directory / "retriever" / "user_words.txt").read_text(encoding="utf-8") == "石墨烯量子点\n"


def test_an_export_that_differs_from_the_network_is_no_bundle(make_dataset, tiny, tmp_path, monkeypatch):
    # Checked in this process, so that the check can be made to fail.
    from training.seq2seq import export

    monkeypatch.setattr(export_checks, "LARGEST_DIFFERENCE", -1.0)
    monkeypatch.setattr(
        train, "export_in_child", lambda run, dataset, monitor: export.export_bundle(run, dataset)
    )

    with pytest.raises(ExportError, match="was not made ready"):
        train_run(make_dataset(24).directory, tmp_path / "run", tiny(), NullMonitor())

    assert not (tmp_path / "run" / "bundle").exists()


def test_a_failed_export_says_why(make_dataset, tiny, tmp_path):
    dataset = make_dataset(24)
    run = tmp_path / "run"
    train_run(dataset.directory, run, tiny(epochs=1), NullMonitor())
    for path in (run / "checkpoints").iterdir():
        path.write_bytes(b"damaged")

    with pytest.raises(ExportError, match="must have a checkpoint that can be read"):
        train.export_in_child(run, dataset.directory, NullMonitor())


def test_relative_folders_are_understood(make_dataset, tiny, tmp_path, monkeypatch):
    dataset = make_dataset(4)
    monkeypatch.chdir(tmp_path)

    train_run(dataset.directory.relative_to(tmp_path), Path("run"), tiny(epochs=1), NullMonitor())

    Bundle.open(tmp_path / "run" / "bundle")


def test_an_export_can_be_stopped(make_dataset, tiny, tmp_path):
    class Stop(NullMonitor):
        def stop_requested(self):
            return True

    (tmp_path / "run").mkdir()
    CheckpointFolder(tmp_path / "run" / "checkpoints")

    with pytest.raises(StoppedError):
        train.export_in_child(tmp_path / "run", make_dataset(4).directory, Stop())
