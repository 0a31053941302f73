"""What holds for a run of every architecture: from a dataset to a bundle, one battery for all of them."""

import numpy as np
import pytest

from answering.bundle import Bundle
from answering.question import Question
from answering.responder import Responder
from preprocessing.progress import NullMonitor
from tests.training.seq2seq.conftest import assert_resumes
from training.architectures import ARCHITECTURES
from training.errors import CorruptRunError
from training.seq2seq.architectures import make_network
from training.seq2seq.train import train_run
from training.seq2seq.trained_run import TrainedRun
from training.seq2seq.weights import load_network

pytestmark = pytest.mark.usefixtures("quick_export")
NETWORKS = [name for name, found in ARCHITECTURES.items() if found.network]
SETTINGS = {"transformer": {"heads": 2}, "mechanism": {"mechanisms": 3}, "dual_encoder": {"distractors": 5}}
EXPORTED = [
    ("rnn", {"cell": "lstm"}),
    pytest.param("rnn", {"cell": "gru"}, marks=pytest.mark.slow),
    pytest.param("rnn2", {"cell": "lstm"}, marks=pytest.mark.slow),
    ("rnn2", {"cell": "gru", "embedding_size": 12}),
    ("mechanism", {"cell": "gru", "label_smoothing": 0.1}),
    ("transformer", {"label_smoothing": 0.1}),
    ("dual_encoder", {"label_smoothing": 0.1}),
]
# What learns twenty exchanges by heart.
DILIGENT = {
    "rnn": {"hidden_size": 48, "epochs": 300},
    "rnn2": {"hidden_size": 32, "epochs": 150},
    "mechanism": {"hidden_size": 48, "epochs": 300},
    "transformer": {"hidden_size": 48, "epochs": 200, "learning_rate": 0.003},
    "dual_encoder": {"hidden_size": 32, "epochs": 60, "batch_size": 20},
}


@pytest.mark.parametrize("name", NETWORKS)
def test_a_resumed_run_is_the_same_as_an_unbroken_one(train, name):
    settings = {"softmax_samples": 7, "average_decay": 0.9, **SETTINGS.get(name, {})}

    assert_resumes(train, 7, architecture=name, **settings)


@pytest.mark.parametrize("name", NETWORKS)
def test_a_checkpoint_gives_another_network_the_same_weights(train, name):
    _, trainer = train(architecture=name, epochs=1, **SETTINGS.get(name, {}))
    trainer.train()
    loaded = make_network(trainer.hyperparameters, len(trainer.vocabulary))

    load_network(loaded, trainer.checkpoints.newest()[1])

    for one, other in zip(loaded.variables, trainer.network.variables, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(("name", "changes"), EXPORTED)
def test_a_run_ends_in_a_bundle_that_answers_like_the_network(make_dataset, tiny, tmp_path, name, changes):
    dataset = make_dataset(24)
    hyperparameters = tiny(architecture=name, **SETTINGS.get(name, {}), **changes)

    result = train_run(dataset.directory, tmp_path / "run", hyperparameters, NullMonitor())

    bundle = Bundle.open(result.bundle_directory)
    export = bundle.manifest.metrics["export"]
    assert bundle.manifest.architecture == name
    assert bundle.manifest.source_hashes["dataset"] == dataset.fingerprint
    assert [part.role for part in bundle.manifest.parts] == [ARCHITECTURES[name].role, "retriever"]
    assert export["compared_questions"] == 24
    assert export["largest_difference"] < 1e-4
    assert export["precision"] in ("int8", "float32")
    reply = Responder(bundle).answer(Question(text="say red number 0", answers=3))
    assert reply.answers
    assert all("<" not in answer.text for answer in reply.answers)
    found = Responder(bundle).answer(Question(text="say red number 0", mode="retrieve"))
    assert found.answers


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "cell"),
    [(name, cell) for name in NETWORKS for cell in ("lstm", "gru")[: 2 if name in ("rnn", "rnn2") else 1]],
)
def test_twenty_exchanges_can_be_learned_by_heart(make_dataset, tiny, tmp_path, name, cell):
    dataset = make_dataset(20)
    diligent = {"embedding_size": 32, "learning_rate": 0.01, **DILIGENT[name]}
    hyperparameters = tiny(architecture=name, cell=cell, dropout=0.0, patience=diligent["epochs"], **diligent)

    result = train_run(dataset.directory, tmp_path / "run", hyperparameters, NullMonitor())

    responder = Responder.open(result.bundle_directory)
    said = [responder.answer(Question(text=dataset.question_text(row))).answers[0].text for row in range(20)]
    assert [text.lower() for text in said] == [dataset.answer_text(row) for row in range(20)]


def test_a_bundle_answers_from_all_exchanges_also_those_that_were_held_out(make_dataset, tiny, tmp_path):
    dataset = make_dataset(600)
    assert len(dataset.indices("train")) < len(dataset)

    result = train_run(
        dataset.directory, tmp_path / "run", tiny(architecture="dual_encoder", epochs=1), NullMonitor()
    )

    bundle = Bundle.open(result.bundle_directory)
    assert bundle.part("retriever").settings["exchanges"] == len(dataset)
    export = bundle.manifest.metrics["export"]
    assert export["int8_mib"] < export["float32_mib"]
    assert export["int8_ms"] > 0


def test_a_run_is_not_exported_with_another_dataset(make_dataset, tiny, train):
    directory, trainer = train()
    trainer.train()
    run = TrainedRun(directory, make_dataset(24, name="other"), trainer.hyperparameters)

    with pytest.raises(CorruptRunError, match="another fingerprint"):
        run.best_checkpoint()
