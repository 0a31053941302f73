import pytest

from answering.bundle import Bundle
from answering.responder import Question, Responder
from preprocessing.progress import NullMonitor
from training.seq2seq.train import train_run


@pytest.mark.parametrize(("cell", "embedding_size"), [("lstm", 8), ("gru", 12)])
def test_a_run_ends_in_a_bundle_that_answers_like_the_network(
    make_dataset, tiny, tmp_path, cell, embedding_size
):
    settings = tiny(architecture="rnn2", cell=cell, embedding_size=embedding_size)
    result = train_run(make_dataset(24).directory, tmp_path / "run", settings, NullMonitor())

    bundle = Bundle.open(result.bundle_directory)
    assert bundle.manifest.metrics["export"]["largest_difference"] < 1e-4
    assert Responder(bundle).answer(Question(text="say red number 0", answers=3)).answers
