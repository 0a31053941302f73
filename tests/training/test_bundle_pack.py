import errno
import zipfile

import pytest

from answering.errors import BundleError
from training.models import TrainedModel
from training.services.bundles import bundle_import, bundle_pack

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_trial")]


@pytest.fixture
def trained_model(make_bundle):
    return bundle_import(path=make_bundle(), name="faq")


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "packed").mkdir()
    return tmp_path / "packed"


def test_a_bundle_is_packed_whole_into_a_folder_of_its_name(trained_model, folder):
    size = bundle_pack(trained_model=trained_model, path=folder / "x.zip")

    assert size == (folder / "x.zip").stat().st_size
    location = trained_model.location
    files = {path.relative_to(location).as_posix() for path in location.rglob("*") if path.is_file()}
    with zipfile.ZipFile(folder / "x.zip") as archive:
        assert set(archive.namelist()) == {f"faq/{name}" for name in files}
        assert archive.read("faq/manifest.json") == (location / "manifest.json").read_bytes()


def test_a_name_that_is_no_folders_stays_out_of_the_archive(trained_model, folder):
    TrainedModel.objects.update(name="../evil")

    bundle_pack(trained_model=TrainedModel.objects.get(), path=folder / "x.zip")

    with zipfile.ZipFile(folder / "x.zip") as archive:
        assert {name.split("/")[0] for name in archive.namelist()} == {"bundle"}


@pytest.mark.parametrize("name", ["x.tar", "x", "nowhere/x.zip", "taken.zip"])
def test_a_file_that_cannot_be_new_is_refused(trained_model, folder, name):
    (folder / "taken.zip").write_text("mine")

    with pytest.raises(BundleError, match=r"must end in \.zip, lie in a folder that exists, and be new"):
        bundle_pack(trained_model=trained_model, path=folder / name)

    assert [path.name for path in folder.iterdir()] == ["taken.zip"]
    assert (folder / "taken.zip").read_text() == "mine"


def test_a_damaged_bundle_is_not_packed(trained_model, folder):
    (trained_model.location / "retriever" / "features.txt").write_text("x")

    with pytest.raises(BundleError, match=r"features\.txt must have"):
        bundle_pack(trained_model=trained_model, path=folder / "x.zip")

    assert list(folder.iterdir()) == []


def test_a_full_disk_is_told_and_leaves_nothing(trained_model, folder, monkeypatch):
    def write(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(zipfile.ZipFile, "write", write)

    with pytest.raises(BundleError, match=r"x\.zip could not be written: No space left on device\."):
        bundle_pack(trained_model=trained_model, path=folder / "x.zip")

    assert list(folder.iterdir()) == []
