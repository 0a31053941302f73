import numpy as np
import pytest

from preprocessing.errors import SettingsError
from preprocessing.progress import NullMonitor
from training.seq2seq.starting_embeddings import coverage_of, start_embeddings
from training.seq2seq.train import Beginning, train_run
from training.seq2seq.trainer import Trainer


@pytest.fixture
def vectors(tmp_path):
    """Vectors of eight numbers for three words, of which the vocabulary knows two."""
    generator = np.random.default_rng(0)
    rows = {word: generator.normal(0, 7, 8) for word in ("red", "Green", "elsewhere")}
    path = tmp_path / "vectors.txt"
    path.write_text("".join(f"{word} {' '.join(map(str, row))}\n" for word, row in rows.items()))
    return path


def test_known_words_start_from_their_vectors_as_large_as_the_others(make_dataset, tiny, tmp_path, vectors):
    dataset = make_dataset(24)
    trainer = Trainer(dataset, tmp_path / "run", tiny(), NullMonitor())
    before = trainer.network.embedding.embeddings.numpy()
    lines = {line.split()[0]: np.array(line.split()[1:], float) for line in vectors.read_text().splitlines()}

    start_embeddings(trainer.network, dataset.vocabulary, vectors, tmp_path / "run")

    after = trainer.network.embedding.embeddings.numpy()
    red = dataset.vocabulary.lookup("red")
    assert np.corrcoef(after[red], lines["red"])[0, 1] == pytest.approx(1, abs=1e-5)
    assert after[red].std() == pytest.approx(before.std(), rel=0.6)
    changed = np.flatnonzero((before != after).any(axis=1)).tolist()
    assert changed == sorted([red])
    assert coverage_of(tmp_path / "run")["known_words"] == 1


@pytest.mark.usefixtures("quick_export")
def test_a_run_keeps_what_they_covered_and_a_resumed_one_does_not_start_again(
    make_dataset, tiny, tmp_path, vectors
):
    dataset = make_dataset(24)
    run = tmp_path / "run"

    train_run(dataset.directory, run, tiny(epochs=1), NullMonitor(), Beginning(vectors_path=vectors))
    (run / "embeddings.json").unlink()
    train_run(dataset.directory, run, tiny(epochs=1), NullMonitor(), Beginning(vectors_path=vectors))

    assert coverage_of(run) == {}


def test_vectors_of_another_size_are_refused(make_dataset, tiny, tmp_path, vectors):
    dataset = make_dataset(4)
    trainer = Trainer(dataset, tmp_path / "run", tiny(embedding_size=16), NullMonitor())

    with pytest.raises(
        SettingsError, match=r"embedding_size must be the size of the word vectors, 8\. Received 16"
    ):
        start_embeddings(trainer.network, dataset.vocabulary, vectors, tmp_path / "run")
