import pytest

from answering import vector_lists
from answering.bundle import Bundle
from answering.question import Question
from answering.ranking import Ranker
from answering.responder import Responder
from preprocessing.progress import NullMonitor
from training.errors import ExportError
from training.seq2seq import ranker_export
from training.seq2seq.train import train_run

pytestmark = pytest.mark.usefixtures("quick_export")


def test_a_bundle_ranks_by_the_exported_towers_as_by_the_vectors_it_holds(make_dataset, tiny, tmp_path):
    dataset = make_dataset(24)

    result = train_run(dataset.directory, tmp_path / "run", tiny(architecture="dual_encoder"), NullMonitor())

    bundle = Bundle.open(result.bundle_directory)
    export = bundle.manifest.metrics["export"]
    assert bundle.manifest.default_mode == "retrieve"
    assert export["vector_size"] == 8
    assert 0 <= export["float32_recall"] <= 1
    reply = Responder(bundle).answer(Question(text="say red number 0", answers=3))
    assert [answer.source for answer in reply.answers] == ["retrieved"] * 3

    part = bundle.part("ranker")
    ranker = Ranker(bundle.part_directory(part), {**part.settings, "precision": "float32"})
    ids = dataset.question(3).tolist()
    scores = ranker.score(ids, [dataset.answer(row).tolist() for row in range(24)])
    stored = {each.row: each.score for each in ranker.search(ids, 24)}
    assert [stored[row] for row in range(24)] == pytest.approx(scores.tolist(), abs=0.02)


def test_very_many_vectors_stand_in_lists(make_dataset, tiny, tmp_path, monkeypatch):
    monkeypatch.setattr(vector_lists, "FEWEST_VECTORS", 20)
    hyperparameters = tiny(architecture="dual_encoder", epochs=1)

    result = train_run(make_dataset(24).directory, tmp_path / "run", hyperparameters, NullMonitor())

    bundle = Bundle.open(result.bundle_directory)
    assert bundle.part("ranker").settings["probes"] >= 1
    reply = Responder(bundle).answer(Question(text="say red number 0", answers=3))
    assert len(reply.answers) == 3


def test_an_export_that_differs_from_the_network_is_no_bundle(make_dataset, tiny, tmp_path, monkeypatch):
    monkeypatch.setattr(ranker_export, "LARGEST_DIFFERENCE", -1.0)

    with pytest.raises(ExportError, match="was not made ready"):
        train_run(
            make_dataset(24).directory,
            tmp_path / "run",
            tiny(architecture="dual_encoder", epochs=1),
            NullMonitor(),
        )

    assert not (tmp_path / "run" / "bundle").exists()


@pytest.mark.parametrize(
    ("exact", "small", "serves"),
    [(0.5, 0.5, True), (0.5, 0.495, True), (0.5, 0.494, False), (None, None, False), (0.0, 0.0, True)],
)
def test_int8_serves_where_it_ranks_as_well(exact, small, serves):
    assert ranker_export.is_good(exact, small) == serves
