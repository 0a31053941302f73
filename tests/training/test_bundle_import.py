"""Bundles from elsewhere become trained models; see test_hostile_bundles.py for those that do not."""

import zipfile

import pytest

from answering.bundle import Bundle
from answering.question import Question
from answering.responder import Responder
from training.errors import JobStateError
from training.models import Dataset, TrainedModel
from training.services import bundles
from training.services.bundles import bundle_import, bundle_pack
from training.services.products import trained_model_delete

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_trial")]


def packed_by_hand(path, bundle, folder=""):
    with zipfile.ZipFile(path, "w") as archive:
        for file in bundle.rglob("*"):
            archive.write(file, f"{folder}{file.relative_to(bundle)}")
    return path


def test_a_folder_becomes_a_trained_model_with_a_copy_of_its_own(make_bundle, data_directory):
    bundle = make_bundle("faq", answer="Good morning")

    trained_model = bundle_import(path=bundle)

    assert (trained_model.name, trained_model.architecture) == ("faq", "retrieval")
    assert (trained_model.directory, trained_model.metrics) == ("save/faq/bundle", {"exchanges": 1})
    assert (trained_model.job, trained_model.dataset) == (None, None)
    assert Bundle.open(trained_model.location).manifest == Bundle.open(bundle).manifest
    [answer] = Responder.open(trained_model.location).answer(Question(text="hello")).answers
    assert answer.text == "Good morning"


def test_an_import_finds_the_dataset_that_it_was_trained_on_by_its_content(make_bundle, tmp_path):
    bundle = make_bundle("faq", answer="Good morning")
    [files] = (tmp_path / "datasets" / "faq").rglob("dataset.json")
    shared = {"max_length": 20, "exchanges": 1, "vocabulary_size": 9}
    Dataset.objects.create(name="gone", directory="data/gone/1", **shared)
    own = Dataset.objects.create(name="faq", directory=str(files.parent), **shared)
    make_bundle("other", answer="Good evening")

    assert bundle_import(path=bundle).dataset == own
    assert bundle_import(path=tmp_path / "other").dataset is None


def test_what_one_machine_packs_another_takes(make_bundle, tmp_path):
    packed = bundle_import(path=make_bundle(), name="faq")
    bundle_pack(trained_model=packed, path=tmp_path / "faq.zip")

    trained_model = bundle_import(path=tmp_path / "faq.zip", name="other")

    assert Bundle.open(trained_model.location).manifest == Bundle.open(packed.location).manifest
    assert trained_model.metrics == packed.metrics


@pytest.mark.parametrize("folder", ["", "faq/", "./"])
def test_the_manifest_may_lie_at_the_top_of_an_archive_or_in_a_folder(make_bundle, tmp_path, folder):
    path = packed_by_hand(tmp_path / "packed.ZIP", make_bundle(), folder)

    assert bundle_import(path=path).name == "packed"


def test_what_lies_beside_the_folder_with_the_manifest_is_left_behind(make_bundle, tmp_path, data_directory):
    path = packed_by_hand(tmp_path / "faq.zip", make_bundle(), "faq/")
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("__MACOSX/._manifest.json", "x")

    bundle_import(path=path)

    assert not list(data_directory.rglob("*MACOSX*"))


def test_a_name_comes_from_the_file_or_the_run_and_is_numbered_where_it_is_taken(make_bundle, tmp_path):
    bundle = make_bundle("bundle")
    run = tmp_path / "run 7 (best)"
    run.mkdir()
    bundle.rename(run / "bundle")

    names = [bundle_import(path=run / "bundle").name for _ in range(2)]

    assert names == ["run-7-best", "run-7-best-2"]


def test_a_name_without_letters_is_made_up(make_bundle, tmp_path):
    assert bundle_import(path=make_bundle().rename(tmp_path / "你好")).name == "imported"


def test_a_taken_name_is_refused_before_anything_is_read(make_bundle, tmp_path):
    bundle_import(path=make_bundle(), name="faq")

    with pytest.raises(JobStateError, match="faq is taken"):
        bundle_import(path=tmp_path / "nothing.zip", name="faq")


def test_a_folder_that_somebody_left_there_is_not_touched(make_bundle, data_directory):
    left = data_directory / "save" / "faq" / "notes.txt"
    left.parent.mkdir(parents=True)
    left.write_text("mine")

    trained_model = bundle_import(path=make_bundle(), name="faq")

    assert trained_model.directory == "save/faq-2/bundle"
    assert left.read_text() == "mine"


def test_a_deleted_one_leaves_nothing_behind(make_bundle, data_directory):
    trained_model = bundle_import(path=make_bundle())

    trained_model_delete(trained_model=trained_model)

    assert list((data_directory / "save").iterdir()) == []


@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError])
def test_an_import_that_is_stopped_leaves_nothing_behind(make_bundle, data_directory, monkeypatch, error):
    def stop(directory):
        assert (directory / "manifest.json").exists()
        raise error

    monkeypatch.setattr(bundles, "try_bundle", stop)

    with pytest.raises(error):
        bundle_import(path=make_bundle())

    assert list((data_directory / "save").iterdir()) == []


def test_nor_does_one_whose_row_cannot_be_made(make_bundle, data_directory, monkeypatch):
    def fail(**fields):
        raise ValueError("no room for a row")

    monkeypatch.setattr(TrainedModel.objects, "create", fail)

    with pytest.raises(ValueError, match="no room"):
        bundle_import(path=make_bundle())

    assert list((data_directory / "save").iterdir()) == []
