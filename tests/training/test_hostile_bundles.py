"""Bundles that are damaged or made to do harm: each is refused, and nothing of it stays."""

import json
import os
import re
import stat
import zipfile

import numpy as np
import pytest

from answering import bundle as bundle_files
from answering.bundle import Bundle, write_manifest
from answering.errors import BundleError
from preprocessing.readers import archives
from tests.preprocessing.readers.packing import packed
from training.models import TrainedModel
from training.services import bundles
from training.services.bundles import DEEPEST_FIGURES, bundle_import

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_trial", "nothing_unpacked_left")]


@pytest.fixture
def refused(data_directory):
    """Return a function that imports what must be refused, and looks that nothing is left of it."""

    def imported(path, match, **options):
        with pytest.raises(BundleError, match=match):
            bundle_import(path=path, **options)
        assert list(data_directory.glob("save/*")) == []
        assert not TrainedModel.objects.exists()

    return imported


def with_manifest(bundle, **changes):
    path = bundle / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))
    return bundle


def with_file(bundle, name, write):
    """Let a file of the retriever be another one, of which the manifest states the size and checksum."""
    manifest = Bundle.open(bundle).manifest
    write(bundle / "retriever" / name)
    write_manifest(bundle, manifest)
    return bundle


def members(bundle, folder="faq"):
    files = (path for path in sorted(bundle.rglob("*")) if path.is_file())
    return [(f"{folder}/{path.relative_to(bundle).as_posix()}", path.read_bytes()) for path in files]


@pytest.mark.parametrize("name", ["../evil", "a/b", ".hidden", "", "x" * 65, "a\0b"])
def test_a_name_that_is_no_folders_is_refused(make_bundle, refused, name):
    refused(make_bundle(), "1 to 64 letters", name=name)


@pytest.mark.parametrize("name", ["faq.tar.gz", "faq.gz", "faq.pkl", "nothing.zip"])
def test_what_is_neither_a_folder_nor_a_zip_is_refused(refused, tmp_path, name):
    if name != "nothing.zip":
        (tmp_path / name).write_bytes(b"x")

    refused(tmp_path / name, "must be a folder, or a .zip of one")


def test_a_zip_that_is_none_is_refused(refused, tmp_path):
    (tmp_path / "faq.zip").write_bytes(b"not at all")

    refused(tmp_path / "faq.zip", "must be a whole archive")


@pytest.mark.parametrize("folders", [(), ("one", "two")])
def test_an_archive_holds_one_bundle(make_bundle, refused, tmp_path, folders):
    bundle = make_bundle()
    content = [member for folder in folders for member in members(bundle, folder)]

    path = packed(tmp_path / "faq.zip", [("readme.txt", "x"), *content])

    refused(path, rf"must hold one bundle.* It holds {len(folders) or 'none'}\.")


def test_a_bomb_is_refused(make_bundle, refused, tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "RATIO_FREE_BYTES", 1_000_000)
    path = packed(tmp_path / "faq.zip", [*members(make_bundle()), ("faq/zeros", bytes(4_000_000))])

    refused(path, "was refused: its archive unpacks to more than")


@pytest.mark.parametrize("name", ["../evil.txt", "faq/../../evil.txt", "/tmp/evil.txt", "..\\evil.txt"])
def test_names_that_lead_elsewhere_are_refused(make_bundle, refused, tmp_path, name):
    path = packed(tmp_path / "faq.zip", [*members(make_bundle()), (name, "x")])

    refused(path, "leads out of the archive")

    assert list(tmp_path.rglob("evil.txt")) == []


@pytest.mark.parametrize("name", ["../evil.txt", "a/b", "..", ""])
def test_so_are_those_in_a_manifest(make_bundle, refused, name):
    bundle = make_bundle()
    [part] = json.loads((bundle / "manifest.json").read_text())["parts"]

    refused(with_manifest(bundle, parts=[{**part, "folder": name}]), "must be plain file names")


def test_links_are_refused_in_archives(make_bundle, refused, tmp_path):
    link = zipfile.ZipInfo("faq/retriever/passwd")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16

    refused(packed(tmp_path / "faq.zip", [*members(make_bundle()), (link, "/etc/passwd")]), "hold no links")


@pytest.mark.parametrize("name", ["manifest.json", "retriever/features.txt", "retriever"])
def test_links_are_refused_in_folders(make_bundle, refused, tmp_path, name):
    bundle = make_bundle()
    (bundle / name).rename(tmp_path / "elsewhere")
    (bundle / name).symlink_to(tmp_path / "elsewhere")

    refused(bundle, "hold no links|not a link")


def test_a_link_to_a_bundle_is_refused(make_bundle, refused, tmp_path):
    (tmp_path / "link").symlink_to(make_bundle())

    refused(tmp_path / "link", "must be a folder, not a link")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_files_of_one_name_are_refused(make_bundle, refused, tmp_path):
    content = members(make_bundle())

    refused(packed(tmp_path / "faq.zip", [*content, content[-1]]), "must be in its archive once")


class Gadget:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


def test_a_pickle_in_the_place_of_numbers_is_refused_and_never_run(make_bundle, refused, tmp_path):
    def write(path):
        np.save(path, np.array([Gadget(tmp_path / "evil")], object), allow_pickle=True)

    refused(
        with_file(make_bundle(), "turn.npy", write), r"turn\.npy must be a whole NumPy file without objects"
    )

    assert not (tmp_path / "evil").exists()


def test_a_pickle_beside_the_files_is_refused(make_bundle, refused):
    bundle = make_bundle()
    (bundle / "retriever" / "extra.pkl").write_bytes(b"\x80\x05")

    refused(bundle, r"must hold nothing that its manifest does not name\. retriever/extra\.pkl is there")


def test_a_changed_file_is_refused(make_bundle, refused):
    bundle = make_bundle(answer="Hi there")
    path = bundle / "retriever" / "answer_texts.bin"
    path.write_bytes(path.read_bytes().replace(b"Hi", b"Ho"))

    refused(bundle, r"answer_texts\.bin must have the checksum in the manifest")


def test_a_file_of_another_size_and_one_that_lacks_are_refused(make_bundle, refused):
    bundle = make_bundle()
    path = bundle / "retriever" / "answer_texts.bin"

    path.write_bytes(path.read_bytes() + b"x")
    refused(bundle, r"answer_texts\.bin must have 8 bytes\. Received 9 bytes")
    path.unlink()
    refused(bundle, r"answer_texts\.bin must have 8 bytes\. Received nothing")


@pytest.mark.parametrize("version", [0, 2, "1", True, None])
def test_another_format_version_is_refused(make_bundle, refused, version):
    refused(
        with_manifest(make_bundle(), format_version=version),
        f"must have a format version from 1 to 1. Received {version}",
    )


def test_more_bytes_than_a_bundle_may_have_are_refused(make_bundle, refused, monkeypatch):
    bundle = make_bundle()
    monkeypatch.setattr(bundle_files, "MAX_BUNDLE_BYTES", 1000)

    refused(bundle, r"must have at most 1,000 bytes")


def test_so_is_a_manifest_that_is_too_large(make_bundle, refused, monkeypatch):
    bundle = make_bundle()
    monkeypatch.setattr(bundle_files, "MAX_MANIFEST_BYTES", 1000)

    refused(bundle, r"manifest\.json must have at most 1,000 bytes")


def test_so_are_metrics_that_are_too_large(make_bundle, refused, monkeypatch):
    monkeypatch.setattr(bundles, "MAX_METRICS_BYTES", 1000)

    refused(with_manifest(make_bundle(), metrics={"x": "é" * 500}), r"must have at most 1,000 bytes")


@pytest.mark.parametrize("content", ["", "{", "[]", '{"format_version": 1}', "[" * 100_000])
def test_a_manifest_that_says_nothing_is_refused(make_bundle, refused, content):
    bundle = make_bundle()
    (bundle / "manifest.json").write_text(content)

    refused(bundle, "must")


@pytest.mark.parametrize("architecture", ["", "x" * 33, "a b", "<script>", "rnn\n", "rnn++rnn2", "rnn+"])
def test_an_architecture_that_is_no_name_is_refused(make_bundle, refused, architecture):
    refused(
        with_manifest(make_bundle(), architecture=architecture),
        rf"must name its architecture in at most 32 letters\. Received {re.escape(repr(architecture))}",
    )


def nested(levels, inner):
    """Return figures within one another: an object with `levels` - 1 more lists or objects in it."""
    value = 0.5
    for _ in range(levels - 1):
        value = inner(value)
    return {"x": value}


def in_list(value):
    return [value]


def in_object(value):
    return {"y": value}


@pytest.mark.parametrize("inner", [in_list, in_object])
@pytest.mark.parametrize("levels", [DEEPEST_FIGURES + 1, 700])
def test_figures_in_figures_without_end_are_refused(make_bundle, refused, inner, levels):
    bundle = with_manifest(make_bundle(), metrics=nested(levels, inner))

    refused(bundle, f"must lie at most {DEEPEST_FIGURES} levels deep")


@pytest.mark.parametrize("inner", [in_list, in_object])
def test_figures_as_deep_as_a_page_shows_them_are_kept(make_bundle, inner):
    metrics = nested(DEEPEST_FIGURES, inner)

    assert bundle_import(path=with_manifest(make_bundle(), metrics=metrics)).metrics == metrics


@pytest.mark.parametrize("metrics", [{"x\0": 1}, {"x": "\0"}, {"x": [1, {"y": "a\0b"}]}])
def test_what_a_database_does_not_keep_is_refused(make_bundle, refused, metrics):
    refused(with_manifest(make_bundle(), metrics=metrics), "must hold no NUL characters")


@pytest.mark.parametrize("metrics", [{"x": float("nan")}, {"x": float("inf")}, {"x": "\ud800"}])
def test_what_no_json_can_hold_is_refused(make_bundle, refused, metrics):
    refused(with_manifest(make_bundle(), metrics=metrics), "metrics must be plain figures")
