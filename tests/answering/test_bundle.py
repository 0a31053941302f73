import json
import os

import pytest

from answering.bundle import Bundle, new_bundle
from answering.errors import BundleError
from tests.answering.conftest import write_toy_bundle


def change_manifest(directory, change):
    path = directory / "manifest.json"
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


def test_a_whole_bundle_opens(bundle_directory):
    bundle = Bundle.open(bundle_directory)

    assert [part.role for part in bundle.manifest.parts] == ["generator", "retriever"]
    assert bundle.part("generator").settings["precision"] == "float32"
    assert bundle.part("ranker") is None


def flip_a_byte(directory):
    path = directory / "generator" / "decoder.onnx"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def cut_a_file(directory):
    path = directory / "retriever" / "answer_texts.bin"
    path.write_bytes(path.read_bytes()[:-1])


def add_a_file(directory):
    (directory / "generator" / "extra.bin").write_text("x")


def link_the_manifest(directory):
    path = directory / "manifest.json"
    target = directory.parent / "elsewhere"
    path.rename(target)
    path.symlink_to(target)


def link_a_file(directory):
    path = directory / "generator" / "vocabulary.txt"
    target = directory.parent / "elsewhere"
    path.rename(target)
    path.symlink_to(target)


@pytest.mark.parametrize(
    ("damage", "complaint"),
    [
        (flip_a_byte, r"generator/decoder.onnx must have the checksum"),
        (cut_a_file, r"retriever/answer_texts.bin must have"),
        (
            lambda d: (d / "generator" / "encoder.onnx").unlink(),
            r"generator/encoder.onnx must have .* nothing",
        ),
        (add_a_file, r"nothing that its manifest does not name. generator/extra.bin"),
        (link_a_file, "must hold no links"),
        (link_the_manifest, "not a link"),
        (lambda d: (d / "elsewhere").mkdir(), r"nothing that its manifest does not name. elsewhere"),
        (lambda d: os.mkfifo(d / "generator" / "pipe"), r"does not name. generator/pipe"),
        (lambda d: (d / "manifest.json").unlink(), r"readable manifest.json"),
        (lambda d: (d / "manifest.json").write_text("{"), r"readable manifest.json"),
        (lambda d: (d / "manifest.json").write_text("[" * 100_000), r"readable manifest.json"),
        (lambda d: (d / "manifest.json").write_text("[]"), "format version"),
    ],
)
def test_a_damaged_bundle_is_refused(bundle_directory, damage, complaint):
    damage(bundle_directory)

    with pytest.raises(BundleError, match=complaint):
        Bundle.open(bundle_directory)


def encoder_of(manifest):
    return manifest["parts"][0]["files"]["encoder.onnx"]


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda m: m.update(format_version=2), "Received 2"),
        (lambda m: m.update(default_mode="dream"), "default mode must be one of"),
        (lambda m: m.update(parts=[]), "different roles"),
        (lambda m: m["parts"].append(m["parts"][0]), "different roles"),
        (lambda m: m["parts"][0].update(role="oracle"), "different roles"),
        (lambda m: m["parts"][0].update(folder="../generator"), "plain file names"),
        (lambda m: m["parts"][0].update(folder="/etc"), "plain file names"),
        (lambda m: m["parts"][0]["files"].update({"../x": {"sha256": "", "bytes": 1}}), "plain file names"),
        (lambda m: m["parts"][0]["files"].update({"a\\b": {"sha256": "", "bytes": 1}}), "plain file names"),
        (lambda m: m["parts"][0]["text_settings"].update(segmenter_version="9"), "segmenter must be"),
        (lambda m: m["parts"][0].pop("role"), "must name the parts"),
        (lambda m: m.pop("parts"), "must name the parts"),
        (lambda m: m.update(unheard_of=1), "must name the parts"),
        (lambda m: m.update(parts="generator"), "must name the parts"),
        (lambda m: m.update(format_version=True), "Received True"),
        (lambda m: m.update(metrics=[]), "Manifest metrics must be dict"),
        (lambda m: m.update(seed=True), "Manifest seed must be int or NoneType"),
        (lambda m: m["parts"].pop(0), "must hold its parts. Received generate"),
        (lambda m: m["parts"][1].update(folder="generator"), "a folder each"),
        (lambda m: m["parts"][0].update(folder=5), "folder must be str. Received 5"),
        (lambda m: m["parts"][0].update(folder="."), "plain file names"),
        (lambda m: m["parts"][0].update(role=["generator"]), "role must be str"),
        (lambda m: m["parts"][0].update(settings=[]), "settings must be dict"),
        (lambda m: m["parts"][0]["files"].update({"/x": {"sha256": "", "bytes": 1}}), "plain file names"),
        (lambda m: encoder_of(m).update(bytes="1"), "bytes must be int. Received '1'"),
        (lambda m: encoder_of(m).update(bytes=10**12), "at most 20,000,000,000 bytes"),
        (lambda m: encoder_of(m).update(sha256=None), "sha256 must be str"),
        (lambda m: m["parts"][0]["text_settings"].update(max_length="20"), "max_length must be int"),
        (lambda m: m["parts"][0]["text_settings"].update(max_answer_length=0), "must see 1 to 10,000 tokens"),
        (lambda m: m["parts"][0]["text_settings"].update(max_length=10**9), "must see 1 to 10,000 tokens"),
        (lambda m: m["parts"][0]["text_settings"].update(lower_case="no"), "lower_case must be bool"),
    ],
)
def test_a_manifest_that_lies_is_refused(bundle_directory, change, complaint):
    change_manifest(bundle_directory, change)

    with pytest.raises(BundleError, match=complaint):
        Bundle.open(bundle_directory)


def test_a_manifest_that_is_too_large_is_not_even_read(bundle_directory, monkeypatch):
    monkeypatch.setattr("answering.bundle.MAX_MANIFEST_BYTES", 100)

    with pytest.raises(BundleError, match="at most 100 bytes"):
        Bundle.open(bundle_directory)


def test_files_that_cannot_be_read_are_refused(bundle_directory, monkeypatch):
    def fail(path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("answering.bundle.checksum", fail)

    with pytest.raises(BundleError, match="files must be readable"):
        Bundle.open(bundle_directory)


def test_a_link_to_a_bundle_is_refused(bundle_directory, tmp_path):
    (tmp_path / "link").symlink_to(bundle_directory)

    with pytest.raises(BundleError, match="not a link"):
        Bundle.open(tmp_path / "link")


def write_half(directory):
    with new_bundle(directory) as partial:
        (partial / "half").write_text("x")
        raise RuntimeError


def test_a_bundle_appears_whole_or_not_at_all(tmp_path):
    with pytest.raises(RuntimeError):
        write_half(tmp_path / "home" / "bundle")

    assert list((tmp_path / "home").iterdir()) == []


def test_what_a_killed_export_left_is_replaced(tmp_path):
    (tmp_path / "bundle").mkdir()
    (tmp_path / "bundle" / "half").write_text("x")

    write_toy_bundle(tmp_path / "bundle")

    Bundle.open(tmp_path / "bundle")
