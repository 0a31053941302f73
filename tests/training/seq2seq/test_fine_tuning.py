import logging
import shutil
from dataclasses import replace

import numpy as np
import pytest

from answering.question import Question
from answering.responder import Responder
from answering.retrieval_bundle import build_retrieval_bundle
from preprocessing.errors import SettingsError
from preprocessing.progress import NullMonitor, StoppedError
from preprocessing.text_settings import TextSettings
from tests.training.seq2seq.conftest import EXPORT, StopAt, export_here, tiny_hyperparameters, toy_dataset
from training.errors import CorruptRunError
from training.parameters import Hyperparameters
from training.seq2seq.checkpoint import CheckpointFolder, TrainingState
from training.seq2seq.fine_tuning import Start, grow_vocabulary, start_weights
from training.seq2seq.run_vocabulary import renumbering, vocabulary_of
from training.seq2seq.train import Beginning, settings_for, train_run
from training.seq2seq.trainer import Trainer

pytestmark = pytest.mark.usefixtures("quick_export")


@pytest.fixture(scope="module")
def trained_once(tmp_path_factory):
    directory = tmp_path_factory.mktemp("trained")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(EXPORT, export_here)
        dataset = toy_dataset(directory)
        train_run(dataset.directory, directory / "first", tiny_hyperparameters(), NullMonitor())
    return directory / "first"


@pytest.fixture
def trained(trained_once, tmp_path):
    """A run that has been trained, with the words red, green and so on; each test has its own copy."""
    return shutil.copytree(trained_once, tmp_path / "first")


@pytest.fixture
def faq(make_dataset):
    """Another dataset, which shares a few words with the first one."""
    return make_dataset(
        name="faq", pairs=[("say red tomato", "green garden"), ("where is blue", "in the sky")]
    )


def test_a_training_goes_on_from_a_trained_model_with_more_words(trained, faq, tiny, tmp_path, caplog):
    with caplog.at_level(logging.INFO):
        result = train_run(
            faq.directory,
            tmp_path / "second",
            tiny(hidden_size=99, epochs=1),
            NullMonitor(),
            Beginning(start_from=trained),
        )

    vocabulary = vocabulary_of(tmp_path / "second", faq)
    assert "tomato" in vocabulary
    assert "eight" in vocabulary
    assert "hidden_size 8" in caplog.text
    reply = Responder.open(result.bundle_directory).answer(Question(text="say eight tomato xylophone"))
    assert reply.unknown_words == ["xylophone"]


def test_a_preset_is_for_what_is_trained_and_the_size_stays_that_of_the_start(make_dataset, tmp_path):
    shape = Hyperparameters(architecture="transformer", layers=1, hidden_size=16, embedding_size=16, heads=2)
    start = Start(tmp_path, shape, None, None, None)

    chosen = settings_for(make_dataset(24), start)(Hyperparameters(preset="small", kept=("layers",)))

    assert (chosen.schedule, chosen.warmup_steps, chosen.label_smoothing) == ("inverse-root", 1000, 0.1)
    assert (chosen.architecture, chosen.layers, chosen.hidden_size, chosen.heads) == ("transformer", 1, 16, 2)


def test_old_words_keep_their_rows_and_new_ones_begin_at_random(trained, faq, tiny, tmp_path):
    start, run = Start.of(trained), tmp_path / "second"
    run.mkdir()
    grown = grow_vocabulary(start, faq, run)
    trainer = Trainer(
        faq, run, start.with_shape(tiny()), NullMonitor(), begin=lambda network: start_weights(network, start)
    )

    rows = trainer.network.embedding.embeddings.numpy()
    paths = [variable.path for variable in trainer.network.variables]
    place = paths.index(trainer.network.embedding.embeddings.path)
    old = start.weights()[f"network_{place}"]
    number = len(start.vocabulary)
    assert grown.decode(range(number)) == start.vocabulary.decode(range(number))
    np.testing.assert_array_equal(rows[:number], old)
    assert len(rows) == len(grown) > number
    assert np.abs(rows[number:]).min() > 0


def test_a_datasets_ids_become_the_networks(trained, faq, tmp_path):
    grown = grow_vocabulary(Start.of(trained), faq, tmp_path)
    numbers = renumbering(faq.vocabulary, grown)

    question = numbers[faq.question(0)]
    assert grown.decode(question) == faq.vocabulary.decode(faq.question(0)) == ["say", "red", "tomato"]
    assert numbers[:4].tolist() == [0, 1, 2, 3]
    assert renumbering(grown, grown) is None


def test_a_resumed_fine_tuning_does_not_start_again(trained, faq, tiny, tmp_path):
    arguments = (faq.directory, tmp_path / "second", tiny(epochs=1), NullMonitor())
    first = train_run(*arguments, Beginning(start_from=trained))
    before = (tmp_path / "second" / "vocabulary.txt").stat().st_mtime_ns

    second = train_run(*arguments, Beginning(start_from=trained))

    assert second.state == first.state
    assert (tmp_path / "second" / "vocabulary.txt").stat().st_mtime_ns == before


def test_a_fine_tuning_that_has_begun_goes_on_when_its_start_is_gone(trained, faq, tiny, tmp_path):
    beginning = Beginning(start_from=trained)
    with pytest.raises(StoppedError):
        train_run(faq.directory, tmp_path / "second", tiny(epochs=1), StopAt(1), beginning)
    shutil.rmtree(trained)

    result = train_run(faq.directory, tmp_path / "second", tiny(epochs=1), NullMonitor(), beginning)

    assert result.state.is_finished
    assert "eight" in vocabulary_of(tmp_path / "second", faq)


def test_texts_that_are_cut_into_other_tokens_are_refused(trained, make_dataset, tiny, tmp_path):
    letters = make_dataset(name="letters", text=TextSettings(units="characters"))

    with pytest.raises(SettingsError, match="They differ in units"):
        train_run(
            letters.directory, tmp_path / "second", tiny(), NullMonitor(), Beginning(start_from=trained)
        )


def test_a_training_starts_from_an_export_by_its_own_bundle(trained):
    exported = (trained / "bundle").rename(trained / "bundle-7")

    assert Start.of(trained, exported).part.role == "generator"


def test_a_training_cannot_start_from_what_has_no_network(make_dataset, tmp_path):
    build_retrieval_bundle(make_dataset(24).directory, tmp_path / "first" / "bundle", NullMonitor())

    with pytest.raises(SettingsError, match="only looks up what is written"):
        Start.of(tmp_path / "first")


def test_a_run_whose_checkpoints_are_gone_cannot_be_started_from(trained, faq, tiny, tmp_path):
    for path in (trained / "checkpoints").iterdir():
        path.unlink()

    with pytest.raises(CorruptRunError, match="must still have its checkpoints"):
        train_run(faq.directory, tmp_path / "second", tiny(), NullMonitor(), Beginning(start_from=trained))


@pytest.mark.parametrize(
    ("asked", "measured", "judged"),
    [
        ({}, {"training_loss": 2.0, "loss": 3.0}, "loss"),
        ({"metric": "val/recall@1"}, {"training_loss": 2.0, "loss": 3.0, "recall@1": 0.5}, "recall@1"),
        ({"select": "training"}, {"training_loss": 2.0, "loss": 3.0}, "training_loss"),
        ({}, {"training_loss": 2.0}, "training_loss"),
    ],
)
def test_a_training_starts_from_what_answers(trained, tmp_path, tiny, asked, measured, judged):
    start = replace(Start.of(trained), hyperparameters=tiny(**asked))
    folder = CheckpointFolder(tmp_path / "others")
    folder.save(TrainingState(step=1, epoch=1, metrics=measured), {})

    assert start.judged_by(folder) == judged
